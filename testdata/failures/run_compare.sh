#!/bin/bash
# run_compare.sh COMPARE ARGS...: a test that is one call of compare.
exec "$@"
