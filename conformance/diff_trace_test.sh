#!/bin/bash
# diff_trace_test.sh GORT_DIFF PROGRAM.go TRACE...: traces through the port: the stored ones, and those that the
# program, built by the installed Go 1.24, makes of itself. Stored ones, and new ones with one P: each to its end,
# nothing divergent, 99.9% exact or admissible, and at least as many decisions as its work must have. New ones with
# several Ps: of all the decisions of a round 98% exact or admissible and 90% exact. Nearly always it is more than
# 99.5%, but one trace of spawn that goes wrong (docs/diff.md says how) spoils a round by itself: a round that misses is
# made twice more, and the three are judged together.
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

declare -A least=([pingpong]=4000 [spawn]=5000 [fan]=100 [mutex]=500 [sleeps]=200 [compute]=10 [echo]=1000 [garbage]=20
  [files]=5 [messages]=500 [cut]=1000 [stop]=5000 [wired]=1000)
works=(pingpong spawn fan mutex sleeps compute echo garbage files)
bad=0
# judge WORK TRACE
judge() {
  local status=0 last
  "$gort_diff" "$2" >"$work/report" || status=$?
  last=$(tail -n 1 "$work/report")
  printf '%-22s %s\n' "${2##*/}" "$last"
  if ((status == 0)) && [[ $last =~ ^([0-9]+)\ decisions:\ ([0-9]+)\ exact,\ ([0-9]+)\ admissible,\ 0\ divergent$ ]] &&
    ((BASH_REMATCH[1] >= least[$1] && (BASH_REMATCH[2] + BASH_REMATCH[3]) * 1000 >= BASH_REMATCH[1] * 999)); then
    return
  fi
  bad=1
  echo "diff_trace_test: $1: status $status, at least ${least[$1]} decisions wanted; the report:"
  cat -- "$work/report"
  [[ -z ${TEST_UNDECLARED_OUTPUTS_DIR:-} ]] || cp -- "$2" "$TEST_UNDECLARED_OUTPUTS_DIR/"
}

for trace; do
  name=${trace##*/}
  judge "${name%-p*.trace}" "$trace"
done
"$go" build -o "$work/traced" "$program"
for name in "${works[@]}"; do
  GOMAXPROCS=1 "$work/traced" "$name" "$work/$name.trace"
  judge "$name" "$work/$name.trace"
done
# round PROCS: adds its decisions to all, exact and agreed.
round() {
  local name last
  for name in "${works[@]}"; do
    GOMAXPROCS=$1 "$work/traced" "$name" "$work/$name-p$1.trace"
    last=$("$gort_diff" "$work/$name-p$1.trace" | tail -n 1) || true
    printf '%-22s %s\n' "$name-p$1.trace" "$last"
    [[ $last =~ ^([0-9]+)\ decisions:\ ([0-9]+)\ exact,\ ([0-9]+)\ admissible, ]] || { bad=1; continue; }
    ((all += BASH_REMATCH[1], exact += BASH_REMATCH[2], agreed += BASH_REMATCH[2] + BASH_REMATCH[3])) || true
  done
}
enough() { ((all >= 5000 && agreed * 100 >= all * 98 && exact * 100 >= all * 90)); }
for procs in 2 4 8; do
  all=0 exact=0 agreed=0
  round "$procs"
  enough || { round "$procs"; round "$procs"; }
  enough && continue
  bad=1
  echo "diff_trace_test: with $procs Ps $exact exact and $agreed exact or admissible, of $all"
done
exit "$bad"
