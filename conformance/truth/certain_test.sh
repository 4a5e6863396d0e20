#!/bin/bash
# certain_test.sh GORT_TRUTH STARTS SHARE INFERRED F.slog...: what is said of the starts in the traces beside the logs, held against the
# logs. What is certain must be right, always; there are STARTS at least, SHARE percent of those with several Ps are certain, and of
# what is inferred INFERRED percent are right.
set -euo pipefail
truth=$1 least_starts=$2 least_share=$3 least_right=$4
shift 4
status=0
"$truth" --wrong 20 "$@" >"$TEST_TMPDIR/report" || status=$?
cat -- "$TEST_TMPDIR/report"
[[ $status -eq 0 ]] || { echo "certain_test: status $status"; exit 1; }
# all  STARTS  CERTAIN SHARE RIGHT  INFERRED RIGHT  OPEN
read -r starts certain right inferred < <(awk '/^all /{print $2, $3, $5 + 0, $7 + 0}' "$TEST_TMPDIR/report")
read -r share < <(awk '/^with several Ps /{print $6 + 0}' "$TEST_TMPDIR/report")
echo "certain_test: $certain of $starts certain, $right% right; $share% with several Ps; inferred $inferred% right"
awk -v starts="$starts" -v right="$right" -v share="$share" -v inferred="$inferred" \
  -v least_starts="$least_starts" -v least_share="$least_share" -v least_right="$least_right" \
  'BEGIN { exit !(starts >= least_starts && right == 100 && share >= least_share && inferred >= least_right) }' </dev/null
