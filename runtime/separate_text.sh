#!/bin/bash
# separate_text.sh OBJCOPY IN OUT: copies an archive of the runtime's objects and gives all of their code the section
# gort_text, so that the runtime's code can be told from the program's by its address (preempt.cc). Works with every linker:
# they keep sections of one name together and define __start_gort_text and __stop_gort_text.
set -euo pipefail
objcopy=$1 in=$2 out=$3
args=()
while read -r name; do
  args+=(--rename-section "$name=gort_text")
done < <(readelf -SW -- "$in" | sed -nE 's/^ *\[ *[0-9]+\] (\.text[^ ]*) .*/\1/p' | sort -u)
[[ ${#args[@]} -gt 0 ]] || { echo "separate_text.sh: no code in $in" >&2; exit 1; }
# The list of names may be longer than a command line.
args_file=$(mktemp)
trap 'rm -f "$args_file"' EXIT
printf '%s\n' "${args[@]}" >"$args_file"
"$objcopy" "@$args_file" "$in" "$out"
