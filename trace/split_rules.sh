#!/bin/bash
# split_rules.sh GOTRACE RULES.txt OUT: makes a trace of each section of the file, OUT/rule-NUMBER.trace, and OUT/rule-NUMBER.wants with
# what the section says of it.
set -euo pipefail

gotrace=$1 rules=$2 out=$3
nobody=18446744073709551615

# A section, from its second line on, becomes whole: the generations that are in it get a frequency and tables.
awk -v out="$out" -v nobody="$nobody" '
  function batch(item) { printf "EventBatch gen=%d m=%s time=1 size=0\n%s", gen, nobody, item >file }
  function close_generation() {
    if (gen == 0) return
    batch("Frequency freq=1000000000\n")
    batch("Stacks\nStack id=1 nframes=2\n\tpc=4096 func=3 file=4 line=7\n\tpc=8192 func=3 file=4 line=9\n" \
          "Stack id=2 nframes=2\n\tpc=4096 func=3 file=4 line=7\n\tpc=12288 func=3 file=4 line=0\n")
    batch("Strings\nString id=1\n\tdata=\"one\"\nString id=2\n\tdata=\"two\"\nString id=3\n\tdata=\"main.f\"\nString id=4\n\tdata=\"/f.go\"\n")
  }
  /^== / {
    close_generation()
    number++
    gen = 0
    file = sprintf("%s/rule-%03d.txt", out, number)
    print $NF > sprintf("%s/rule-%03d.wants", out, number)
    print "Trace Go1.23" >file
    next
  }
  /^#/ || /^$/ || number == 0 { next }
  /^EventBatch/ {
    split($2, part, "=")
    if (part[2] != gen) close_generation()
    gen = part[2]
  }
  { print >file }
  END { close_generation() }' "$rules"
for text in "$out"/rule-*.txt; do
  "$gotrace" pack --sizes -o "${text%.txt}.trace" "$text" >/dev/null
done
