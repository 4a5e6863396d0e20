#!/bin/bash
# diff_behind_test.sh GORT_DIFF TRACE: a trace in which the port diverges is followed to its end all the same.
set -euo pipefail
status=0
"$1" "$2" >"$TEST_TMPDIR/report" || status=$?
cat -- "$TEST_TMPDIR/report"
[[ $status -eq 1 ]] || { echo "diff_behind_test: status $status, not 1"; exit 1; }
! grep -q "not followed" "$TEST_TMPDIR/report" || { echo "diff_behind_test: it was lost"; exit 1; }
[[ $(tail -n 1 "$TEST_TMPDIR/report") == *" "[1-9]" divergent"* ]] || { echo "diff_behind_test: not a handful of divergences"; exit 1; }
