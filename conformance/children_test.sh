#!/bin/bash
# children_test.sh WORKSPACE: a signal that ends a script ends what it runs (tools/children.sh is beside that file).
set -u
root=$(dirname -- "$(readlink -f -- "$1")")
dir=$(mktemp -d "${TEST_TMPDIR:-/tmp}/children.XXXXXX")
bad=0
complain() { printf 'children_test: %s\n' "$*" >&2; bad=1; }

cat >"$dir/script" <<'EOF'
. "$1/tools/children.sh"
leave_nothing() { rm -f -- "$dir/lies_about"; }
dir=$2
: >"$dir/lies_about"
in_front bash -c 'echo $$ >"$1/child.new"; mv "$1/child.new" "$1/child"; exec sleep 600' bash "$dir"
EOF

for signal in HUP INT TERM; do
  rm -f -- "$dir/child"
  # Job control, or INT would be ignored by what runs in the background.
  set -m
  bash "$dir/script" "$root" "$dir" &
  script=$!
  set +m
  until [[ -f $dir/child ]]; do sleep 0.05; done
  kill -s "$signal" "$script"
  wait "$script" 2>/dev/null
  status=$?
  ((status == 128 + $(kill -l "$signal"))) || complain "$signal: status $status"
  ! kill -0 "$(<"$dir/child")" 2>/dev/null || { complain "$signal: its child lives"; kill "$(<"$dir/child")"; }
  [[ ! -e $dir/lies_about ]] || complain "$signal: a file is left"
done

# What it runs has its input, and its status is told.
status=0
said=$(bash -c '. "$1/tools/children.sh"; in_front bash -c "cat; exit 7"' bash "$root" <<<"some words") || status=$?
[[ $status == 7 && $said == "some words" ]] || complain "status $status, said $said"

rm -rf -- "$dir"
exit "$bad"
