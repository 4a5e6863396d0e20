#!/bin/bash
# help_test.sh WORKSPACE: gort is beside that file. Every command that the help text names explains itself, exit status 0, and no other does.
set -u
gort=$(dirname -- "$(readlink -f -- "$1")")/gort
bad=0
say() { printf 'help_test: %s\n' "$1" >&2; bad=1; }

whole=$("$gort" help) || say "gort help failed"
commands=$(sed -n 's/^  gort \([a-z]*\).*/\1/p' <<<"$whole" | sort -u)
[[ $(wc -w <<<"$commands") -ge 10 ]] || say "the help text names few commands: $commands"
for command in $commands; do
  text=$("$gort" help "$command") || say "gort help $command failed"
  [[ $text == "gort $command"* ]] || say "gort help $command says: $text"
done
# These build nothing before they answer.
for command in capture corpus round twins bench run install docs remote test; do
  for flag in -h --help; do
    [[ $("$gort" "$command" "$flag" 2>&1) == "gort $command"* ]] || say "gort $command $flag does not explain"
  done
done
"$gort" help nonsense >/dev/null 2>&1
[[ $? -eq 2 ]] || say "gort help nonsense: not status 2"
"$gort" nonsense >/dev/null 2>&1
[[ $? -eq 2 ]] || say "gort nonsense: not status 2"
exit "$bad"
