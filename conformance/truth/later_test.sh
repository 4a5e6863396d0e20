#!/bin/bash
# later_test.sh GORT_TRUTH F.slog...: the same of Go 1.25, 1.26 and 1.27. What is certain must be right, always; of what is inferred 95%.
set -euo pipefail
truth=$1
shift
for release in 1.25 1.26 1.27; do
  logs=()
  for log; do [[ $log != */go$release/* ]] || logs+=("$log"); done
  status=0
  "$truth" --wrong 20 "${logs[@]}" >"$TEST_TMPDIR/report" || status=$?
  cat -- "$TEST_TMPDIR/report"
  [[ $status -eq 0 ]] || { echo "later_test: Go $release: status $status"; exit 1; }
  # all  STARTS  CERTAIN SHARE RIGHT  INFERRED RIGHT  OPEN
  awk '/^all / { found = 1; if ($2 < 2000 || $3 < 500 || $7 + 0 < 95) exit 1 } END { exit !found }' "$TEST_TMPDIR/report" ||
    { echo "later_test: Go $release: few are certain, or few are right"; exit 1; }
done
