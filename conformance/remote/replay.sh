#!/bin/bash
# replay.sh REPLAY_MAIN LOG: the log agrees in both orders of turns.
set -e
"$1" late "$2"
"$1" eager "$2"
