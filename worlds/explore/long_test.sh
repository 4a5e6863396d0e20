#!/bin/bash
# long_test.sh GORT_EXPLORE: what takes minutes: the table at bound 2, with and without store buffers, and mixes by two other searches,
# whose seeds are printed. Of each a number of steps, so that it is the same work everywhere.
set -euo pipefail
explore=$1
"$explore" --bound=2
"$explore" --bound=2 --tso --steps=3000000
"$explore" --search=pct --mixes=600 --seed=1000 --schedules=1500
"$explore" --search=random --mixes=600 --seed=2000 --schedules=1500
"$explore" --tso --search=pct --mixes=200 --seed=3000 --schedules=1000
