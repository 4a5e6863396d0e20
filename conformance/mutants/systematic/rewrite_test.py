#!/usr/bin/python3
"""The mutants of specimen.cc are those of specimen.txt, and each does what stands there when it is on.

specimen.txt has a line for each: LINE, rule, change, and behind ' -> ' what specimen_main prints; '=' is what the
specimen prints without a mutant, which is its first line. `rewrite_test --write` writes it.
"""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import rewrite  # noqa: E402

ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))


def made(folder):
    source = rewrite.Source(os.path.join(HERE, "specimen.cc"), "specimen.cc", ["-x", "c++", "-std=c++20", "-I" + ROOT])
    source.settle()
    count = source.number_from(1) - 1
    text = source.written()[0]
    changed = os.path.join(folder, "specimen.cc")
    with open(changed, "wb") as out:
        out.write(text)
    program = os.path.join(folder, "specimen")
    subprocess.run(["g++", "-std=c++20", "-O1", "-w", "-I" + ROOT, changed, os.path.join(HERE, "specimen_main.cc"),
                    "-o", program], check=True)
    outcomes = {}
    done = subprocess.run([program, str(count)], stdout=subprocess.PIPE, universal_newlines=True, check=True)
    for line in done.stdout.splitlines():
        number, _, outcome = line.partition(" ")
        outcomes[int(number)] = outcome
    lines = [outcomes[0]]
    for mutant in source.mutants():
        outcome = outcomes[mutant.number]
        lines.append("%d %s: %s: %s -> %s" % (mutant.line, mutant.rule, mutant.change, mutant.text,
                                              "=" if outcome == outcomes[0] else outcome))
    for line, change, why in source.refused:
        lines.append("%d refused: %s: %s" % (line, change, why))
    return [line + "\n" for line in lines]


def main():
    with tempfile.TemporaryDirectory() as folder:
        lines = made(folder)
    path = os.path.join(HERE, "specimen.txt")
    if sys.argv[1:] == ["--write"]:
        with open(path, "w", encoding="utf-8") as out:
            out.writelines(lines)
        return 0
    with open(path, encoding="utf-8") as stored:
        want = stored.readlines()
    status = 0
    for line in want:
        if line not in lines:
            print("missing: " + line, end="")
            status = 1
    for line in lines:
        if line not in want:
            print("unexpected: " + line, end="")
            status = 1
    if status == 0 and lines != want:
        print("in another order")
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
