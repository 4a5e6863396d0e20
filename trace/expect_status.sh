# expect_status.sh: sourced by tests that have a folder $work. Sets bad to 1 when an expectation is not met.
bad=0

fail() {
  echo "$*" >&2
  bad=1
}

# status WANTED COMMAND...: whether it ends with that exit status. What it says is in $work/stdout and $work/stderr.
status() {
  local wanted=$1 got=0
  shift
  "$@" >"$work/stdout" 2>"$work/stderr" || got=$?
  [[ $got == "$wanted" ]] || fail "exit status $got, not $wanted: $* ($(head -c 4000 "$work/stderr" "$work/stdout"))"
}
