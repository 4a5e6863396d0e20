"""Lists of mutants by what they have in common: equivalent.txt, holes.txt."""
import os
import re


class Malformed(Exception):
    """A line that says nothing."""


class Class:
    """One reason, and what tells whether a mutant has it."""

    def __init__(self, reason):
        self.reason = reason
        self.patterns = []  # (where in the list, function of a mutant)


def classes(path):
    """A file of paragraphs: a reason that begins with "= ", then lines

        RULE[,RULE...] FUNCTION[|FUNCTION...] TEXT [@ IF] [=> CHANGE]
        nothing NAME

    in which * stands for anything, IF is the whole of the if that it is the condition of, and FUNCTION may end with
    !NAME for one that is left out. RULE as in rewrite.py,
    with check/ or report/ before it for those that are part of an if that only throws. The second form is for a call
    of a function that does nothing, or a statement that begins so: that it is dropped, that it changes places with
    another one, what it is called with."""
    found = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            where = "%s:%d" % (os.path.basename(path), number)
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("= "):
                found.append(Class(line[2:]))
            elif line.startswith("  ") and found and not found[-1].patterns:
                found[-1].reason += " " + line.strip()
            elif not found:
                raise Malformed(where + ": expected a reason first")
            elif line.startswith("nothing "):
                found[-1].patterns.append((where, does_nothing(line[len("nothing "):].strip())))
            else:
                parts = line.split(None, 2)
                if len(parts) != 3:
                    raise Malformed(where + ": expected RULE FUNCTION TEXT")
                text, _, change = parts[2].partition(" => ")
                text, _, within = text.partition(" @ ")
                test = fits(parts[0].split(","), parts[1], text.strip(), within.strip() or "*", change.strip() or "*")
                found[-1].patterns.append((where, test))
    return found


def like(text, pattern):
    """* stands for anything; nothing else is special."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.S) is not None


def fits(rules, functions, text, within, change):
    functions, *left_out = functions.split("!")

    def test(mutant):
        rule = mutant["rule"] if not mutant["part"] else mutant["part"] + "/" + mutant["rule"]
        return (any(like(rule, r) for r in rules) and any(like(mutant["function"], f) for f in functions.split("|")) and
                mutant["function"] not in left_out and like(mutant["text"], text) and like(mutant["within"], within) and
                like(mutant["change"], change))
    return test


def does_nothing(name):
    def test(mutant):
        text = mutant["text"]
        if mutant["rule"] == "swap":
            return text.startswith(name) or " <-> " + name in text
        if mutant["rule"] == "drop":
            return text.startswith(name)
        return name.endswith("(") and name in text
    return test


def assign(mutants, found):
    """The reason of each mutant that has one, and the patterns that fit none."""
    reasons, useless = {}, []
    for each in found:
        for where, test in each.patterns:
            hit = [m for m in mutants if test(m)]
            if not hit:
                useless.append(where)
            for mutant in hit:
                reasons.setdefault(mutant["number"], (each.reason, where))
    return reasons, useless


def line_for(mutant):
    """What fits this mutant, and those that are written like it."""
    part = mutant["part"] + "/" if mutant["part"] else ""
    within = " @ " + mutant["within"] if mutant["within"] else ""
    return "%s%s %s %s%s => %s" % (part, mutant["rule"], mutant["function"], mutant["text"], within, mutant["change"])


def write(path, mutants, reasons):
    """Writes a list anew: of each mutant the line that fits it, below its reason. The head of the file stays."""
    with open(path, encoding="utf-8") as old:
        head = old.read().split("\n= ", 1)[0].rstrip("\n") + "\n"
    sections = {}
    for mutant in mutants:
        lines = sections.setdefault(reasons.get(mutant["number"], ("Not looked at yet.",))[0], [])
        if line_for(mutant) not in lines:
            lines.append(line_for(mutant))
    with open(path, "w", encoding="utf-8") as out:
        out.write(head)
        for reason, lines in sorted(sections.items(), key=lambda section: -len(section[1])):
            out.write("\n= %s\n%s\n" % (reason, "\n".join(lines)))
