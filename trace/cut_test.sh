#!/bin/bash
# cut_test.sh GOTRACE BUILD SAYS.go SPECIMEN.go TRACE...: parts of traces are traces, to Go 1.24, to the newest Go and
# to gort, and hold the events that they should: all of them, those of a span of time, those of one goroutine. The
# traces are those given, the tests of both Go's internal/trace, and some that both make here.
set -euo pipefail

gotrace=$PWD/$1 build=$PWD/$2 says=$PWD/$3 specimen=$PWD/$4
shift 4
. "$TEST_SRCDIR/$TEST_WORKSPACE/trace/gather_traces.sh"
gather "$@"

# events FILE FROM TO: the events from one time on and before another, but for what must differ where a span begins: what
# is only said again, and the names of tasks that began before.
events() {
  "$gotrace" text --ordered "$1" | awk -v from="$2" -v to="$3" '
    / Time=[0-9]/ && /^M=/ {
      match($0, / Time=[0-9]+/); time = substr($0, RSTART + 6, RLENGTH - 6) + 0
      shown = time >= from && time < to && !/ (Sync|RangeActive) / && !/ ([A-Z][A-Za-z]+)->/ ||
              time >= from && time < to && / StateTransition / && !again()
      if (/ TaskEnd /) sub(/ Parent=.*/, "")
      sub(/ (NotExist|Undetermined)->/, " New->")
    }
    function again(  states) {
      match($0, / [A-Za-z]+->[A-Za-z]+/); split(substr($0, RSTART + 1, RLENGTH - 1), states, "->")
      return states[1] == states[2]
    }
    shown'
}
# of_goroutine FILE N: its transitions and what it did, without who woke it, and without stacks.
of_goroutine() {
  "$gotrace" text --ordered "$1" | awk -v n="$2" '
    /^M=/ && / GoID=/ { if ($0 !~ " GoID=" n " ") next; sub(/ G=-?[0-9]+/, ""); sub(/Reason="unspecified"/, "Reason=\"\""); print; next }
    /^M=/ && $0 ~ " G=" n " " && !/ ProcID=| (Metric|RangeBegin|RangeActive|RangeEnd|Experimental) / { sub(/ Parent=.*/, ""); print }'
}

parts=0
# part NAME ARGUMENT...: cuts NAME; the part is out/NAME+ARGUMENTS.trace, and sound.
part() {
  local from=$work/in/$1.trace out=$work/out/$1
  shift
  out+=+$(printf '%s' "$@").trace
  "$gotrace" cut "$@" -o "$out" "$from" >/dev/null || fail "cut $* $from failed"
  "$gotrace" check "$out" >"$work/said" 2>&1 || fail "$out: $(cat "$work/said")"
  "$gotrace" cut "$@" -o - - <"$from" | cmp - "$out" || fail "$out: another one through a pipe"
  parts=$((parts + 1))
}

for trace in "$work"/in/*.trace; do
  name=$(basename "$trace" .trace)
  # All of it: nothing is lost.
  part "$name"
  whole=$work/out/$name+.trace
  cmp <("$gotrace" text --ordered "$trace" | grep -v ' Sync ') <("$gotrace" text --ordered "$whole" | grep -v ' Sync ') ||
    fail "$name: the whole of it is not the same"

  # Spans. Times are counted from the first event.
  start=$("$gotrace" text --ordered "$trace" | sed -n '1s/.* Time=\([0-9]*\).*/\1/p')
  end=$("$gotrace" text --ordered "$trace" | sed -n 's/^M=.* Sync Time=\([0-9]*\).*/\1/p' | tail -n 1)
  span=$((end - start))
  for bounds in "0 $((span / 2))" "$((span / 3)) $((2 * span / 3))" "$((span / 2)) $((span + 1))" "$((span * 9 / 10)) $((span + 1))"; do
    read -r from to <<<"$bounds"
    [[ -n $(events "$trace" $((start + from)) $((start + to))) ]] || continue
    part "$name" --from "${from}ns" --to "${to}ns"
    cut=$work/out/$name+--from${from}ns--to${to}ns.trace
    cmp <(events "$trace" $((start + from)) $((start + to))) <(events "$cut" $((start + from)) $((start + to))) ||
      fail "$cut: other events"
  done

  # Goroutines: a few of the busiest.
  for g in $("$gotrace" text --ordered "$trace" | sed -n 's/^M=.* GoID=\([0-9]*\) .*/\1/p' | sort | uniq -c | sort -rn | awk '{print $2}' |
    sed -n '1p;2p;5p;9p'); do
    part "$name" --goroutine "$g"
    cut=$work/out/$name+--goroutine$g.trace
    cmp <(of_goroutine "$trace" "$g") <(of_goroutine "$cut" "$g") || fail "$cut: other events"
    [[ -z $("$gotrace" text --ordered "$cut" | grep "^M=.* GoID=" | grep -v " GoID=$g ") ]] || fail "$cut: there are others"
  done
done

# What Go says. Go 1.24 does not know the formats of later ones.
older=()
for trace in "$work"/out/*.trace; do
  [[ $(head -c 7 "$trace") != "go 1.2"[23] ]] || older+=("$trace")
done
for version in 1.24 1.27; do
  mkdir "$work/said-$version"
  if [[ $version == 1.24 ]]; then judged=("${older[@]}"); else judged=("$work"/out/*.trace); fi
  "$work/says-$version" "$work/said-$version" "${judged[@]}"
  for trace in "${judged[@]}"; do
    [[ $(head -n 1 "$work/said-$version/$(basename "$trace" .trace).says") == valid ]] || fail "Go $version: $trace is not valid"
  done
done
((parts >= 200 && ${#older[@]} >= 150)) || fail "only $parts parts, ${#older[@]} for Go 1.24"
echo "$parts parts"

# Mistakes, each one line and exit status 2, and no file.
trace=$work/in/perry-1.23.trace
mistake() {
  local wanted=$1 status=0
  shift
  rm -f "$work/none.trace"
  "$gotrace" cut -o "$work/none.trace" "$@" >"$work/stdout" 2>"$work/stderr" || status=$?
  [[ $status == 2 && $(wc -l <"$work/stderr") == 1 && $(cat "$work/stderr") == *"$wanted"* && ! -e $work/none.trace ]] ||
    fail "cut $*: status $status: $(cat "$work/stderr")"
}
mistake "--from wants a time" --from 1 "$trace"
mistake "--from wants a time" --from 1parsec "$trace"
mistake "--to must be after" --from 2ms --to 1ms "$trace"
mistake "it ends after 0.142978498 s" --from 1s "$trace"
mistake "no goroutine 4711" --goroutine 4711 "$trace"
mistake "--goroutine wants a number" --goroutine main "$trace"
mistake "not a Go execution trace" "$0"
status=0
"$gotrace" cut -o /dev/full "$trace" >/dev/null 2>"$work/stderr" || status=$?
[[ $status == 2 && $(cat "$work/stderr") == "/dev/full: byte 0: cannot write: No space left on device" ]] || fail "full disk: $(cat "$work/stderr")"
# A trace that ends early: what is good of it is kept.
head -c $(($(stat -c %s "$work/in/specimen-1.24.trace") / 2)) "$work/in/specimen-1.24.trace" >"$work/short.trace"
status=0
"$gotrace" cut -o "$work/kept.trace" "$work/short.trace" >/dev/null 2>"$work/stderr" || status=$?
[[ $status == 2 && $(cat "$work/stderr") == "$work/short.trace: byte "* ]] || fail "short: $status $(cat "$work/stderr")"
exit "$bad"
