#!/bin/bash
# go_agrees_test.sh GOTRACE VERSION BUILD SAYS.go MAKE.go FUZZ RULES.txt TRACE...: what gort trace says is what the
# installed Go of that version says: of all tests of its internal/trace, of its fuzz corpus, of traces that it makes
# here, and (the newest Go) of the TRACEs.
set -euo pipefail

gotrace=$PWD/$1 version=$2 build=$PWD/$3 says=$PWD/$4 make=$PWD/$5 fuzz=$PWD/$6 rules=$PWD/$7
shift 7

. "${TEST_SRCDIR:?}/${TEST_WORKSPACE:?}/trace/find_go.sh"
go=$(find_go "$version")

work=$TEST_TMPDIR
export HOME=$work GOCACHE=$work/cache GOPATH=$work/path GOTOOLCHAIN=local GOFLAGS=-buildvcs=false CGO_ENABLED=0 TZ=UTC
export TMPDIR=$work
"$build" "$go" "$says" "$work/says"

# Traces of its own: of a program with and without the experiment that has events of another kind.
"$go" build -o "$work/make" "$make"
"$work/make" "$work/made.trace" 0 >/dev/null
GOMAXPROCS=4 GODEBUG=traceadvanceperiod=20000000 "$work/make" "$work/made-p4.trace" 0 >/dev/null
GODEBUG=traceallocfree=1 "$work/make" "$work/made-allocfree.trace" 0 >/dev/null

testdata=$("$go" env GOROOT)/src/internal/trace/testdata
given=("$testdata"/tests/*.test "$testdata"/fuzz/FuzzReader/* "$work"/made*.trace)
# Go 1.24 does not know the formats of later ones.
newest=
if [[ $version != 1.24 ]]; then
  newest=yes
  given+=("$@")
  # All of them once more, with events changed: nearly all of these are broken, each in another way.
  mkdir "$work/changed"
  "$fuzz" "--write=$work/changed" --count=250 --seed=5 "$testdata"/tests/*.test "$@"
  given+=("$work"/changed/*.trace)
  # One for each rule.
  mkdir "$work/rules"
  "$(dirname "$rules")/split_rules.sh" "$gotrace" "$rules" "$work/rules"
  given+=("$work"/rules/*.trace)
fi
mkdir "$work/out"
"$work/says" "$work/out" "${given[@]}"

. "${TEST_SRCDIR:?}/${TEST_WORKSPACE:?}/trace/expect_status.sh"

tests=0 traces=0
for trace in "$work"/out/*.trace; do
  traces=$((traces + 1))
  base=${trace%.trace}
  { read -r valid; read -r sound; rest=$(cat); } <"$base.says"
  [[ $rest != *FAILURE* || $valid == invalid ]] || fail "$base: Go's own test has another outcome"
  [[ $rest != *SUCCESS* || "$valid $sound" == "valid valid" ]] || fail "$base: Go's own test has another outcome"
  if [[ -e $work/rules/$(basename "$base").wants ]]; then
    said=$valid
    [[ $valid == invalid || $sound == valid ]] || said=unsound
    [[ $said == "$(cat "$work/rules/$(basename "$base").wants")" ]] || fail "$base: the section's last word is not Go's: $said"
  fi
  [[ $valid == valid ]] && wanted=0 || wanted=2
  status "$wanted" "$gotrace" check --as "$version" "$trace"
  [[ $sound == valid ]] || wanted=2
  # Where printing an event panics, so does what Go's tests add.
  [[ $rest == *panic* ]] || status "$wanted" "$gotrace" check --as "$version" --strict "$trace"

  whole=yes
  "$gotrace" text "$trace" >"$base.text" 2>/dev/null || whole=
  [[ -n $whole || $rest != *SUCCESS* ]] || fail "$base: it has no text"
  # Go 1.24's raw reader takes kinds of events that later ones refuse in a trace of 1.22.
  if [[ -n $newest || -n $whole ]]; then
    cmp "$base.wire" "$base.text" || fail "$base: the text is not that of go tool trace -d=wire"
  fi
  # A trace of before 1.22 is refused, which Go reads.
  if [[ -n $newest && $rest != *panic* && $(head -c 8 "$trace") != "go 1.11 " ]]; then
    "$gotrace" text --ordered "$trace" >"$base.ordered" 2>/dev/null || true
    cmp "$base.parsed" "$base.ordered" || fail "$base: the text is not that of go tool trace -d=parsed"
    "$gotrace" text --ordered "$trace" >"$base.again" 2>/dev/null || true
    cmp "$base.ordered" "$base.again" || fail "$base: another text the second time"
  fi

  # Text and back.
  if [[ -n $whole ]]; then
    "$gotrace" text --head "$trace" >"$base.txt"
    "$gotrace" pack -o "$base.packed" "$base.txt" >/dev/null
    "$gotrace" text --head "$base.packed" | cmp - "$base.txt" || fail "$base: packed text has another text"
  fi
done

# The texts of Go's own tests, as bytes: Go wrote the trace.
for test in "$testdata"/tests/*.test; do
  tests=$((tests + 1))
  name=$(basename "$test" .test)
  sed '1,/^-- trace --$/d' "$test" >"$work/$name.txt"
  "$gotrace" pack -o "$work/$name.packed" "$work/$name.txt" >/dev/null || fail "$name: pack failed"
  cmp "$work/out/$name.trace" "$work/$name.packed" || fail "$name: packed to other bytes than Go's"
done

((tests >= 20 && traces >= 40)) || fail "only $tests tests and $traces traces"
echo "Go $version: $tests of its tests, $traces traces"
exit "$bad"
