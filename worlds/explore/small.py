#!/usr/bin/env python3
"""small.py [--patch=PATCH] ROOT OUT PREFIX FILE...: writes each FILE of ROOT to OUT/FILE, with what the patch and then
small.txt change, and with what it includes of the others found at PREFIX/FILE: an include of the plain port would be found
first otherwise."""
import os
import re
import sys


def table(folder):
    with open(os.path.join(folder, "small.txt"), encoding="utf-8") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if line and not line.startswith("#"):
                path, count, old, new = line.split("|")
                yield path, int(count), old, new


def small(path, text, changes):
    """The text of a file, shrunk. A line of the table that fits elsewhere than it says is an error."""
    for where, count, old, new in changes:
        if where != path:
            continue
        if text.count(old) != count:
            sys.exit("small.txt: '%s' stands %d times in %s, not %d" % (old, text.count(old), path, count))
        text = text.replace(old, new)
    return text


def patched(patch, path, text):
    """The text with the hunks of a patch that are of this file. Each must stand there once."""
    with open(patch, encoding="utf-8") as lines:
        target, hunks = None, []
        for line in lines:
            if line.startswith("+++ b/"):
                target = line[6:].rstrip("\n")
            elif line.startswith("@@"):
                hunks.append((target, [], []))
            elif hunks and not line.startswith("--- "):
                for sign, side in ((" -", hunks[-1][1]), (" +", hunks[-1][2])):
                    if line == "\n" or line[0] in sign:
                        side.append(line[1:] or "\n")
    for target, old, new in hunks:
        if target != path:
            continue
        if text.count("".join(old)) != 1:
            sys.exit("small.py: a hunk of %s does not fit %s" % (patch, path))
        text = text.replace("".join(old), "".join(new))
    return text


def write(root, out, prefix, files, patch=None):
    changes = list(table(os.path.dirname(os.path.abspath(__file__))))
    seams = {f.split("/explore/", 1)[1]: f for f in files if "/explore/seam/" in f}

    def included(match):
        name = seams.get(match.group(2), match.group(2))
        return '%s"%s%s"' % (match.group(1), prefix + "/" if prefix and name in files else "", name)

    for path in files:
        with open(os.path.join(root, path), encoding="utf-8") as original:
            text = original.read()
        if patch:
            text = patched(patch, path, text)
        text = small(path, text, changes)
        text = re.sub(r'(?m)^(\s*#\s*include\s+)"([^"]*)"', included, text)
        to = os.path.join(out, path)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        with open(to, "w", encoding="utf-8") as copy:
            copy.write(text)


if __name__ == "__main__":
    args = sys.argv[1:]
    given = args.pop(0)[len("--patch="):] if args[0].startswith("--patch=") else None
    write(args[0], args[1], args[2], args[3:], given)
