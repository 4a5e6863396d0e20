#!/bin/bash
# run.sh PROGRAM MODE...: runs a program of this folder with 1, 2 and 8 processors, with slices of 10 ms and of 100 us,
# in each way of preemption that is named. Every run must end with status 0 within two minutes.
set -uo pipefail
program=$1
shift
failed=0 ran=0
for mode in "$@"; do
  for slice in 0 100; do
    for procs in 1 2 8; do
      GODEBUG=asyncpreempt=$mode,preemptevery=$slice GOMAXPROCS=$procs timeout -s QUIT -k 5 120 "$program"
      status=$?
      ran=$((ran + 1))
      if [[ $status -ne 0 ]]; then
        echo "$mode, slices of $slice us (0: 10 ms), $procs processors: exit status $status"
        failed=$((failed + 1))
      fi
    done
  done
done
echo "$((ran - failed)) runs passed, $failed failed"
[[ $failed -eq 0 ]]
