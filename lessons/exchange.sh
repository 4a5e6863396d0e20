#!/bin/bash
# exchange.sh SEPARATE AR OBJCOPY OUT -- RUNTIME... -- CODE...: the archive of the runtime's objects with those of another
# archive instead of its own of the same names; then as //runtime:separate_text makes it. Of the files named the .a
# counts.
set -euo pipefail
separate=$1 ar=$2 objcopy=$3 out=$PWD/$4
shift 5
archives=()
for file in "$@"; do
  case $file in *.a) archives+=("$PWD/$file") ;; esac
done
[[ ${#archives[@]} -eq 2 ]] || { echo "exchange.sh: two archives expected, not ${archives[*]}" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$folder" && "$ar" x "${archives[1]}")
cp -- "${archives[0]}" "$folder/all.a"
chmod u+w "$folder/all.a"
for object in "$folder"/*.o; do
  [[ -n $("$ar" t "$folder/all.a" "${object##*/}") ]] || { echo "exchange.sh: no ${object##*/} there" >&2; exit 1; }
done
"$ar" r "$folder/all.a" "$folder"/*.o
"$separate" "$objcopy" "$folder/all.a" "$out"
