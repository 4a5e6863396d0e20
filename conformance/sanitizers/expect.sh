# expect.sh: sourced by the tests here. Sets bad to 1 when an expectation is not met.
bad=0

# traced EXPECTATION...: the same of a program that writes an execution trace, which must be whole.
traced() {
  local trace=${TEST_TMPDIR:-/tmp}/sanitized.trace
  GORT_TRACE=$trace expect "$@"
  "$gotrace" check "$trace" >/dev/null || bad=1
  rm -f -- "$trace"
}

# expect STATUS PATTERN PROGRAM ARGS...: how it ends, and what it says, on either stream.
expect() {
  local wanted=$1 pattern=$2 text status=0
  shift 2
  text=$(timeout -s KILL 60 "$@" 2>&1) || status=$?
  [[ $status -eq $wanted && $text =~ $pattern ]] && return
  printf '%s, GOMAXPROCS=%s GODEBUG=%s ASAN_OPTIONS=%s: status %d:\n%s\n' "$*" "${GOMAXPROCS-}" "${GODEBUG-}" \
    "${ASAN_OPTIONS-}" "$status" "${text:0:6000}" >&2
  bad=1
}
