#!/bin/bash
# export_test.sh GOTRACE SPECIMEN.go TRACE...: exports hold what the events say: of the TRACEs, of all tests of
# internal/trace that
# Go 1.24 and the newest Go have, and of traces that both make here. export_check.py, beside this file,
# compares them.
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
  rm -r "$out".{events,perfetto,json,csv,db}
done
# Mistakes, each one line and exit status 2.
trace=$1
mistake() {
  local wanted=$1 status=0
  shift
  "$gotrace" export "$@" >"$work/stdout" 2>"$work/stderr" || status=$?
  [[ $status == 2 && $(wc -l <"$work/stderr") == 1 && $(cat "$work/stderr") == *"$wanted"* ]] ||
    { echo "export $*: status $status: $(cat "$work/stderr")" >&2; bad=1; }
}
mistake "it needs --format" -o "$work/none" "$trace"
mistake "no format 'pdf'" --format=pdf -o "$work/none" "$trace"
mistake "csv is a folder of files" --format=csv -o - "$trace"
mistake "needs -o OUT" --format=json -
mistake "not a Go execution trace" --format=json -o "$work/none" "$0"
[[ ! -e $work/none ]] || { echo "a file was made of nothing" >&2; bad=1; }
touch "$work/there"
mistake "$work/there: byte 0: cannot make the folder: File exists" --format=csv -o "$work/there" "$trace"
for format in perfetto json; do
  mistake "/dev/full: byte 0: cannot write: No space left on device" --format="$format" -o /dev/full "$trace"
done
mkdir "$work/full.csv"
ln -s /dev/full "$work/full.csv/intervals.csv"
mistake "$work/full.csv/intervals.csv: byte 0: cannot write: No space left on device" --format=csv -o "$work/full.csv" "$trace"
cp "$trace" "$work/once.trace"
"$gotrace" export --format=json "$work/once.trace" >/dev/null
mistake "$work/once.json: byte 0: it exists" --format=json "$work/once.trace"
# A trace that is damaged in its second generation: what comes before is exported, and is whole.
size=$(stat -c %s "$work/specimen-1.24.trace")
head -c $((size - 100)) "$work/specimen-1.24.trace" >"$work/short.trace"
for format in perfetto json csv; do
  mistake "$work/short.trace: byte " --format="$format" -o "$work/short.$format" "$work/short.trace"
done
"$gotrace" text --ordered "$work/short.trace" >"$work/short.events" 2>/dev/null || true
(cd "$work/short.csv" && sqlite3 "$work/short.db" <load.sql)
python3 "$here/export_check.py" "$work/short.events" "$work/short.perfetto" "$work/short.json" "$work/short.csv" "$work/short.db" ||
  { echo "that was a short trace" >&2; bad=1; }
((${#given[@]} >= 40)) || { echo "only ${#given[@]} traces" >&2; bad=1; }
exit "$bad"
