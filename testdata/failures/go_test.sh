#!/bin/bash
# go_test.sh COMPARE MANIFEST SOURCE.go...: runs the Go programs anew with the installed Go 1.24; what they say must
# still be what is stored.
set -euo pipefail

compare=$PWD/$1 manifest=$PWD/$2
dir=$(dirname "$manifest")
shift 2

go=${GORT_GO:-}
for candidate in /usr/lib/go-1.24/bin/go "$(command -v go || true)"; do
  [[ -n $go ]] || { [[ -x $candidate && $("$candidate" version) == *" go1.24"* ]] && go=$candidate; } || true
done
[[ -n $go ]] || { echo "no Go 1.24 here; ./gort test installs it" >&2; exit 1; }

work=$TEST_TMPDIR
export HOME=$work GOCACHE=$work/cache GOPATH=$work/path GOTOOLCHAIN=local GOFLAGS=-buildvcs=false CGO_ENABLED=0
export XDG_CACHE_HOME=$work/xdg
for source in "$@"; do
  name=$(basename "$source" .go)
  cp -L "$source" "$work/$name.go"
  (cd "$work" && "$go" build -trimpath -o "$name" "$name.go")
done

failed=0 cases=0
while read -r case program _; do
  [[ $case == '#'* || -z $case ]] && continue
  cases=$((cases + 1))
  "$compare" "$manifest" "$case" "$work/$program" "$dir/$case.golden" || failed=$((failed + 1))
done <"$manifest"
echo "$cases cases, $failed differ from what is stored"
((cases > 0 && failed == 0))
