#!/bin/bash
# headers.sh CXX COMPILE HEADER...: prints the headers of the tree that these headers, which programs include, reach. COMPILE
# names the flags (//tools/run).
set -euo pipefail
cxx=$1 compile=$2
shift 2
mapfile -t flags <"$compile"
printf '#include "%s"\n' "$@" |
  "$cxx" -std=c++20 -x c++ -I. "${flags[@]}" -M - |
  tr ' ' '\n' | grep '\.h$' | grep -v '^/' | sort -u
