#!/bin/bash
# later_release_test.sh REPLAY LOG...: the port of a later release replays these in both orders and AddressSanitizer has
# nothing to say. Leaks are not looked for: a replay ends with goroutines alive, as the captured program did.
set -euo pipefail
replay=$1
shift
export ASAN_OPTIONS=detect_stack_use_after_return=0:detect_leaks=0
for log in "$@"; do
  for order in late eager; do "$replay" "$order" "$log" >/dev/null; done
done
