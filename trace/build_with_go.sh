#!/bin/bash
# build_with_go.sh GO SOURCE.go OUT: builds a program of ours that uses packages which only Go's own commands may: as
# the command cmd/NAME of a GOROOT that is, but for the folder of that command, made of links to the real one. Nothing
# is copied from it, and the links go.
set -euo pipefail

go=$1 source=$2 out=$3
name=$(basename "$source" .go)
root=$(cd / && GOTOOLCHAIN=local "$go" env GOROOT)
tmp=$(mktemp -d "${TMPDIR:-/tmp}/gort-goroot.XXXXXX")
trap 'rm -rf -- "$tmp"' EXIT

# links FROM TO EXCEPT: a link in TO for each entry of FROM but one.
links() {
  local entry
  for entry in "$1"/*; do
    [[ $(basename "$entry") == "$3" ]] || ln -s "$(readlink -f "$entry")" "$2/"
  done
}
mkdir -p "$tmp/src/cmd/$name"
links "$root" "$tmp" src
links "$root/src" "$tmp/src" cmd
links "$root/src/cmd" "$tmp/src/cmd" "$name"
cp -L "$source" "$tmp/src/cmd/$name/"
cd "$tmp/src/cmd/$name"
GOROOT=$tmp GOTOOLCHAIN=local GOFLAGS=-buildvcs=false GOWORK=off CGO_ENABLED=0 "$go" build -o "$out" "cmd/$name"
