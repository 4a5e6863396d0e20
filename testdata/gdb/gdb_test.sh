#!/bin/bash
# gdb_test.sh PROGRAM: goroutines in gdb, of a process and of a core, by the script that the program brings along.
set -uo pipefail
program=$1
failed=0
command -v gdb >/dev/null || { echo "gdb is not installed: ./gort installs it"; exit 1; }
export DEBUGINFOD_URLS= HOME=$TEST_TMPDIR
core=$TEST_TMPDIR/core
in_gdb() { timeout -s KILL 120 gdb -nx -batch -iex 'set auto-load safe-path /' -iex 'set width 0' "$@" 2>&1; }

# has FILE WHAT PATTERN
has() { grep -qE -- "$3" "$1" || { echo "$2: nothing like: $3"; cat "$1"; failed=1; }; }

look=(-ex 'info goroutines' -ex 'goroutine all bt' -ex 'goroutine 99999 bt' -ex 'goroutine one')
in_gdb -ex 'handle SIGURG pass nostop noprint' -ex 'break stopHere' -ex run "${look[@]}" \
  -ex 'generate-core-file '"$core" -ex 'echo and now\n' -ex 'bt 1' -ex continue "$program" >"$TEST_TMPDIR/alive"
in_gdb "${look[@]}" "$program" "$core" >"$TEST_TMPDIR/dead"

for of in alive dead; do
  out=$TEST_TMPDIR/$of
  has "$out" "$of" '^\* [0-9]+ running on thread [0-9]+, .*runtime::main'
  has "$out" "$of" '^  [0-9]+ waiting: chan receive on 0x[0-9a-f]+, .*gort_main'
  has "$out" "$of" '^  [0-9]+ waiting: sleep, '
  has "$out" "$of" '^  [0-9]+ waiting: chan receive on 0x[0-9a-f]+, a thread that gort did not start'
  has "$out" "$of" '^  [0-9]+ runnable, next on P0, '
  has "$out" "$of" "^  [0-9]+ runnable, place [0-9]+ of P0's queue, "
  has "$out" "$of" '^goroutine [0-9]+ \[chan receive\]:$'
  has "$out" "$of" '^#0 .* in runtime::'
  has "$out" "$of" '^#[0-9]+ .* in waitsDeepDown \(\) at .*program.cc:[0-9]+'
  has "$out" "$of" '^#[0-9]+ .* in goexit \(\)'
  has "$out" "$of" '^#[0-9]+ .* in start_thread|^#[0-9]+ .* in clone'
  has "$out" "$of" 'which has not begun'
  has "$out" "$of" '^no goroutine 99999'
  has "$out" "$of" '^usage: goroutine N\|all COMMAND'
  ! grep -q 'Python Exception\|Traceback' "$out" || { echo "$of: an exception"; cat "$out"; failed=1; }
done
# Nothing of the process has changed by it.
has <(sed -n '/^and now/,$p' "$TEST_TMPDIR/alive") afterwards '^#0 .*stopHere'
has "$TEST_TMPDIR/alive" afterwards 'exited normally'
exit "$failed"
