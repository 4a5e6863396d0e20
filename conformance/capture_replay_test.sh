#!/bin/bash
# capture_replay_test.sh GORT CAPTURE_DIR PROGRAM.go [NAME=VALUE...] [PROCS...] [-- ARGS]: captures a program anew with the installed Go 1.24 and
# replays it. What was captured today must agree as the stored corpus does.
set -euo pipefail

gort=$PWD/$1 capture_dir=$PWD/$2 program=$PWD/$3
shift 3

go=${GORT_GO:-}
for candidate in /usr/lib/go-1.24/bin/go "$(command -v go || true)"; do
  [[ -n $go ]] || { [[ -x $candidate && $("$candidate" version) == *" go1.24"* ]] && go=$candidate; } || true
done
[[ -n $go ]] || { echo "no Go 1.24 here; ./gort test installs it" >&2; exit 1; }

work=$TEST_TMPDIR
export HOME=$work GOCACHE=$work/cache GOPATH=$work/path GOTOOLCHAIN=local GOFLAGS=-buildvcs=false CGO_ENABLED=0
export XDG_CACHE_HOME=$work/xdg
cp -rL "$capture_dir" "$work/capture"
(cd "$work/capture" && "$go" build -o "$work/tool" .)

# Exported now: a go command that built the tool with them would be another matter.
while [[ ${1:-} == *=* ]]; do export "${1?}"; shift; done
numbers=()
while [[ $# -gt 0 && $1 != -- ]]; do numbers+=("$1"); shift; done
shift $(($# > 0))

for procs in "${numbers[@]}"; do
  "$work/tool" -go "$go" -o "$work/p$procs.raw" -meta "$work/p$procs.json" -procs "$procs" -- "$program" "$@"
  "$gort" convert "$work/p$procs.raw" "$work/p$procs.json" "$work/p$procs.slog"
  "$gort" replay "$work/p$procs.slog" | tee "$work/report"
  [[ $(tail -n 1 "$work/report") =~ ^"replayed 1 files, "[0-9]*" records, "[0-9]*" decisions, 0 divergences"$ ]]
done
