#!/usr/bin/env python3
"""as_doxygen.py HEADER: prints a header of this tree as Doxygen reads it, line for line.

What Doxygen wants marked is plain here: a comment in front of a declaration says what that is, one behind a member
as well, and the one at the head of a file tells of the file. Comments inside functions stay what they are. Words of a
comment that look like commands or HTML are meant as they stand; lines that are indented in it are an example.
"""
import re
import sys

COMMENT = re.compile(r"^(\s*)//(.*)$")
BEHIND = re.compile(r"^(\s*[^\s/].*[;,}])\s+// (.*)$")
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum)\b|extern \"C\"")


FUNCTION = re.compile(r"\)\s*(const|noexcept|override|->.*)*\s*$")
ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


def escaped(text):
    return re.sub(r"[\\@<>#&$%*_`~^|\[\]]", lambda m: ENTITIES.get(m[0], "\\" + m[0]), text)


def documented(block, opening):
    """The lines of a comment, escaped; an example stands between \\code and \\endcode, on lines that are there."""
    out = []
    example = False
    for i, line in enumerate(block):
        goes_on = example and not line.strip() and i + 1 < len(block) and block[i + 1].startswith("   ")
        inside = line.startswith("   ") or goes_on
        text = line if inside else escaped(line.strip())
        if inside and not example:
            out[-1:] = [out[-1] + " \\code{.cpp}"] if out else []
            text = text if out else " \\code{.cpp} " + text
        if example and not inside:
            out[-1] += " \\endcode"
        example = inside
        out.append(text)
    if example:
        out[-1] += " \\endcode"
    out[0] = "/** " + opening + out[0]
    out[-1] += " */"
    return out


class Scopes:
    """Which braces are open, and whether the innermost are those of declarations."""

    def __init__(self):
        self.open = []
        self.head = ""

    def declares(self):
        return all(self.open)

    def read(self, line):
        code = re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])+\'', '""', line.split("//")[0])
        for c in code:
            if c == "{":
                self.open.append(bool(SCOPE.search(self.head)) and not FUNCTION.search(self.head))
                self.head = ""
            elif c == "}":
                if self.open:
                    self.open.pop()
                self.head = ""
            elif c == ";":
                self.head = ""
            else:
                self.head += c
        if line.startswith("#"):
            self.head = ""


def main(path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    scopes = Scopes()
    out = []
    i = 0
    while i < len(lines):
        comment = COMMENT.match(lines[i])
        if not comment:
            behind = BEHIND.match(lines[i]) if scopes.declares() else None
            scopes.read(lines[i])
            out.append(behind[1] + "  ///< " + escaped(behind[2]) if behind else lines[i])
            i += 1
            continue
        end = i
        while end < len(lines) and COMMENT.match(lines[end]):
            end += 1
        block = [COMMENT.match(line)[2] for line in lines[i:end]]
        in_front = end < len(lines) and lines[end].strip() not in ("", "}", "};")
        if i == 0:
            out += documented(block, "\\file " + "/".join(path.split("/")[-2:]) + " ")
        elif scopes.declares() and in_front and not block[0].startswith((" ----", " NOLINT")):
            out += documented(block, "")
        else:
            out += lines[i:end]
        i = end
    sys.stdout.write("\n".join(out))


main(sys.argv[1])
