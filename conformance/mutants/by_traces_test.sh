#!/bin/bash
# by_traces_test.sh WORKSPACE N SEED: N of the mutants that traces must refute, chosen by the seed, and two that no
# trace can show; the checkout is beside that file. `./gort mutants --by-traces` does all of them.
set -euo pipefail
GORT_ROOT=$(dirname -- "$(readlink -f -- "$1")")
export GORT_ROOT
"$GORT_ROOT/conformance/mutants/by_traces" --jobs 2 --sample "$2" --seed "$3"
"$GORT_ROOT/conformance/mutants/by_traces" --jobs 2 gfget-takes-31 spin-five-times
