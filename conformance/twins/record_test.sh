#!/bin/bash
# record_test.sh GORT TWINS CAPTURE_DIR TWINS_DIR NAME...: records the Go twins anew with the installed Go 1.24. What
# they do today is what is stored.
set -euo pipefail

gort=$PWD/$1 twins=$PWD/$2 capture_dir=$PWD/$3 stored=$PWD/$4
record=$PWD/conformance/twins/record.sh
shift 4

go=${GORT_GO:-}
for candidate in /usr/lib/go-1.24/bin/go "$(command -v go || true)"; do
  [[ -n $go ]] || { [[ -x $candidate && $("$candidate" version) == *" go1.24"* ]] && go=$candidate; } || true
done
[[ -n $go ]] || { echo "no Go 1.24 here; ./gort test installs it" >&2; exit 1; }

work=$TEST_TMPDIR
export HOME=$work GOCACHE=$work/cache GOPATH=$work/path GOTOOLCHAIN=local GOFLAGS=-buildvcs=false CGO_ENABLED=0
export XDG_CACHE_HOME=$work/xdg
cp -rL "$capture_dir" "$work/capture"
(cd "$work/capture" && "$go" build -o "$work/tool" .)
mkdir "$work/new" "$work/sources"
cp -L "$stored"/*.go "$work/sources"

"$record" "$go" "$work/tool" "$gort" "$twins" "$work/sources" "$work/new" "$@"
status=0
for name in "$@"; do
  "$twins" diff "$stored/$name.events" "$work/new/$name.events" ||
    { echo "$name: what is stored is not what Go does" >&2; status=1; }
  diff -u "$stored/$name.out" "$work/new/$name.out" || status=1
done
exit "$status"
