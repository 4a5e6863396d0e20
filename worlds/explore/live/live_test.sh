#!/bin/bash
# live_test.sh GORT_EXPLORE_LIVE: the programs of the live world's own code, all there is at bound 2 and twice the same; some without
# a bound; and that a line can be made again.
set -euo pipefail
explore=$1
"$explore" --twice
"$explore" --bound=none mutex note note-time pool-ring runnext-p
# When a store comes into its buffer is a step: else there are 34.
[[ $("$explore" --bound=none membarrier | grep -c '^membarrier *99 ') == 1 ]]
"$explore" --twice --search=pct --schedules=2000
[[ $("$explore" --replay=mutex@11:1,13:1,15:1,17:1,19:1 | tail -n 1) == "ends: all threads have ended"* ]]
status=0
"$explore" --replay=mutex@ --trace="$TEST_TMPDIR/trace" 2>"$TEST_TMPDIR/err" || status=$?
[[ $status -eq 2 && $(wc -l <"$TEST_TMPDIR/err") -eq 1 ]] || { echo "--trace: status $status"; exit 1; }
