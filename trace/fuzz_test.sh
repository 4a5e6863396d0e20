#!/bin/bash
# fuzz_test.sh TRACE_FUZZ SECONDS TRACE...: fuzzes from the tests and the fuzz corpora of both installed versions of Go,
# and TRACEs.
set -euo pipefail

fuzz=$1 seconds=$2
shift 2
. "${TEST_SRCDIR:?}/${TEST_WORKSPACE:?}/trace/find_go.sh"
files=("$@")
for version in 1.24 1.27; do
  go=$(find_go "$version")
  testdata=$(cd / && HOME=$TEST_TMPDIR GOTOOLCHAIN=local "$go" env GOROOT)/src/internal/trace/testdata
  files+=("$testdata"/tests/*.test "$testdata"/fuzz/FuzzReader/*)
done
exec "$fuzz" "--seconds=$seconds" --seed=1 "${files[@]}"
