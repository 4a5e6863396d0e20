#!/bin/bash
# Peak memory of replaying a log of 50 million records, which is captured for this on the spot, and of every shipped
# log, of which the hungriest is named.
# Called by bench/run. Usage: fifty_million.sh [--json] [RECORDS]
# Exit status: 0, 1 when a peak is 200 MB or more or a replay diverges, 2 when it could not be measured.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
limit=200000000  # bytes
json=
want=50000000
for arg in "$@"; do
  case $arg in
    --json) json=yes ;;
    *[!0-9]* | '' | 0*) printf 'fifty_million.sh: %s is not a number of records\n' "$arg" >&2; exit 2 ;;
    *) want=$arg ;;
  esac
done
tmp=$(mktemp -d)
trap 'rm -rf -- "$tmp"' EXIT

# measure_replay LOG: fills $tmp/measured and $tmp/report; ends the script when the replay does not agree.
measure_replay() {
  local status=0
  "$root/bazel-bin/bench/measure" "$tmp/measured" \
    "$root/bazel-bin/conformance/gort" replay --json "$1" >"$tmp/report" || status=$?
  if ((status != 0)); then
    cat -- "$tmp/report" >&2
    exit "$status"
  fi
}

hungriest=
most=0
shipped=0
for log in "$root"/testdata/schedlogs/*.slog; do
  measure_replay "$log"
  read -r clock processor peak <"$tmp/measured"
  shipped=$((shipped + 1))
  if ((peak > most)); then
    most=$peak
    hungriest=$(basename -- "$log")
    goroutines=$(sed -n 's/.*"newproc1": \([0-9]*\),*.*/\1/p' "$tmp/report" | head -n 1)
  fi
done

# How many records a round of the program makes depends on the machine.
rounds=$((want / 40 + 1000))
for ((;;)); do
  "$root/gort" capture -procs 2 -o "$tmp/long.slog" -- "$root/bench/programs/pingpong.go" "$rounds" \
    >/dev/null 2>"$tmp/errors" || { cat -- "$tmp/errors" >&2; exit 2; }
  measure_replay "$tmp/long.slog"
  records=$(sed -n 's/^  "records": \([0-9]*\),$/\1/p' "$tmp/report")
  ((records < want)) || break
  rounds=$((rounds * 2))
done

read -r clock processor peak <"$tmp/measured"
bytes=$(stat -c %s -- "$tmp/long.slog")
if [[ -n $json ]]; then
  printf '{"records": %d, "bytes": %d, "clock_seconds": %s, "processor_seconds": %s, "peak_kib": %d, ' \
    "$records" "$bytes" "$clock" "$processor" "$peak"
  printf '"shipped": %d, "hungriest": "%s", "hungriest_goroutines": %d, "hungriest_peak_kib": %d, "limit_bytes": %d}\n' \
    "$shipped" "$hungriest" "$goroutines" "$most" "$limit"
else
  awk -v records="$records" -v bytes="$bytes" -v clock="$clock" -v processor="$processor" -v peak="$peak" \
    -v limit="$limit" -v shipped="$shipped" -v hungriest="$hungriest" -v goroutines="$goroutines" -v most="$most" 'BEGIN {
      printf "%-24s %d\n", "records replayed", records
      printf "%-24s %.1f MB\n", "size of the log", bytes / 1e6
      printf "%-24s %.2f s, processor %.2f s\n", "time", clock, processor
      printf "%-24s %.1f MB (limit %d)\n", "peak memory", peak * 1024 / 1e6, limit / 1e6
      printf "%-24s %s of %d: %d goroutines in all, peak %.1f MB\n", "hungriest shipped log", hungriest, shipped, goroutines,
        most * 1024 / 1e6
    }'
fi
((peak * 1024 < limit && most * 1024 < limit)) || exit 1
