#!/bin/bash
# export_test.sh GOTRACE SPECIMEN.go TRACE...: exports hold what the events say: of the TRACEs, of all tests of internal/trace that
# Go 1.24 and the newest Go have, and of traces that both make here. export_check.py, beside this file, compares them.
set -euo pipefail

gotrace=$PWD/$1 specimen=$PWD/$2
shift 2
here=$TEST_SRCDIR/$TEST_WORKSPACE/trace
. "$here/find_go.sh"

work=$TEST_TMPDIR
export HOME=$work GOCACHE=$work/cache GOPATH=$work/path GOTOOLCHAIN=local GOFLAGS=-buildvcs=false CGO_ENABLED=0 TMPDIR=$work

given=("$@")
for version in 1.24 1.27; do
  go=$(find_go "$version")
  "$go" build -o "$work/specimen" "$specimen"
  GODEBUG=traceadvanceperiod=10000000 "$work/specimen" "$work/specimen-$version.trace"
  given+=("$work/specimen-$version.trace")
  for test in "$("$go" env GOROOT)"/src/internal/trace/testdata/tests/*.test; do
    name=$version-$(basename "$test" .test)
    sed '1,/^-- trace --$/d' "$test" >"$work/$name.txt"
    "$gotrace" pack -o "$work/$name.trace" "$work/$name.txt" >/dev/null
    # Some are damaged on purpose. What comes before the damage may be nothing.
    if "$gotrace" check "$work/$name.trace" >/dev/null 2>&1; then given+=("$work/$name.trace"); fi
  done
done

bad=0
for trace in "${given[@]}"; do
  name=$(basename "$trace" .trace)
  out=$work/$name
  "$gotrace" text --ordered "$trace" >"$out.events"
  for format in perfetto json csv; do
    "$gotrace" export --format="$format" -o "$out.$format" "$trace" >/dev/null
    # The same again, through a pipe.
    [[ $format == csv ]] || "$gotrace" export --format="$format" -o - - <"$trace" | cmp - "$out.$format" || bad=1
  done
  (cd "$out.csv" && sqlite3 "$out.db" <load.sql)
  python3 "$here/export_check.py" "$out.events" "$out.perfetto" "$out.json" "$out.csv" "$out.db" ||
    { echo "that was $name" >&2; bad=1; }
  rm -r "$out".*
done
((${#given[@]} >= 40)) || { echo "only ${#given[@]} traces" >&2; bad=1; }
exit "$bad"
