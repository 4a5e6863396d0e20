#!/bin/bash
# emulate.sh PROGRAM ARGS: runs a program for arm64, with the libraries of GORT_ARM64_SYSROOT. A script runs as it is;
# EMULATOR is what it, or a program that starts itself once more, puts before what it runs.
lib=$GORT_ARM64_SYSROOT/usr/lib/aarch64-linux-gnu
export EMULATOR="qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=$lib"
[[ $(uname -m) != aarch64 ]] || EMULATOR=
[[ $(head -c 2 -- "$1") != '#!' ]] || exec "$@"
# shellcheck disable=SC2086
exec $EMULATOR "$@"
