#!/bin/bash
# diff_trace_test.sh GORT_DIFF PROGRAM.go TRACE...: traces with one P, through the port.
#
# The stored ones, to the end of each: nothing divergent, 99.9% exact or admissible, and the number of decisions that they
# have. The program, built by the installed Go 1.24, then traces itself: that no trace is the same twice, and that the engine
# does not know yet how long a thread may be held up at the end of a system call (docs/diff.md), is why of these all
# together have to be followed, and 99% of their decisions exact or admissible.
set -euo pipefail

gort_diff=$PWD/$1 program=$PWD/$2
shift 2

go=${GORT_GO:-}
for candidate in /usr/lib/go-1.24/bin/go "$(command -v go || true)"; do
  [[ -n $go ]] || { [[ -x $candidate && $("$candidate" version) == *" go1.24"* ]] && go=$candidate; } || true
done
[[ -n $go ]] || { echo "no Go 1.24 here; ./gort test installs it" >&2; exit 1; }

work=$TEST_TMPDIR
export HOME=$work GOCACHE=$work/cache GOPATH=$work/path GOTOOLCHAIN=local GOFLAGS=-buildvcs=false CGO_ENABLED=0
export TMPDIR=$work

bad=0
# judge TRACE: runs the port through it and prints the last line; all, kept and divergent are what that says.
judge() {
  local last
  "$gort_diff" "$1" >"$work/report" || true
  last=$(tail -n 1 "$work/report")
  printf '%-22s %s\n' "${1##*/}" "$last"
  [[ $last =~ ^([0-9]+)\ decisions:\ ([0-9]+)\ exact,\ ([0-9]+)\ admissible,\ ([0-9]+)\ divergent$ ]] || return 1
  all=${BASH_REMATCH[1]} kept=$((BASH_REMATCH[2] + BASH_REMATCH[3])) divergent=${BASH_REMATCH[4]}
}

declare -A decisions=([pingpong]=4002 [spawn]=5000 [fan]=244 [mutex]=500 [sleeps]=246 [compute]=21 [echo]=1619
  [garbage]=81 [files]=31)
for trace; do
  name=${trace##*/}
  if ! judge "$trace" || ((divergent != 0 || all < ${decisions[${name%-p1.trace}]} || kept * 1000 < all * 999)); then
    bad=1
    cat -- "$work/report"
  fi
done

"$go" build -o "$work/traced" "$program"
total=0 good=0
for name in pingpong spawn fan mutex sleeps compute echo garbage files; do
  GOMAXPROCS=1 "$work/traced" "$name" "$work/$name.trace"
  if judge "$work/$name.trace"; then
    total=$((total + all)) good=$((good + kept))
  else
    bad=1
  fi
  ((divergent == 0)) || [[ -z ${TEST_UNDECLARED_OUTPUTS_DIR:-} ]] ||
    cp -- "$work/$name.trace" "$TEST_UNDECLARED_OUTPUTS_DIR/"
done
((total >= 10000 && good * 100 >= total * 99)) || bad=1
exit "$bad"
