#!/bin/bash
# tsan_test.sh PLAIN MISTAKES GOTRACE PLAIN_NET: ThreadSanitizer has nothing to say of plain programs, traced or not, and
# finds what nothing orders.
set -uo pipefail
. "$(dirname -- "$0")/expect.sh"
plain=$1 mistakes=$2 gotrace=$3 plain_net=$4

for procs in 1 2 8; do
  export GOMAXPROCS=$procs
  expect 0 '^$' "$plain"
  traced 0 '^$' "$plain"
  expect 0 '^$' "$plain_net"
  for race in race race-after race-at-end race-by-pointer race-behind-add race-under-rlock; do
    expect 66 "WARNING: ThreadSanitizer: data race.* #0 .*mistakes.cc:[0-9]+.*Previous .* #0 .*mistakes.cc:[0-9]+" \
      "$mistakes" "$race"
  done
  # What the kernel does to a buffer, on behalf of whoever gave it, is told at the call.
  while read -r race access call; do
    expect 66 "ThreadSanitizer: data race.* $access of size [0-9]+ at [^#]*(#0 [^#]*filled[^#]*|#0 [^#]*taken[^#]*)?\
#[0-9] $call[( ].*mistakes.cc:[0-9]+" "$mistakes" "$race"
  done <<'END'
race-in-read [Ww]rite gort::poll::FD::Read
race-in-pread [Ww]rite gort::poll::FD::Pread
race-in-read-from [Ww]rite gort::poll::FD::ReadFrom
race-in-write [Rr]ead gort::poll::FD::Write
race-in-writev [Rr]ead [^#]*consume
race-in-libc [Ww]rite read
END
done

GODEBUG=preemptevery=100 expect 0 '^$' "$plain"
GODEBUG=preemptevery=100 expect 0 '^$' "$plain_net"
expect 2 '^panic: too deep.*goroutine [0-9]+ \[running.*throws\(.*created by .*gort_main' "$mistakes" throw
expect 2 '^fatal error: all goroutines are asleep - deadlock!.*goroutine [0-9]+ \[chan receive.*deadlock\(' \
  "$mistakes" deadlock
expect 2 '^panic: runtime error: invalid memory address or nil pointer dereference.*nil\(' "$mistakes" nil
expect 2 'fatal error: stack overflow.*endless\(' "$mistakes" overflow
exit "$bad"
