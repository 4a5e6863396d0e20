#!/bin/bash
# install_test.sh WORKSPACE LIBS: installs what Bazel has built, moves it, and builds the same program outside of the tree in
# each way of docs/building.md, whose words are taken as they stand.
set -euo pipefail
tree=$(dirname -- "$(readlink -f -- "$1")")
built=$(dirname -- "$(readlink -f -- "$2")")
say() { printf 'gort: %s\n' "$*" >&2; }
fail() { say "$*"; exit 2; }
. "$tree/package/install.sh"

work=$(mktemp -d "${TEST_TMPDIR:-/tmp}/install.XXXXXX")
bazel=
cleanup() {
  [[ -z $bazel ]] || (cd "$work/bazel" && "$bazel" --output_user_root="$work/root" shutdown) >/dev/null 2>&1 || true
  chmod -R u+w "$work"
  rm -rf -- "$work"
}
trap cleanup EXIT
export LC_ALL=C
unset MAKEFLAGS PKG_CONFIG_PATH

install_files "$tree" "$built" "$work/first"
mv -- "$work/first" "$work/prefix"
prefix=$work/prefix

# snippet NAME DIR [HEADING]: the block that follows the paragraph which begins with `NAME`, behind that heading.
snippet() {
  awk -v name="\`$1\`" -v heading="$3" '
    /^## / { in_part = index($0, heading) == 4 }
    in_part && index($0, name) == 1 { wanted = 1 }
    wanted && /^```/ { if (inside) exit; inside = 1; next }
    inside { print }' "$tree/docs/building.md" |
    sed "s|/opt/gort|$prefix|g" >"$2/$1"
  [[ -s $2/$1 ]] || fail "docs/building.md has no $1"
}

bad=0
# expect PROGRAM: what it says, and how it ends.
expect() {
  local text status=0 procs
  for procs in 1 4; do
    text=$(GOMAXPROCS=$procs timeout -s KILL 60 "$1" 2>&1) || status=$?
    [[ $status -eq 0 && $text == "hello 285 caught" ]] || { say "$1: status $status: $text"; bad=1; }
  done
  text=$("$1" deadlock 2>&1) || status=$?
  [[ $status -eq 2 && $text == *"all goroutines are asleep - deadlock!"*"gort_main("*"hello.cc:"* ]] ||
    { say "$1 deadlock: status $status: $text"; bad=1; }
}
# run LOG COMMAND...: shows what it said if it fails.
run() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 </dev/null || { cat -- "$log" >&2; fail "$*"; }
}

mkdir "$work"/{cmake,make,bazel}
for dir in cmake make bazel; do cp -- "$tree/package/hello.cc" "$work/$dir/"; done
installed="Installed"

snippet CMakeLists.txt "$work/cmake" "$installed"
run "$work/log" cmake -S "$work/cmake" -B "$work/cmake/out" "-DCMAKE_PREFIX_PATH=$prefix" -DCMAKE_BUILD_TYPE=RelWithDebInfo
run "$work/log" cmake --build "$work/cmake/out"
expect "$work/cmake/out/hello"
expect "$work/cmake/out/hello_shared"

snippet Makefile "$work/make" "$installed"
run "$work/log" make -C "$work/make"
expect "$work/make/hello"
expect "$work/make/hello_shared"
# The one is static, the other is not.
[[ $(readelf -d "$work/make/hello") != *libgort* && $(readelf -d "$work/make/hello_shared") == *libgort.so.* ]] ||
  { say "hello and hello_shared hold the wrong library"; bad=1; }

# Another interface is refused.
sed -i 's/find_package(gort 0.1 /find_package(gort 0.2 /' "$work/cmake/CMakeLists.txt"
! cmake -S "$work/cmake" -B "$work/cmake/out2" "-DCMAKE_PREFIX_PATH=$prefix" >"$work/log" 2>&1 ||
  { say "CMake takes 0.1 for 0.2"; bad=1; }

snippet WORKSPACE "$work/bazel" "$installed"
snippet .bazelrc "$work/bazel" "In your own Bazel workspace"
snippet BUILD.bazel "$work/bazel" "In your own Bazel workspace"
for bazel in /usr/bin/bazel bazel; do if [[ -x $(command -v "$bazel") ]]; then break; fi; done
cd "$work/bazel"
run "$work/log" env HOME="$work" "$bazel" --output_user_root="$work/root" --max_idle_secs=60 build --jobs=2 //:hello
expect "$work/bazel/bazel-bin/hello"

exit "$bad"
