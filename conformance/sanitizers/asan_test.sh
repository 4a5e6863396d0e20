#!/bin/bash
# asan_test.sh PLAIN MISTAKES GOTRACE PLAIN_NET: AddressSanitizer and LeakSanitizer have nothing to say of plain programs, traced or
# not, and find what is wrong in a goroutine, with its frames.
set -uo pipefail
. "$(dirname -- "$0")/expect.sh"
plain=$1 mistakes=$2 gotrace=$3 plain_net=$4

for procs in 1 2 8; do
  export GOMAXPROCS=$procs
  for slice in 0 100; do
    for fake in 0 1; do
      GODEBUG=preemptevery=$slice ASAN_OPTIONS=detect_stack_use_after_return=$fake:detect_leaks=1 expect 0 '^$' "$plain"
    done
  done
  ASAN_OPTIONS=detect_leaks=1 traced 0 '^$' "$plain"
  ASAN_OPTIONS=detect_leaks=1 expect 0 '^$' "$plain_net"
done

export GOMAXPROCS=2 ASAN_OPTIONS=detect_leaks=1
goroutine='operator\(\).*mistakes.cc:[0-9]+.*goexit'
expect 1 "heap-use-after-free.*#0 .*afterFree.*$goroutine.*freed by thread.*afterFree" "$mistakes" after-free
expect 1 "heap-buffer-overflow.*#0 .*pastHeap.*$goroutine.*allocated by thread.*pastHeap" "$mistakes" past-heap
expect 1 "stack-buffer-overflow.*#0 .*pastArray.*$goroutine" "$mistakes" past-array
expect 1 "LeakSanitizer: detected memory leaks.*leak of 246 byte.*lose.*operator\(\).*mistakes.cc:[0-9]+" "$mistakes" leak
ASAN_OPTIONS=detect_stack_use_after_return=1 \
  expect 1 "stack-use-after-return.*#0 .*afterReturn.*$goroutine" "$mistakes" after-return
expect 1 "heap-buffer-overflow.*poll::FD::Read.*readPastHeap.*$goroutine.*allocated by thread.*readPastHeap" \
  "$mistakes" read-past-heap
expect 1 "heap-use-after-free.*poll::FD::Write.*writeAfterFree.*$goroutine.*freed by thread.*writeAfterFree" \
  "$mistakes" write-after-free
expect 2 '^panic: too deep.*goroutine [0-9]+ \[running.*throws\(.*created by .*gort_main' "$mistakes" throw
expect 2 '^fatal error: all goroutines are asleep - deadlock!.*goroutine [0-9]+ \[chan receive.*deadlock\(' \
  "$mistakes" deadlock
expect 2 '^panic: runtime error: invalid memory address or nil pointer dereference.*nil\(' "$mistakes" nil
expect 2 '^[^W]*fatal error: stack overflow.*endless\(' "$mistakes" overflow
exit "$bad"
