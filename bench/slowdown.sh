#!/bin/bash
# How much slower programs run while their schedule is captured: each is built plain and instrumented, and the two
# run in turn. Called by bench/run. Usage: slowdown.sh [--json] [RUNS]
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
programs=("pingpong 300000" "spawn 300000" "echo 8000")
json=
runs=7
for arg in "$@"; do
  case $arg in
    --json) json=yes ;;
    *[!0-9]* | '' | 0*) printf 'slowdown.sh: %s is not a number of runs\n' "$arg" >&2; exit 2 ;;
    *) runs=$arg ;;
  esac
done
go=${GORT_GO:?run this as: ./gort bench slowdown}
export GOMAXPROCS=2
tmp=$(mktemp -d)
trap 'rm -rf -- "$tmp" ${kept:+"${kept[@]}"}' EXIT
kept=()

# seconds NAME COMMAND...: runs the command and adds its seconds by the clock to the file NAME.
seconds() {
  local name=$1 clock rest
  shift
  "$root/bazel-bin/bench/measure" "$tmp/measured" "$@" >/dev/null
  read -r clock rest <"$tmp/measured"
  printf '%s\n' "$clock" >>"$tmp/$name"
}

median() { sort -n -- "$1" | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2 }'; }

for program in "${programs[@]}"; do
  read -r name count <<<"$program"
  source=$root/bench/programs/$name.go
  GOTOOLCHAIN=local GOFLAGS= CGO_ENABLED=0 "$go" build -o "$tmp/$name.plain" "$source"
  # The capture leaves the instrumented program behind; GORT_SLOG tells that where to log.
  dir=$("$root/gort" capture -keep -o "$tmp/first.slog" -- "$source" 1 2>&1 >/dev/null |
    sed -n 's/^capture: the program is in //p')
  [[ -x $dir/prog ]] || { printf 'slowdown.sh: %s could not be captured\n' "$name" >&2; exit 2; }
  kept+=("$dir")
  for ((i = 0; i < runs; i++)); do
    seconds "$name.without" "$tmp/$name.plain" "$count"
    seconds "$name.with" env GORT_SLOG="$tmp/raw" "$dir/prog" "$count"
    rm -f -- "$tmp/raw"
  done
done

[[ -n $json ]] && printf '{"runs": %d, "programs": [' "$runs" ||
  printf '%-12s %12s %14s %10s\n' program 'plain, s' 'captured, s' slowdown
comma=
for program in "${programs[@]}"; do
  read -r name count <<<"$program"
  without=$(median "$tmp/$name.without")
  with=$(median "$tmp/$name.with")
  ratio=$(awk -v a="$with" -v b="$without" 'BEGIN { printf "%.1f", a / b }')
  if [[ -n $json ]]; then
    printf '%s\n  {"program": "%s", "plain_seconds": %s, "captured_seconds": %s, "slowdown": %s}' \
      "$comma" "$name" "$without" "$with" "$ratio"
    comma=,
  else
    printf '%-12s %12.3f %14.3f %9sx\n' "$name" "$without" "$with" "$ratio"
  fi
done
[[ -z $json ]] || printf '\n]}\n'
