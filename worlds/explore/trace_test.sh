#!/bin/bash
# trace_test.sh BROKEN EXPLORE EXPLAIN GOTRACE: what is found in a port that has golang/go 45867 is a trace that gort takes, that
# Go's own tools read to their end, and out of which gort explain tells what happened.
set -euo pipefail
broken=$PWD/$1 explore=$PWD/$2 explain=$PWD/$3 gotrace=$PWD/$4
work=$TEST_TMPDIR

. "${TEST_SRCDIR:?}/${TEST_WORKSPACE:?}/trace/find_go.sh"
export HOME=$work GOCACHE=$work/cache GOPATH=$work/path GOTOOLCHAIN=local GOFLAGS=
. "${TEST_SRCDIR:?}/${TEST_WORKSPACE:?}/trace/expect_status.sh"

status 1 "$broken" --bound=2 late
line=$(sed -n 's/^  gort explore --replay=//p' "$work/stdout")
[[ $line == late@* ]] || fail "it is not found: $(cat "$work/stdout")"
status 1 "$broken" --replay="$line" --trace="$work/bug.trace"
grep -q '^no-idle-beside-work: ' "$work/stdout" || fail "another property fails: $(tail -n 1 "$work/stdout")"
# The same schedule with the port as it is, and one of each kind of program.
status 0 "$explore" --replay="$line" --trace="$work/port.trace"
for program in block retake net sleep wire wired-exit procs stop-long-call goexit coroutine; do
  status 0 "$explore" --replay="$program@" --trace="$work/$program.trace"
done

for version in 1.24 1.27; do
  go=$(find_go "$version")
  for trace in "$work"/*.trace; do
    "$go" tool trace -d=parsed "$trace" >"$work/parsed" 2>"$work/stderr" || fail "$trace: Go $version: $(head -n 3 "$work/stderr")"
    grep -q 'gomaxprocs' "$work/parsed" || fail "$trace: Go $version reads nothing: $(cat "$work/parsed" "$work/stderr")"
    [[ $trace != */bug.trace ]] || grep -q 'Category="gort explore" Message="no-idle-beside-work: ' "$work/parsed" ||
      fail "Go $version: the trace does not say what failed: $(cat "$work/parsed")"
  done
done
for trace in "$work"/*.trace; do
  status 0 "$gotrace" check --strict "$trace"
  status 0 "$explain" "$trace"
done

# The goroutine that nobody came for: where it lay, and that a P was idle.
"$explain" "$work/bug.trace" >"$work/story"
grep -q '^1 goroutine still runnable at the end' "$work/story" || fail "it is not said who waits: $(cat "$work/story")"
grep -A 1 '^G3 (main.goroutine2): runnable .* when the recording ends' "$work/story" |
  grep -q 'made by G1; next on P0, behind G1.*a P had no work' || fail "no story: $(cat "$work/story")"
"$explain" "$work/port.trace" >"$work/story"
! grep -q 'still runnable at the end' "$work/story" || fail "the port leaves one, too: $(cat "$work/story")"

# Bad usage.
for args in "--trace=$work/x spawn" "--replay=spawn@ --trace=" "--replay=spawn@ --trace=$work/no/such/folder" \
  "--replay=spawn@ --trace=/dev/full"; do
  # shellcheck disable=SC2086
  status 2 "$explore" $args
  [[ ! -s $work/stdout && $(wc -l <"$work/stderr") == 1 ]] || fail "$args: $(cat "$work/stdout" "$work/stderr")"
done
exit "$bad"
