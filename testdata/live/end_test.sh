#!/bin/bash
# end_test.sh THE_END FOREIGN BEFORE_MAIN: how programs end, with 1, 2 and 8 processors.
set -uo pipefail
the_end=$1 foreign=$2 before_main=$3
failed=0
out=$TEST_TMPDIR/out err=$TEST_TMPDIR/err

# expect WHAT STATUS COMMAND...: runs it, with its streams in files, and holds the status against what is wanted.
expect() {
  local what=$1 want=$2 status=0
  shift 2
  rm -f "$out"
  timeout -s KILL 60 "$@" >/dev/null 2>"$err" || status=$?
  [[ $status -eq $want ]] || wrong "$what: exit status $status, not $want"
}
wrong() {
  echo "GOMAXPROCS=$GOMAXPROCS: $1"
  head -n 5 "$err"
  failed=1
}
says() { grep -qF -- "$2" "$err" || wrong "$1: standard error does not say '$2'"; }

# Nobody writes to this, and it does not end.
mkfifo "$TEST_TMPDIR/silent"
exec 9<>"$TEST_TMPDIR/silent"

for GOMAXPROCS in 1 2 8; do
  export GOMAXPROCS
  for i in 1 2 3 4 5; do
    for how in return exit goroutine; do
      expect "$how" 3 "$the_end" "$how" "$out"
      [[ $(cat "$out") == written ]] || wrong "$how: the static stream was not written out"
      says "$how" "destructor of an object"
      says "$how" "atexit"
      [[ $how == goroutine ]] || says "$how" "destructor of a thread_local"
    done
  done
  for i in 1 2 3; do
    expect "no destructors" 3 "$the_end" "no destructors" "$out" <&9
    [[ $(cat "$out") == written ]] || wrong "no destructors: the stream was not written out"
    ! grep -q destructor "$err" || wrong "no destructors: there are"
  done
  expect waits 2 "$the_end" waits "$out"
  says waits "fatal error: a destructor or a function of atexit waits for another goroutine, but the program has ended"
  for what in send recv try_send close go lock done sleep gosched select timer stack gomaxprocs pull; do
    expect "a thread that calls $what" 4 "$foreign" "$what"
    [[ ! -s $err ]] || wrong "$what: it says something"
  done
  expect before_main 2 "$before_main"
  says before_main "fatal error: gort called before it has started"
done
exit "$failed"
