#!/bin/bash
# explore_test.sh GORT_EXPLORE: a short exploration of everything, in which nothing is found; and what the command says of wrong
# usage. The numbers of schedules, not the time, say how much is done.
set -euo pipefail
explore=$1
"$explore" --twice --bound=1
"$explore" --twice --bound=1 --tso
"$explore" --twice --search=pct --schedules=200
"$explore" --twice --search=random --mixes=150 --seed=1 --schedules=60

refused() {
  local status=0
  "$explore" "$@" >"$TEST_TMPDIR/out" 2>"$TEST_TMPDIR/err" || status=$?
  [[ $status -eq 2 && ! -s $TEST_TMPDIR/out && $(wc -l <"$TEST_TMPDIR/err") -eq 1 ]] || {
    echo "$*: status $status"
    cat "$TEST_TMPDIR/out" "$TEST_TMPDIR/err"
    exit 1
  }
}
refused --search=breadth
refused --bound=x
refused --nothing
refused no-such-program
refused --replay=wake
refused --replay=wake@5:1,4:1
refused --replay=nothing@

[[ $("$explore" --replay=spawn@30:1 | tail -n 1) == "ends: no goroutines"* ]]
"$explore" --json spawn | python3 -c 'import json, sys; r = json.load(sys.stdin); assert r["programs"][0]["all"] and r["failures"] == 0'
