#!/bin/bash
# trace_from_test.sh FROM LOG...: every log becomes a trace that Go 1.24's `go tool trace` reads to its end.
set -euo pipefail
from=$PWD/$1
shift
work=$TEST_TMPDIR

go=${GORT_GO:-}
for candidate in /usr/lib/go-1.24/bin/go "$(command -v go || true)"; do
  [[ -n $go ]] || { [[ -x $candidate && $("$candidate" version) == *" go1.24"* ]] && go=$candidate; } || true
done
[[ -n $go ]] || { echo "no Go 1.24 here; ./gort test installs it" >&2; exit 1; }
export HOME=$work GOCACHE=$work/cache GOPATH=$work/path GOFLAGS=

status=0
for log in "$@"; do
  "$from" -o "$work/trace" "$log" || { echo "$log: exit status $?" >&2; status=1; continue; }
  "$go" tool trace -d=parsed "$work/trace" >"$work/parsed" 2>"$work/said" ||
    { echo "$log: $(head -n 3 "$work/said")" >&2; status=1; }
  # The first goroutine starts, and everybody's start says what it is.
  grep -q "GoID=1 Runnable->Running" "$work/parsed" || { echo "$log: the program does not begin" >&2; status=1; }
  grep -q "runtime.main @" "$work/parsed" || { echo "$log: no function is named" >&2; status=1; }
done

# What is no log, or cannot be written.
refuses() {
  local expected=$1 got=0
  shift
  "$from" "$@" >"$work/out" 2>&1 || got=$?
  ((got == 2)) && [[ $(wc -l <"$work/out") == 1 ]] || { echo "$*: exit status $got: $(cat "$work/out")" >&2; status=1; }
  grep -q "$expected" "$work/out" || { echo "$*: $(cat "$work/out")" >&2; status=1; }
}
echo "no log" >"$work/text"
refuses "byte 0" -o "$work/trace" "$work/text"
refuses "No space left on device" -o /dev/full "$1"
refuses "No such file" -o "$work/no/such/folder" "$1"
refuses "no log" -o "$work/trace"
exit "$status"
