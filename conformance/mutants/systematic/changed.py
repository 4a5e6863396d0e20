"""The port with all mutants in it: the changed sources, made once, and the list of what is in them."""
import concurrent.futures
import hashlib
import json
import os
import re
import shutil

import rewrite

HERE = os.path.dirname(os.path.abspath(__file__))

# What of the lockstep build is Go's besides its .cc files: the bodies in the port's headers.
HEADERS = ["runtime2.h", "runtime2_base.h", "proc.h", "seam.h"]


class Changed:
    """The mutants, numbered from 1, and the changed sources below `tree`."""

    def __init__(self, root, files, world, folder, jobs, kind=None, include=None, salt=""):
        """files: relative to the root. world: that they are compiled for, or include: where its headers are. kind: what
        else they are called by. salt: what they depend on besides."""
        self.root = root
        self.files = files
        self.include = include or ["-I" + root, "-I" + os.path.join(root, "worlds", world)]
        digest = hashlib.sha256(salt.encode())
        for top in ("runtime", "worlds", "conformance/schedlog"):
            for parent, _, names in os.walk(os.path.join(root, top)):
                for name in sorted(names):
                    if name.endswith(".h") or os.path.relpath(os.path.join(parent, name), root) in self.files:
                        with open(os.path.join(parent, name), "rb") as text:
                            digest.update(name.encode() + b"\0" + text.read())
        for name in ("rewrite.py", "changed.py", "switch.h"):
            with open(os.path.join(HERE, name), "rb") as text:
                digest.update(text.read())
        self.kind = kind or world
        kind = "changed-%s-" % self.kind
        self.tree = os.path.join(folder, kind + digest.hexdigest()[:16])
        self.list = os.path.join(self.tree, "mutants.json")
        if not os.path.exists(self.list):
            os.makedirs(folder, exist_ok=True)
            for old in os.listdir(folder):
                if old.startswith(kind):
                    shutil.rmtree(os.path.join(folder, old), ignore_errors=True)
            self.make(jobs)
        with open(self.list, encoding="utf-8") as made:
            self.mutants = json.load(made)

    def make(self, jobs):
        with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
            count = len(self.files)
            sources = list(pool.map(rewritten, [self.root] * count, [self.include] * count, self.files))
        first, mutants = 1, []
        for name, places in zip(self.files, sources):
            text, made = places
            # Each file numbered its own from 1.
            for mutant in made:
                mutant["number"] += first - 1
                mutant["place"] += first - 1
            mutants += made
            text = re.sub(rb"(::mutants::\w+\()(\d+)", lambda m: m[1] + b"%d" % (int(m[2]) + first - 1), text)
            first += len(made)
            path = os.path.join(self.tree, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as out:
                out.write(text)
        with open(self.list + ".new", "w", encoding="utf-8") as out:
            json.dump(mutants, out)
        os.replace(self.list + ".new", self.list)


def noreturn(root):
    """Functions that are declared not to return: what follows a call of them is not compiled."""
    names = set()
    for name in os.listdir(os.path.join(root, "runtime")):
        if name.endswith(".h"):
            with open(os.path.join(root, "runtime", name), encoding="utf-8") as text:
                names.update(re.findall(r"\[\[noreturn[^\]]*\]\][\w\s\[\],:]*?\bvoid (\w+)\(", text.read()))
    return names


def port(sources):
    """What of all that is compiled for a replay is Go's."""
    return (sorted(f for f in sources if f.startswith("runtime/") and f.endswith(".cc")) +
            ["runtime/" + name for name in HEADERS])


def rewritten(root, include, name):
    """The changed text of a file, and its mutants."""
    arguments = ["-x", "c++", "-std=c++20", *include]
    source = rewrite.Source(os.path.join(root, name), name, arguments, noreturn(root))
    source.settle()
    source.number_from(1)
    return source.written()[0], [m.record() for m in source.mutants()]
