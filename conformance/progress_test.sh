#!/bin/bash
# progress_test.sh WORKSPACE: what `gort test` says every half minute off a terminal, and at the end of what failed;
# tools/test.sh is beside that file.
set -u
root=$(dirname -- "$(readlink -f -- "$1")")
say() { printf 'gort: %s\n' "$*" >&2; }
. "$root/tools/test.sh"

dir=$(mktemp -d "${TEST_TMPDIR:-/tmp}/progress.XXXXXX")
bad=0
# expect WHAT TEXT PATTERN
expect() { [[ $2 =~ $3 ]] || { printf 'progress_test: %s: %s\n' "$1" "$2" >&2; bad=1; }; }

doing "not noted: nobody asked"
progress=$dir/progress
doing "asking Bazel"
expect "no tests yet" "$(say_progress 5 2>&1)" '^gort: asking Bazel \(0 min 5 s\)$'
doing "Bazel tests" "$dir/events" 7
expect "no file yet" "$(say_progress 60 2>&1)" '^gort: Bazel tests, 0 of 7 targets done \(1 min 0 s\)$'
for target in a b c; do printf '{"id":{"testSummary":{"label":"//:%s"}},"x":1}\n{"id":{"testResult":{}}}\n' "$target"; done >"$dir/events"
expect "three are done" "$(say_progress 95 2>&1)" '^gort: Bazel tests, 3 of 7 targets done \(1 min 35 s\)$'

heartbeat 0.1 >/dev/null 2>"$dir/said" </dev/null &
beat=$!
for ((i = 0; i < 600; i++)); do
  [[ $(grep -c 'Bazel tests, 3 of 7' "$dir/said") -lt 3 ]] || break
  sleep 0.1
done
kill "$beat"
wait "$beat" 2>/dev/null
expect "again and again" "$(wc -l <"$dir/said")" '^([3-9]|[1-9][0-9]+)$'

suite good 3 0 >/dev/null
expect "nothing failed" "[$(say_failures)]" '^\[\]$'
seq 100 >"$dir/log"
suite bad 1 2 "$dir/log" >/dev/null
suite silent 0 1 >/dev/null
expect "what failed, and its last lines" "$(say_failures)" \
  $'^\n?---- failed: bad\n61\n(.*\n)*100\n\n---- failed: silent$'
expect "the sums" "$cases_passed $cases_failed" '^4 3$'
rm -rf -- "$dir"
exit "$bad"
