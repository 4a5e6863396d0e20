#!/bin/bash
# The HTTP server, by curl and by nc: files, kept connections, requests in a row, and what is refused.
. "$(dirname "$0")/server.sh"
site=$TEST_TMPDIR/site
mkdir -p "$site/sub folder"
echo '<h1>hello</h1>' >"$site/index.html"
echo 'in a folder' >"$site/sub folder/a.txt"
: >"$site/empty"
head -c 30000000 /dev/urandom >"$site/large.bin"
echo secret >"$TEST_TMPDIR/secret"
start "$1" 127.0.0.1:0 "$site"
url=http://$host:$port

same "index" "$(curl -sS "$url/")" '<h1>hello</h1>'
same "query" "$(curl -sS "$url/index.html?x=1")" '<h1>hello</h1>'
same "escapes" "$(curl -sS "$url/sub%20folder/a.txt")" 'in a folder'
same "type" "$(curl -sS -o /dev/null -w '%{http_code} %{content_type}' "$url/")" '200 text/html; charset=utf-8'
same "empty" "$(curl -sS -o /dev/null -w '%{http_code} %{size_download}' "$url/empty")" '200 0'
same "head" "$(curl -sSI "$url/large.bin" | tr -d '\r' | grep -i content-length)" 'Content-Length: 30000000'
same "missing" "$(curl -sS -o /dev/null -w '%{http_code}' "$url/nosuch")" 404
same "folder" "$(curl -sS -o /dev/null -w '%{http_code}' "$url/sub%20folder")" 404
same "outside" "$(curl -sS --path-as-is -w '%{http_code}' -o /dev/null "$url/../secret")" 404
same "outside, escaped" "$(curl -sS --path-as-is -w '%{http_code}' -o /dev/null "$url/%2e%2e/secret")" 404
same "post" "$(curl -sS -o /dev/null -w '%{http_code}' -d x=1 "$url/")" 405
curl -sS -o "$TEST_TMPDIR/large" "$url/large.bin"
cmp "$TEST_TMPDIR/large" "$site/large.bin"

# One connection for several, unless the client wants otherwise.
same "kept" "$(curl -sS -o /dev/null -w '%{num_connects} ' "$url/" -o /dev/null "$url/empty" \
  -o /dev/null "$url/nosuch")" '1 0 0 '
[[ $(curl -sS -D - -o /dev/null -H 'Connection: close' "$url/" | grep -ci '^connection: close') == 1 ]] || fail "not closed"
# Requests in a row, in pieces that end anywhere; HTTP/1.0 closes.
answers=$( (printf 'GET /empty HTTP/1.1\r\nHost: x\r\n\r\nGET /sub%%20folder/a.txt HT'; sleep 0.2
  printf 'TP/1.1\r\nHost: x\r\n\r\nGET /empty HTTP/1.0\r\n\r\n') | nc "$host" "$port" | tr -d '\r' |
  grep -c '^HTTP/1.1 200 OK')
same "in a row" "$answers" 3
# HEAD has no body: the next answer comes right behind its head.
same "head, and then" "$(printf 'HEAD /index.html HTTP/1.1\r\nHost: x\r\n\r\nGET /nosuch HTTP/1.0\r\n\r\n' |
  nc "$host" "$port" | tr -d '\r' | grep -c -e hello -e '404 Not Found$')" 2
same "nonsense" "$(printf 'what is this\r\n\r\n' | nc -N "$host" "$port" | head -n 1 | tr -d '\r')" \
  'HTTP/1.1 400 Bad Request'
# Fifty at once.
seq 50 | xargs -P 25 -I{} curl -sS -o "$TEST_TMPDIR/at-once.{}" "$url/index.html"
for i in {1..50}; do same "one of fifty" "$(cat "$TEST_TMPDIR/at-once.$i")" '<h1>hello</h1>'; done
stop
