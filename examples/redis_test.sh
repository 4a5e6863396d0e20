#!/bin/bash
# The Redis server, by redis-cli and redis-benchmark.
. "$(dirname "$0")/server.sh"
start "$1"
r() { redis-cli -h "$host" -p "$port" "$@"; }
same ping "$(r ping)" PONG
same echo "$(r echo 'a b')" 'a b'
same set "$(r set answer 42)" OK
same get "$(r get answer)" 42
same incr "$(r incr answer)" 43
same incrby "$(r incrby answer -3)" 40
same "incr of nothing" "$(r incr fresh)" 1
same "get of nothing" "$(r get nosuch)" ""
same mset "$(r mset a 1 b 2)" OK
same exists "$(r exists a b nosuch)" 2
same del "$(r del a b nosuch)" 2
same dbsize "$(r dbsize)" 2
same "not a number" "$(r set word x; r incr word)" $'OK\nERR value is not an integer or out of range'
same "no command" "$(r nosuch)" "ERR unknown command 'nosuch'"
same "too few" "$(r get)" "ERR wrong number of arguments for 'get' command"
same "for a time" "$(r set short x px 50)" OK
same ttl "$(r expire word 100; r ttl word)" $'1\n100'
sleep 0.1
same "too old" "$(r get short)" ""
head -c 3000000 /dev/urandom | base64 -w 0 >"$TEST_TMPDIR/large"
same "large" "$(r -x set large <"$TEST_TMPDIR/large")" OK
r get large | head -c -1 | cmp - "$TEST_TMPDIR/large"
same inline "$(printf 'PING\r\nSET k v\r\nGET k\r\n' | nc -N "$host" "$port" | tr -d '\r' | tr '\n' ' ')" \
  '+PONG +OK $1 v '
same flushall "$(r flushall)" OK
redis-benchmark -h "$host" -p "$port" -q -n 20000 -c 50 -P 8 -t ping,set,get,incr,mset >"$TEST_TMPDIR/bench"
same "benchmarks" "$(tr '\r' '\n' <"$TEST_TMPDIR/bench" | grep -c 'requests per second, p50')" 6
same "after it" "$(r get counter:__rand_int__)" 20000
stop
