#!/bin/bash
# The SOCKS proxy, by curl, in front of the HTTP server; by nc in front of the echo server, which ends when its client has.
. "$(dirname "$0")/server.sh"
site=$TEST_TMPDIR/site
mkdir -p "$site"
echo 'through the proxy' >"$site/index.html"
head -c 20000000 /dev/urandom >"$site/large.bin"
start "$2" 127.0.0.1:0 "$site"
web=$port
start "$3"
echo=$port
start "$1"
proxy=$host:$port
same "by address" "$(curl -sS --socks5 "$proxy" "http://127.0.0.1:$web/")" 'through the proxy'
same "by name" "$(curl -sS --socks5-hostname "$proxy" "http://localhost:$web/")" 'through the proxy'
curl -sS --socks5 "$proxy" -o "$TEST_TMPDIR/large" "http://127.0.0.1:$web/large.bin"
cmp "$TEST_TMPDIR/large" "$site/large.bin"
status=0
curl -sS --socks5 "$proxy" "http://127.0.0.1:1/" 2>"$TEST_TMPDIR/refused" || status=$?
[[ $status != 0 ]] || fail "a connection with nobody"
grep -q '(5)' "$TEST_TMPDIR/refused" || fail "curl says: $(cat "$TEST_TMPDIR/refused")"
# An end of one direction is passed on, and the other one goes on: else nc would wait for ever.
port_bytes=$(printf '\\x%02x\\x%02x' $((echo >> 8)) $((echo & 255)))
answer=$(printf '\5\1\0\5\1\0\1\177\0\0\1%bhello' "$port_bytes" | timeout 20 nc -N "$host" "$port" | tail -c 5) ||
  fail "half-closed: the other end did not come"
same "half-closed" "$answer" hello
same "no method" "$(printf '\5\1\2' | nc -N "$host" "$port" | od -An -tx1 | tr -d ' \n')" 05ff
stop
