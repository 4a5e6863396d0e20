#!/bin/bash
# boundary_test.sh LIST ARCHIVE...: whether every function of the runtime that the archives call is in the list, and the
# list has no others.
set -euo pipefail
list=$1
shift
nm -uC -- "$@" | grep -o 'runtime::[A-Za-z_0-9]*' | sed 's/.*:://' | sort -u >"$TEST_TMPDIR/called"
[[ -s $TEST_TMPDIR/called ]] || { echo "no calls found in $*"; exit 1; }
sed -n 's/^\(inside\|caller\|none\)  *//p' "$list" | sort -u >"$TEST_TMPDIR/listed"
diff "$TEST_TMPDIR/listed" "$TEST_TMPDIR/called" || {
  echo "< is listed in $list and not called; > is called: does it need a fromProgram?"
  exit 1
}
