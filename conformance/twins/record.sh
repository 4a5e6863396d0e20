#!/bin/bash
# record.sh GO CAPTURE GORT TWINS SOURCES OUT NAME...: runs the Go twins SOURCES/NAME.go at GOMAXPROCS=1 and writes
# what their goroutines did to OUT/NAME.events and what they printed to OUT/NAME.out.
#
# GO is the go command of Go 1.24, CAPTURE the tool of tools/capture, GORT the command line (it converts logs), TWINS
# //conformance/twins. Nothing is left to chance: time is Go's faketime, GORT_STEADY orders selects and holds sysmon,
# there is no collection.
set -euo pipefail
go=$1 capture=$2 gort=$3 twins=$4 sources=$5 out=$6
shift 6
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

for name in "$@"; do
  rm -f "$work"/*
  GORT_STEADY=1 GOGC=off GODEBUG=asyncpreemptoff=1 GOEXPERIMENT=synctest GOFLAGS="${GOFLAGS:-} -tags=faketime" \
    "$capture" -go "$go" -o "$work/raw" -meta "$work/json" -procs 1 -timeout 60s \
    -- "$sources/$name.go" "$sources/finalizer_goroutine.go" 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
  "$gort" convert "$work/raw" "$work/json" "$work/slog" >/dev/null
  "$twins" story "$work/slog" >"$work/events" || { cat -v "$work/err" >&2; exit 1; }
  "$twins" playback <"$work/err" >"$work/out"
  mv "$work/events" "$out/$name.events"
  mv "$work/out" "$out/$name.out"
done
