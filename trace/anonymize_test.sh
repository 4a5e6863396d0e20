#!/bin/bash
# anonymize_test.sh GOTRACE BUILD SAYS.go SPECIMEN.go TRACE...: traces without names are traces, to Go 1.24, to the
# newest Go and to gort; nothing but names differs; each name has one other name; what the specimen calls secret is
# nowhere in them.
set -euo pipefail

gotrace=$PWD/$1 build=$PWD/$2 says=$PWD/$3 specimen=$PWD/$4
shift 4
. "$TEST_SRCDIR/$TEST_WORKSPACE/trace/gather_traces.sh"
gather "$@"

# The items of a trace without its texts, and the texts, each in its line.
shape() { "$gotrace" text "$1" | sed -E 's/^(EventBatch .*) size=.*/\1/; s/^\tdata=".*/\tdata/'; }
texts() { "$gotrace" text "$1" | sed -n 's/^\tdata=//p'; }

older=()
for trace in "$work"/in/*.trace; do
  name=$(basename "$trace" .trace)
  out=$work/out/$name.trace
  "$gotrace" anonymize -o "$out" "$trace" >/dev/null || fail "anonymize $trace failed"
  "$gotrace" anonymize -o - - <"$trace" | cmp - "$out" || fail "$name: another one through a pipe"
  "$gotrace" check "$out" >"$work/said" 2>&1 || fail "$out: $(cat "$work/said")"
  cmp <(shape "$trace") <(shape "$out") || fail "$name: more than texts differs"
  paste <(texts "$trace") <(texts "$out") | sort -u >"$work/pairs"
  [[ -z $(cut -f 1 "$work/pairs" | uniq -d) ]] || fail "$name: a text has several others: $(cut -f 1 "$work/pairs" | uniq -d | head -n 3)"
  # What is of Go's own is the same wherever Go is.
  [[ -z $(cut -f 2 "$work/pairs" | grep -v GOROOT | sort | uniq -d) ]] ||
    fail "$name: texts have become the same: $(cut -f 2 "$work/pairs" | sort | uniq -d | head -n 3)"
  # Without lines: those of Go's own stay.
  "$gotrace" anonymize --lines=zero -o "$work/zero.trace" "$trace" >/dev/null || fail "anonymize --lines=zero $trace failed"
  "$gotrace" check "$work/zero.trace" >"$work/said" 2>&1 || fail "$name with --lines=zero: $(cat "$work/said")"
  [[ -z $("$gotrace" text --ordered "$work/zero.trace" | grep -E $'^\t\t[^ ]*file[0-9]+[^ ]*:' | grep -v ':0$') ]] ||
    fail "$name: a line is kept"
  [[ $(head -c 7 "$trace") != "go 1.2"[23] ]] || older+=("$out")
done

for version in 1.24 1.27; do
  text=$work/specimen-$version.txt
  "$gotrace" text --ordered "$work/in/specimen-$version.trace" >"$text"
  [[ $(grep -c -i secret "$text") -gt 50 ]] || fail "the specimen of Go $version has no secrets"
  if grep -q -a -i -e secret -e specimen.go -e second.line "$work/out/specimen-$version.trace"; then fail "a secret is out (Go $version)"; fi
  "$gotrace" text --ordered "$work/out/specimen-$version.trace" >"$text"
  for wanted in 'runtime\.[a-zA-Z]* @' '[$]GOROOT/src/runtime/proc\.go:[1-9]' 'main\.main @' \
    'main\.f[0-9]*\.func1 @' '/file[0-9]*\.go:[1-9]' 'Type="task1"' 'Type="region2"' 'Category="category1" Message="message1"' \
    'Label="GC (' 'Reason="sleep"' 'stop-the-world (start trace)'; do
    grep -q -e "$wanted" "$text" || fail "no $wanted in the specimen of Go $version"
  done
done

# What Go says. Go 1.24 does not know the formats of later ones.
for version in 1.24 1.27; do
  mkdir "$work/said-$version"
  if [[ $version == 1.24 ]]; then judged=("${older[@]}"); else judged=("$work"/out/*.trace); fi
  "$work/says-$version" "$work/said-$version" "${judged[@]}"
  for trace in "${judged[@]}"; do
    [[ $(head -n 1 "$work/said-$version/$(basename "$trace" .trace).says") == valid ]] || fail "Go $version: $trace is not valid"
  done
done
((${#older[@]} >= 30)) || fail "only ${#older[@]} traces"

# Mistakes.
mistake() {
  local wanted=$1 status=0
  shift
  "$gotrace" anonymize "$@" >"$work/stdout" 2>"$work/stderr" || status=$?
  [[ $status == 2 && $(wc -l <"$work/stderr") == 1 && $(cat "$work/stderr") == *"$wanted"* ]] ||
    fail "anonymize $*: status $status: $(cat "$work/stderr")"
}
mistake "--lines is keep or zero" --lines=some "$work/in/perry-1.23.trace"
mistake "not a Go execution trace" -o "$work/none" "$0"
[[ ! -e $work/none ]] || fail "a file was made of nothing"
mistake "/dev/full: byte 0: cannot write: No space left on device" -o /dev/full "$work/in/perry-1.23.trace"
# A trace that ends early: whole generations are kept.
size=$(stat -c %s "$work/in/specimen-1.24.trace")
head -c $((size - 100)) "$work/in/specimen-1.24.trace" >"$work/short.trace"
mistake "$work/short.trace: byte " -o "$work/kept.trace" "$work/short.trace"
"$gotrace" check "$work/kept.trace" >/dev/null || fail "what is kept of a short trace is no trace"
exit "$bad"
