#!/bin/bash
# twin_test.sh TWINS PROGRAM EVENTS OUT: at GOMAXPROCS=1 the C++ program makes the events that its Go twin made, in
# the same order. At 2, 4 and 8 it prints the same; the order of events is then the threads' affair.
set -euo pipefail
twins=$1 program=$2 events=$3 out=$4
work=${TEST_TMPDIR:-$(mktemp -d)}
unset GODEBUG GOTRACEBACK

GOMAXPROCS=1 "$program" "$work/story" >"$work/out"
"$twins" diff "$events" "$work/story"
diff -u "$out" "$work/out"

for procs in 2 4 8; do
  for _ in 1 2 3; do
    GOMAXPROCS=$procs "$program" >"$work/out" || { echo "GOMAXPROCS=$procs: exit status $?" >&2; exit 1; }
    diff -u "$out" "$work/out" || { echo "GOMAXPROCS=$procs: another result" >&2; exit 1; }
  done
done
