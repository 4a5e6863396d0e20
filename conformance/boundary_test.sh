#!/bin/bash
# boundary_test.sh LIST CALLS: whether every function of the runtime that api/, sync/ and time/ call is in the list, and
# the list has no others.
set -euo pipefail
list=$1 calls=$2
[[ -s $calls ]] || { echo "no calls found"; exit 1; }
sed -n 's/^\(inside\|caller\|none\)  *//p' "$list" | LC_ALL=C sort -u >"$TEST_TMPDIR/listed"
diff "$TEST_TMPDIR/listed" <(LC_ALL=C sort -u "$calls") || {
  echo "< is listed in $list and not called; > is called: does it need a fromProgram?"
  exit 1
}
