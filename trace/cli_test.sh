#!/bin/bash
# cli_test.sh GOTRACE SMALL.trace: what the command says, on which stream, and with which exit status.
set -u

gotrace=$PWD/$1 small=$PWD/$2
cd "$TEST_TMPDIR" || exit 1
bad=0
fail() {
  printf 'cli_test: %s\n' "$*" >&2
  bad=1
}

# says STATUS STDOUT STDERR COMMAND...: the exit status, and patterns that the streams must match; '' is an empty stream.
says() {
  local wanted=$1 stdout=$2 stderr=$3 got=0
  shift 3
  "$@" >out 2>err || got=$?
  [[ $got == "$wanted" ]] || fail "exit status $got, not $wanted: $*"
  # shellcheck disable=SC2053
  [[ $(cat out) == $stdout ]] || fail "$*: said $(head -c 300 out)"
  # shellcheck disable=SC2053
  [[ $(cat err) == $stderr ]] || fail "$*: complained $(head -c 300 err)"
}
# complains PATTERN COMMAND...: exit status 2, and one line on stderr.
complains() {
  local pattern=$1
  shift
  says 2 '*' "$pattern" "$@"
  [[ $(wc -l <err) -eq 1 ]] || fail "$*: not one line: $(cat err)"
}

cp "$small" good
size=$(stat -L -c %s good)
says 0 'good: valid: Go 1.26, 4 generations and * events' '' "$gotrace" check good
says 0 'good: valid: *' '' "$gotrace" check --strict good
says 0 'standard input: valid: *' '' bash -c "cat good | '$gotrace' check -"
says 0 '{"file":"good","verdict":"valid","go":"1.26","generations":4,"events":*}' '' "$gotrace" check --json good

# The four kinds of bad ones, told apart.
head -c $((size - 100)) good >cut
complains "cut: byte $((size - 100)): cut off here, *; before it 3 generations and * events are good" "$gotrace" check cut
{ head -c 16 good; printf '\377'; tail -c +18 good; } >damaged
complains 'damaged: byte 16: a batch should begin here, *; before it 0 generations and 0 events are good' "$gotrace" check damaged
printf 'go 1.29 trace\0\0\0' >newer
complains 'newer: byte 0: made by Go 1.29, which is newer than gort knows (up to Go 1.27)' "$gotrace" check newer
printf 'go 1.21 trace\0\0\0' >old
complains 'old: byte 0: a trace in the format of before Go 1.22 (its first line says Go 1.21)*' "$gotrace" check old
echo hello >other
complains 'other: byte 0: not a Go execution trace' "$gotrace" check other
complains 'nothing: byte 0: cannot open: *' "$gotrace" check nothing
mkdir folder
complains 'folder: byte 0: cannot read: *' "$gotrace" check folder
says 2 '*"verdict":"cut"*"byte":*' "cut: byte *" "$gotrace" check --json cut
says 2 'good: valid*' 'other: *' "$gotrace" check good other

# Text and back; without a head the version is what the events need.
says 0 'EventBatch gen=1 *' '' "$gotrace" text good
says 0 'Trace Go1.26*' '' "$gotrace" text --head good
says 0 'M=-1 P=-1 G=-1 Sync Time=* N=1 *N=5*' '' "$gotrace" text --ordered good
says 2 'M=-1 P=-1 G=-1 Sync *' 'cut: byte *' "$gotrace" text --ordered cut
says 2 'EventBatch gen=1 *' 'cut: byte *' "$gotrace" text cut
"$gotrace" text good >text.txt
says 0 'text.trace: * bytes' '' "$gotrace" pack text.txt
says 0 'text.trace: valid: Go 1.26, 4 generations*' '' "$gotrace" check text.trace
complains 'text.trace: byte 0: the file exists; *' "$gotrace" pack text.txt
"$gotrace" text text.trace | cmp -s - text.txt || fail "packed text has another text"
sed 's/size=[0-9]*/size=1/' text.txt >sizes.txt
says 0 'sizes.trace: *' '' "$gotrace" pack --sizes sizes.txt
cmp text.trace sizes.trace || fail "pack --sizes gives other sizes"
says 0 '' '' bash -c "'$gotrace' pack -o - text.txt | cmp - text.trace"
echo 'GoStart dt=1' >wrong.txt
complains 'wrong.txt:1: expected g=NUMBER, *' "$gotrace" pack wrong.txt
[[ ! -e wrong.trace ]] || fail "a trace of text that was not understood"

# What is in it.
says 0 '*made by *Go 1.26 or 1.27*system *linux/amd64*generations *4*GoSwitch*' '' "$gotrace" info good
says 0 '{*"go": "1.26"*"generations": 4*"GoStart": {*"whole": true*}' '' "$gotrace" info --json good
says 2 '*made by*' 'cut: byte *' "$gotrace" info cut

# Usage.
says 2 '' 'usage: gort trace check*' "$gotrace"
says 0 'usage: gort trace check*' '' "$gotrace" --help
for command in check info pack text; do
  says 0 "usage: gort trace $command *" '' "$gotrace" "$command" --help
  complains "gort trace $command: *" "$gotrace" "$command"
  complains "gort trace $command: *" "$gotrace" "$command" --nonsense good
done
complains "gort trace: no command 'nonsense'; *" "$gotrace" nonsense
# A reader of ours that has gone, and a disk that is full.
"$gotrace" text --ordered good 2>err | head -n 1 >/dev/null
says 2 '*' 'standard output: byte *: cannot write: *' bash -c "'$gotrace' text good >/dev/full"
complains '/dev/full: byte 0: cannot write: *' "$gotrace" pack -o /dev/full text.txt
exit "$bad"
