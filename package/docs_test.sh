#!/bin/bash
# docs_test.sh WORKSPACE HEADERS: Doxygen makes the pages without a warning; they hold what the headers say; a comment that it
# does not take is refused.
set -euo pipefail
tree=$(dirname -- "$(readlink -f -- "$1")")
headers=$(readlink -f -- "$2")
fail() { printf 'docs_test: %s\n' "$*" >&2; exit 1; }
. "$tree/package/docs.sh"
work=$(mktemp -d "${TEST_TMPDIR:-/tmp}/docs.XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf -- "$work"' EXIT

mkdir "$work/pages"
doxygen_pages "$tree" "$headers" "$work/pages" >"$work/log" 2>&1 || { cat -- "$work/log" >&2; fail "Doxygen warns"; }
[[ ! -s $work/log ]] || { cat -- "$work/log" >&2; fail "Doxygen has something to say"; }

# has PAGE TEXT
has() { grep -qF -- "$2" "$work/pages/$1" || fail "$1 does not say: $2"; }
has chan_8h.html "A Chan is a handle, as Go's channel value is"                       # the head of a file
has chan_8h.html 'class="fragment"'                                                  # with its example
has structgort_1_1net_1_1Dialer.html "Connects to the first of the address's hosts"   # in front of a function
has structgort_1_1net_1_1KeepAliveConfig.html "until the first probe"                 # behind a member
[[ ! -e $work/pages/classgort_1_1internal_1_1ChanRef.html ]] || fail "inner parts have pages"

# A tree of one header: what is no comment of ours is read as Doxygen reads it.
mkdir -p "$work/tree/package" "$work/pages2"
cp -- "$tree"/package/{Doxyfile,as_doxygen.py} "$work/tree/package/"
printf '%s\n' '// f.h: f.' '#pragma once' '' '/** @param y nothing of that name */' 'void f(int x);' >"$work/tree/f.h"
echo f.h >"$work/list"
! doxygen_pages "$work/tree" "$work/list" "$work/pages2" >"$work/log" 2>&1 || fail "a wrong comment is taken"
