#!/bin/bash
# patched_model_test.sh WORKSPACE GORT_EXPLAIN TRACE: what gort explain --what-if NAME.patch shows of a port that wakes nobody for
# a new goroutine, and patches that are none; it compiles the checkout, which is beside WORKSPACE.
set -euo pipefail
GORT_ROOT=$(dirname -- "$(readlink -f -- "$1")")
export GORT_ROOT
explain=$2 trace=$3
build="$GORT_ROOT/conformance/mutants/patched_model"

refused() {
  local status=0
  "$build" "$1" >"$TEST_TMPDIR/out" 2>"$TEST_TMPDIR/err" || status=$?
  [[ $status -eq 2 && ! -s $TEST_TMPDIR/out ]] || { echo "$1: status $status"; exit 1; }
  grep -q -- "^gort explain: .*$2" "$TEST_TMPDIR/err" || { cat "$TEST_TMPDIR/err"; exit 1; }
}
refused "$TEST_TMPDIR/nowhere.patch" 'No such file'
printf 'nonsense\n' >"$TEST_TMPDIR/nonsense.patch"
refused "$TEST_TMPDIR/nonsense.patch" ':1: expected'
sed 's/^-/-not there /; s/^-not there -- a/--- a/' "$GORT_ROOT/conformance/mutants/newproc-wakes-nobody.patch" \
  >"$TEST_TMPDIR/unfit.patch"
refused "$TEST_TMPDIR/unfit.patch" 'fits nowhere in runtime/proc.cc'

GORT_PATCHED_MODEL=$("$build" newproc-wakes-nobody.patch)
export GORT_PATCHED_MODEL
"$explain" --json --what-if newproc-wakes-nobody.patch "$trace" >"$TEST_TMPDIR/report"
python3 - "$TEST_TMPDIR/report" <<'END'
import json, sys
report = json.load(open(sys.argv[1]))
model, changed = report["model"], report["changed"]
print("runnable while a P was idle: %d ns, %d ns if nobody is woken" % (model["idle_ns"], changed["idle_ns"]))
assert model["procs"] == changed["procs"] == report["trace"]["procs"]
assert changed["idle_ns"] > 5 * model["idle_ns"], report
END
