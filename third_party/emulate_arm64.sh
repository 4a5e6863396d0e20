#!/bin/sh
# Runs a program for arm64: as it is on such a machine, else in an emulator.
if [ "$(uname -m)" = aarch64 ]; then exec "$@"; fi
exec qemu-aarch64 "$@"
