# children.sh: what runs for a script that sources it does not outlive it. The script says in leave_nothing what lies about
# that has to go with it.

# in_front COMMAND...: runs it and waits for it. Bash hears no signal while it waits for a command in the foreground, and
# one that kills it leaves the command alone; so this is one in the background that is waited for, and stopped with us.
front=
in_front() {
  local status=0
  "$@" <&0 &
  front=$!
  wait "$front" || status=$?
  front=
  return "$status"
}

# stopped SIGNAL: ends what we run, removes what lies about, and ends us by that signal.
stopped() {
  trap '' HUP INT TERM
  if [[ -n $front ]]; then
    kill "$front" 2>/dev/null || true
    wait "$front" 2>/dev/null || true
  fi
  leave_nothing
  trap - HUP INT TERM
  kill -s "$1" $$
}
for signal in HUP INT TERM; do trap "stopped $signal" "$signal"; done
