#!/bin/bash
# The echo server, by nc: a line, then more than any buffer holds.
. "$(dirname "$0")/server.sh"
start "$1"
same "a line" "$(printf 'hello\n' | nc -N "$host" "$port")" hello
head -c 20000000 /dev/urandom >"$TEST_TMPDIR/sent"
nc -N "$host" "$port" <"$TEST_TMPDIR/sent" >"$TEST_TMPDIR/back"
cmp "$TEST_TMPDIR/sent" "$TEST_TMPDIR/back"
# One who stays: others come and go meanwhile.
(
  printf 'here\n'
  until [[ -e $TEST_TMPDIR/others ]]; do sleep 0.1; done
  printf 'still here\n'
) | timeout 60 nc -N "$host" "$port" >"$TEST_TMPDIR/stays" &
stays=$!
until grep -q '^here$' "$TEST_TMPDIR/stays"; do sleep 0.1; done
same "while somebody stays" "$(printf 'hello\n' | timeout 20 nc -N "$host" "$port")" hello
: >"$TEST_TMPDIR/others"
wait "$stays"
same "who stays" "$(cat "$TEST_TMPDIR/stays")" $'here\nstill here'
# Many at once, of which one goes on while the others wait.
pids=()
for i in {1..50}; do
  (printf '%s\n' "$i"; sleep 0.3; printf '%s\n' "$i") | nc -N "$host" "$port" >"$TEST_TMPDIR/many.$i" &
  pids+=($!)
done
wait "${pids[@]}"
for i in {1..50}; do same "client $i" "$(cat "$TEST_TMPDIR/many.$i")" "$i"$'\n'"$i"; done
stop
