# For the tests of the examples: starts a server and tells where it listens.
set -euo pipefail

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# start PROGRAM [ADDRESS [ARGUMENTS]]: sets `host`, `port` and `server`, its process. It ends with the test.
servers=()
start() {
  local out=$TEST_TMPDIR/server.$RANDOM line program=$1
  shift
  [[ $# -gt 0 ]] || set -- 127.0.0.1:0
  : >"$out"
  "$program" "$@" >"$out" &
  server=$!
  servers+=("$server")
  for _ in {1..300}; do
    line=$(head -n 1 "$out")
    if [[ $line == "listening on "* ]]; then
      line=${line#listening on }
      host=${line%:*} port=${line##*:}
      return
    fi
    kill -0 "$server" 2>/dev/null || fail "the server has ended: $(cat "$out")"
    sleep 0.1
  done
  fail "the server does not listen"
}

# stop: ends the last one as one does, and wants it to end well.
stop() {
  local status=0
  kill -TERM "$server"
  wait "$server" || status=$?
  [[ $status == 0 ]] || fail "the server ended with $status"
  servers=()
}
trap 'for s in "${servers[@]}"; do kill "$s" 2>/dev/null || true; done' EXIT

# same WHAT GOT WANT
same() { [[ $2 == "$3" ]] || fail "$1: got '$2', wanted '$3'"; }
