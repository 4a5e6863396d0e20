#!/bin/bash
# diff_trace_test.sh GORT_DIFF PROGRAM.go: the program, built by the installed Go 1.24, traces itself with one P, and the port
# has to do what Go did: to the end of each trace, nothing divergent, 99.9% exact or admissible.
set -euo pipefail

gort_diff=$PWD/$1 program=$PWD/$2

go=${GORT_GO:-}
for candidate in /usr/lib/go-1.24/bin/go "$(command -v go || true)"; do
  [[ -n $go ]] || { [[ -x $candidate && $("$candidate" version) == *" go1.24"* ]] && go=$candidate; } || true
done
[[ -n $go ]] || { echo "no Go 1.24 here; ./gort test installs it" >&2; exit 1; }

work=$TEST_TMPDIR
export HOME=$work GOCACHE=$work/cache GOPATH=$work/path GOTOOLCHAIN=local GOFLAGS=-buildvcs=false CGO_ENABLED=0
export TMPDIR=$work
"$go" build -o "$work/traced" "$program"

bad=0
# Each work, and how many decisions its trace has at the least.
while read -r name least; do
  trace=$work/$name.trace
  GOMAXPROCS=1 "$work/traced" "$name" "$trace"
  status=0
  "$gort_diff" "$trace" >"$work/report" || status=$?
  last=$(tail -n 1 "$work/report")
  printf '%-9s %s\n' "$name" "$last"
  good=no
  if [[ $last =~ ^([0-9]+)\ decisions:\ ([0-9]+)\ exact,\ ([0-9]+)\ admissible,\ 0\ divergent$ ]]; then
    all=${BASH_REMATCH[1]} kept=$((BASH_REMATCH[2] + BASH_REMATCH[3]))
    ((status != 0 || all < least || kept * 1000 < all * 999)) || good=yes
  fi
  if [[ $good != yes ]]; then
    bad=1
    echo "diff_trace_test: $name: status $status, at least $least decisions wanted; the report:"
    cat -- "$work/report"
    [[ -z ${TEST_UNDECLARED_OUTPUTS_DIR:-} ]] || cp -- "$trace" "$TEST_UNDECLARED_OUTPUTS_DIR/"
  fi
done <<'END'
pingpong 4000
spawn 5000
fan 100
mutex 500
sleeps 200
compute 10
echo 1000
garbage 20
files 5
END
exit "$bad"
