#!/bin/bash
# soak_test.sh SOAK: some rounds with each number of processors, many of one kind with an eye on memory, and again with
# the seed that was printed; bad usage.
set -uo pipefail
soak=$1
status=0
out=$TEST_TMPDIR/out
for procs in 1 2 8 64; do
  GOMAXPROCS=$procs GODEBUG=preemptevery=1000 timeout -s KILL 250 "$soak" --rounds=12 --patience=200 >"$out" 2>&1 ||
    { echo "GOMAXPROCS=$procs: exit status $?"; tail -n 40 "$out"; status=1; }
done
# Many short rounds of what leaves most behind: memory stays what it was.
GOMAXPROCS=2 timeout -s KILL 250 "$soak" --rounds=2000 --only=contexts --seed=5 >"$out" 2>&1 ||
  { echo "memory: exit status $?"; tail -n 40 "$out"; status=1; }
GOMAXPROCS=2 timeout -s KILL 250 "$soak" --rounds=12 --only=rough >"$out" 2>&1 ||
  { echo "rough: exit status $?"; tail -n 40 "$out"; status=1; }
again=$(sed -n 's/.*\(--seed=[0-9]*\).*/\1/p' "$out")
"$soak" "$again" --from=3 --rounds=1 >"$out" 2>&1 || { echo "$again: not again"; status=1; }
grep -q "GOMAXPROCS=.* $again --from=3" "$out" || { echo "the seed is not told"; status=1; }
"$soak" --only=nothing >"$out" 2>&1
[[ $? -eq 2 && $(wc -l <"$out") -eq 1 ]] || { echo "a scene that there is not is not told"; status=1; }
"$soak" --rounds=x >"$out" 2>&1
[[ $? -eq 2 && $(wc -l <"$out") -eq 1 ]] || { echo "bad usage is not told"; status=1; }
exit "$status"
