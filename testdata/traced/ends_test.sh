#!/bin/bash
# ends_test.sh ENDS: a program that is traced by its environment leaves a whole trace, however it ends.
set -euo pipefail
ends=$PWD/$1
work=${TEST_TMPDIR:-$(mktemp -d)}

go=${GORT_GO:-}
for candidate in /usr/lib/go-1.24/bin/go "$(command -v go || true)"; do
  [[ -n $go ]] || { [[ -x $candidate && $("$candidate" version) == *" go1.24"* ]] && go=$candidate; } || true
done
[[ -n $go ]] || { echo "no Go 1.24 here; ./gort test installs it" >&2; exit 1; }
export HOME=$work GOCACHE=$work/cache GOPATH=$work/path GOFLAGS=

export GOMAXPROCS=1  # what has run before is then certain

fail() { echo "$*" >&2; exit 1; }

# whole TRACE WHICH: it has what the program did last, and the goroutine that waited.
whole() {
  "$go" tool trace -d=parsed "$1" >"$1.parsed" 2>"$1.said" || fail "$2: $(head -n 3 "$1.said")"
  grep -q 'Category="last" Message="words"' "$1.parsed" || fail "$2: the end is missing"
  grep -q 'anonymous namespace)::Waits @' "$1.parsed" || fail "$2: a stack is missing"
  rm "$1"*
}

# leaves STATUS HOW
leaves() {
  local status=0
  GORT_TRACE=$work/trace "$ends" "$2" >"$work/out" 2>&1 || status=$?
  ((status == $1)) || fail "$2 ${GORT_TRACE_LAST:-}: exit status $status: $(head -n 5 "$work/out")"
  whole "$work/trace" "$2 ${GORT_TRACE_LAST:-}"
}

for last in "" 10; do
  export GORT_TRACE_LAST=$last
  [[ -n $last ]] || unset GORT_TRACE_LAST
  leaves 7 return
  leaves 7 exit
  leaves 7 os_exit
  leaves 2 deadlock
  leaves 2 throw
  leaves 2 abort
  leaves 143 term
  leaves 143 thread
done

# The signal comes to the thread that writes the trace, while the pipe takes no more.
unset GORT_TRACE_LAST
mkfifo "$work/pipe"
(
  exec 7<"$work/pipe"
  until [[ $(cat "$work/out") == sent ]]; do sleep 0.1; done
  timeout 60 cat <&7 >"$work/trace"
) &
: >"$work/out"
status=0
GORT_TRACE=$work/pipe timeout -s KILL 60 "$ends" writer >"$work/out" || status=$?
((status == 143)) || fail "writer: exit status $status"
wait "$!"
whole "$work/trace" writer

# It comes while the reader has a piece in hand, begins a new one, or has not begun: eight at once, many times.
for i in 1 2 3 4 5 6 7 8; do
  (
    for j in {1..20}; do
      ((j != 15)) || export GORT_TRACE_LAST=10
      GORT_TRACE=$work/trace$i "$ends" term || true
      whole "$work/trace$i" "term, $i.$j"
    done
  ) 2>"$work/said$i" &
done
wait
! cat "$work"/said? | grep -v Terminated || fail "above"

# says TEXT NAME=VALUE...: what the environment asks for and cannot be.
says() {
  local status=0 expected=$1
  shift
  env "$@" "$ends" return >"$work/out" 2>&1 || status=$?
  ((status == 2)) || fail "$*: exit status $status"
  [[ $(wc -l <"$work/out") == 1 ]] || fail "$*: $(cat "$work/out")"
  grep -q "^gort: $expected" "$work/out" || fail "$*: $(cat "$work/out")"
}
says "GORT_TRACE=$work/no/such/file: No such file" GORT_TRACE="$work/no/such/file"
says "GORT_TRACE_CPU=often: not a number" GORT_TRACE="$work/trace" GORT_TRACE_CPU=often
says "GORT_TRACE_LAST=soon: not a number" GORT_TRACE="$work/trace" GORT_TRACE_LAST=soon

# A full disk does not end the program.
status=0
GORT_TRACE=/dev/full "$ends" return >"$work/out" 2>&1 || status=$?
((status == 7)) || fail "full disk: exit status $status"
[[ $(cat "$work/out") == "gort: trace /dev/full: No space left on device; the trace ends here" ]] ||
  fail "full disk: $(cat "$work/out")"
