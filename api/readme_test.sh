#!/bin/bash
# The README's program prints the sum of the squares of 1 to 9.
set -euo pipefail
got=$("$1")
[[ $got == 285 ]] || { echo "the README's program printed: $got" >&2; exit 1; }
