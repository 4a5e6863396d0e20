#!/bin/bash
# computes_test.sh COMPUTES GOTRACE: traces of many short generations, of goroutines that lose their processors to whoever
# advances the trace. Each must be whole. (A processor whose theft nobody told showed in one of five.)
set -euo pipefail
work=${TEST_TMPDIR:-$(mktemp -d)}
for procs in 4 8; do
  for ((run = 0; run < 8; run++)); do
    GORT_TRACE=$work/trace GODEBUG=traceadvanceperiod=300000 GOMAXPROCS=$procs "$1"
    "$2" check "$work/trace" >/dev/null
  done
done
