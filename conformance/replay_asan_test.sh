#!/bin/bash
# replay_asan_test.sh REPLAY LOG...: the port, its stacks and its fibers under AddressSanitizer. Leaks are not looked for:
# a replay ends with goroutines alive, as the captured program did.
set -euo pipefail
replay=$1
shift
export ASAN_OPTIONS=detect_stack_use_after_return=0:detect_leaks=0
for log in "$@"; do
  for order in late eager; do "$replay" "$order" "$log"; done
done
