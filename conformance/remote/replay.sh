#!/bin/bash
# replay.sh REPLAY_MAIN LOG: the log agrees in both orders of turns. EMULATOR: what runs programs of another processor.
set -e
$EMULATOR "$1" late "$2"
$EMULATOR "$1" eager "$2"
