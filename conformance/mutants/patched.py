#!/usr/bin/env python3
"""patched.py SOURCE PATCH...: prints the source with the patches applied, one after the other.

The patches are those of conformance/mutants: a sentence, then a unified diff against one file. What a hunk takes away
must be in the text at exactly one place, whatever its line numbers say; so a patch that no longer fits is seen.
"""
import sys


def hunks(path):
    """The hunks of a patch: pairs of an old text and a new one."""
    found = []
    with open(path, encoding="utf-8") as patch:
        for line in patch.read().splitlines():
            if line.startswith("@@"):
                found.append(([], []))
            elif found and line[:1] != "\\":
                if line[:1] != "+":
                    found[-1][0].append(line[1:])
                if line[:1] != "-":
                    found[-1][1].append(line[1:])
    if not found:
        sys.exit("%s: no hunk" % path)
    return [("\n".join(old) + "\n", "\n".join(new) + "\n") for old, new in found]


def main():
    source, *patches = sys.argv[1:]
    with open(source, encoding="utf-8") as original:
        text = original.read()
    for path in patches:
        for old, new in hunks(path):
            if text.count(old) != 1:
                sys.exit("%s: fits at %d places of %s" % (path, text.count(old), source))
            text = text.replace(old, new)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
