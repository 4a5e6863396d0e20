#!/bin/bash
# ubsan_test.sh PLAIN MISTAKES PLAIN_NET GOTRACE REPLAY TRACE LOG...: UndefinedBehaviorSanitizer has nothing to say of plain
# programs, traced or not, of the reader of traces and of schedules in lockstep; and finds what is undefined in a goroutine.
set -uo pipefail
. "$(dirname -- "$0")/expect.sh"
plain=$1 mistakes=$2 plain_net=$3 gotrace=$4 replay=$5 trace=$6
shift 6

for procs in 1 2 8; do
  export GOMAXPROCS=$procs
  expect 0 '^$' "$plain"
  traced 0 '^$' "$plain"
  expect 0 '^$' "$plain_net"
done
export GOMAXPROCS=2 UBSAN_OPTIONS=print_stacktrace=1
for slice in handoff move; do
  GODEBUG=asyncpreempt=$slice,preemptevery=100 expect 0 '^$' "$plain"
done
GODEBUG=preemptevery=100 expect 0 '^$' "$plain_net"
expect 1 'mistakes.cc:[0-9]+:[0-9]+: runtime error: signed integer overflow.*overflows.*mistakes.cc:[0-9]+' "$mistakes" integer
expect 2 '^panic: too deep.*goroutine [0-9]+ \[running.*throws\(.*created by .*gort_main' "$mistakes" throw
expect 2 '^fatal error: all goroutines are asleep - deadlock!.*goroutine [0-9]+ \[chan receive.*deadlock\(' \
  "$mistakes" deadlock
expect 2 'fatal error: stack overflow.*endless\(' "$mistakes" overflow
expect 0 '' "$gotrace" check "$trace"
for log in "$@"; do
  for order in late eager; do expect 0 "$log: [0-9]+ records$" "$replay" "$order" "$log"; done
done
exit "$bad"
