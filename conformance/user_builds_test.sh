#!/bin/bash
# user_builds_test.sh WORKSPACE LINK SOURCE...: a user's program, built as users build: it must do the same each time.
set -euo pipefail
. "$(dirname -- "$0")/run_without_bazel.sh"
shift 2
sources=()
for source; do sources+=("$(readlink -f -- "$source")"); done

export LC_ALL=C
XDG_CACHE_HOME=$(mktemp -d "${TEST_TMPDIR:-/tmp}/builds.XXXXXX")
export XDG_CACHE_HOME
bad=0
# expect BUILD STATUS PATTERN ARG: what the program says when it is given ARG, and its exit status.
expect() {
  local build=$1 wanted=$2 pattern=$3 arg=$4 text status=0 flags
  read -ra flags <<<"${build#* }"
  text=$( (CXX=${build%% *} run_program "${flags[@]}" "${sources[@]}" -- "$arg") 2>&1) || status=$?
  [[ $status -eq $wanted && $text =~ $pattern ]] && return
  printf 'user_builds_test: %s, %s: status %d:\n%s\n' "$build" "$arg" "$status" "${text:0:4000}" >&2
  bad=1
}

compilers=("g++ -O0" "g++ -O2 -fno-plt" "g++ -O2 -flto=auto" "g++ -O3" "g++ -O2 -fPIC -fomit-frame-pointer" "g++ -O2 -no-pie")
if command -v clang++ >/dev/null; then compilers+=("clang++ -O0" "clang++ -O2" "clang++ -O3 -fno-plt"); fi
for build in "${compilers[@]}"; do
  for procs in 1 2 8; do
    GOMAXPROCS=$procs expect "$build" 0 '^all is well$' work
  done
  expect "$build" 2 $'panic: too deep.*goroutine [0-9]+ \\[running].*deepest\\(.*\n.*user_part.cc:[0-9]+.*created by .*panics' panic
  expect "$build" 2 $'all goroutines are asleep - deadlock!.*goroutine 1 \\[chan receive].*deadlocks\\(' deadlock
  expect "$build" 2 'fatal error: stack overflow.*downwards\(' overflow
done
exit "$bad"
