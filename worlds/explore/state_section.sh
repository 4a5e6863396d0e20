#!/bin/bash
# state_section.sh OBJCOPY IN OUT: copies an archive (or an object) and gives all of its variables the section gort_state, so
# that arena.cc can save and restore them. Linkers keep sections of one name together and define __start_gort_state and
# __stop_gort_state.
set -euo pipefail
objcopy=$1 in=$2 out=$3
args=()
while read -r name; do
  args+=(--rename-section "$name=gort_state,alloc,load,data,contents")
done < <(readelf -SW -- "$in" | sed -nE 's/^ *\[ *[0-9]+\] (\.(data|bss)(\.[^ ]*)?) .*/\1/p' | grep -v '^\.data\.rel\.ro' | sort -u)
[[ ${#args[@]} -gt 0 ]] || { echo "state_section.sh: no variables in $in" >&2; exit 1; }
"$objcopy" "${args[@]}" "$in" "$out"
