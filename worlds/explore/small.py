#!/usr/bin/env python3
"""small.py ROOT OUT PREFIX FILE...: writes each FILE of ROOT to OUT/FILE, with what small.txt changes, and with what it
includes of the others found at PREFIX/FILE: an include of the plain port would be found first otherwise."""
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


def write(root, out, prefix, files):
    changes = list(table(os.path.dirname(os.path.abspath(__file__))))
    seams = {f.split("/explore/", 1)[1]: f for f in files if "/explore/seam/" in f}

    def included(match):
        name = seams.get(match.group(2), match.group(2))
        return '%s"%s%s"' % (match.group(1), prefix + "/" if prefix and name in files else "", name)

    for path in files:
        with open(os.path.join(root, path), encoding="utf-8") as original:
            text = small(path, original.read(), changes)
        text = re.sub(r'(?m)^(\s*#\s*include\s+)"([^"]*)"', included, text)
        to = os.path.join(out, path)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        with open(to, "w", encoding="utf-8") as copy:
            copy.write(text)


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
