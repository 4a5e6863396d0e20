#!/bin/bash
# The chat, by three nc: everybody sees what the others say, and who comes and goes.
. "$(dirname "$0")/server.sh"
start "$1"
cd "$TEST_TMPDIR"

# until PATTERN FILE: the line comes.
until_line() {
  for _ in {1..100}; do
    if grep -q -- "$1" "$2"; then return; fi
    sleep 0.1
  done
  fail "no '$1' in: $(cat "$2")"
}

# guest NAME: one who is driven through a pipe of that name.
guest() {
  mkfifo "$1"
  nc -N "$host" "$port" <"$1" >"$1.seen" 5>&- 6>&- 7>&- &
}
guest ada
exec 5>ada
until_line "is here, 1 in the room" ada.seen
guest bob
exec 6>bob
until_line "is here, 2 in the room" ada.seen
guest cid
exec 7>cid
until_line "is here, 3 in the room" bob.seen
printf 'good evening\r\n' >&5
until_line "^guest[0-9]*: good evening$" bob.seen
until_line ": good evening$" cid.seen
printf 'hello ada\n\n' >&6
until_line ": hello ada$" ada.seen
printf 'and me\n' >&7
until_line ": and me$" bob.seen
if grep -q "hello ada" bob.seen; then fail "bob hears himself"; fi
exec 6>&-
until_line "has left" ada.seen
printf 'still here\n' >&7
until_line ": still here$" ada.seen
exec 5>&- 7>&-
stop
