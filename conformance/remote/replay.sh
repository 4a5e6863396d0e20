#!/bin/bash
# replay.sh REPLAY_MAIN LOG: the log agrees in both orders of turns. GORT_EMULATOR: what runs programs of another processor.
set -e
$GORT_EMULATOR "$1" late "$2"
$GORT_EMULATOR "$1" eager "$2"
