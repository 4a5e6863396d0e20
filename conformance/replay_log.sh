#!/bin/bash
# replay_log.sh GORT LOG: a log of the corpus must replay without a divergence.
exec "$1" replay "$2"
