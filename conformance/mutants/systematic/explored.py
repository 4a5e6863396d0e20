"""Mutants in the explored world (docs/explore.md): the small programs of `gort explore`, every interleaving of each up to a
bound, with properties that must hold at each step.

The port with smaller numbers is changed as the other one is, and the search is linked with it once; a mutant is on by
the environment, as in programs on threads (live_switch.cc). A mutant is killed by a program in which a property fails with it,
or that dies or does not end. What is explored is the same each time, so once is enough.
"""
import concurrent.futures
import os
import subprocess
import time

import changed as changed_sources
import live

SWITCH = "conformance/mutants/systematic/live_switch.cc"


class Program:
    def __init__(self, name):
        self.name = name
        self.seconds = 0
        self.differs = set()


class Explored:
    def __init__(self, root, explorer, cache, jobs, bound):
        """explorer: worlds/explore/mutants/run, which knows how the search is built; cache: a folder of ours; bound:
        preemptions in a schedule, at most."""
        self.root = root
        self.jobs = jobs
        self.bound = bound
        self.plain = explorer.Build(os.path.dirname(cache))
        include = ["-iquote", self.plain.small, "-iquote", root, "-I" + os.path.join(root, "worlds/explore")]
        names = [f for f in self.plain.files if os.path.exists(os.path.join(self.plain.small, f)) and f.endswith(".cc")]
        names += ["runtime/" + name for name in changed_sources.HEADERS]
        self.changed = changed_sources.Changed(self.plain.small, names, "explore", cache, jobs, include=include,
                                               salt=os.path.basename(self.plain.folder))
        self.folder = os.path.join(self.changed.tree, "objects")
        self.program = os.path.join(self.folder, "gort_explore")

    def compile(self, path):
        target = os.path.join(self.folder, path.replace("/", "_") + ".o")
        for tree in (self.changed.tree, self.plain.small, self.root):
            source = os.path.join(tree, path)
            if os.path.exists(source):
                break
        self.plain.compile(path, source, target, [self.changed.tree])
        return target

    def build(self):
        if not os.path.exists(self.program):
            os.makedirs(self.folder, exist_ok=True)
            with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
                objects = list(pool.map(self.compile, [*self.plain.files, SWITCH]))
            live.command(["g++", *objects, "-o", self.program + ".new", *self.plain.libraries])
            os.replace(self.program + ".new", self.program)
        return [Program(line.split()[0]) for line in live.command([self.program, "--list"]).split("\n") if line[:1].strip()]

    def ends(self, program, number, limit, counts=None):
        """How it ends with this mutant: "" with nothing found, else what happened."""
        environment = dict(os.environ, GORT_MUTANT=str(number))
        if counts is not None:
            environment["GORT_MUTANT_COUNTS"] = counts
        try:
            done = subprocess.run([self.program, "--bound=%d" % self.bound, program.name], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, timeout=limit)
        except subprocess.TimeoutExpired:
            return "hung"
        return {0: "", 1: "diverged"}.get(done.returncode, "died")

    def run(self, mutants, progress):
        """Adds to each mutant what came of it."""
        programs = self.build()
        reached, differed = {}, {}
        progress.begin("programs", len(programs))
        for program in programs:
            began = time.monotonic()
            with live.Counts() as counts:
                if self.ends(program, 0, 600, counts.path):
                    raise live.Failed("%s fails without a mutant" % program.name)
                program.seconds = time.monotonic() - began
                counts.add(mutants, reached, differed, program.differs)
            progress.step(program.name)
        programs.sort(key=lambda program: program.seconds)
        progress.begin("mutants", len(mutants))

        def judge(mutant):
            number = mutant["number"]
            mutant.update(reached=reached[number], differed=differed[number], state="survives")
            for program in programs:
                if number in program.differs:
                    how = self.ends(program, number, 3 + 10 * program.seconds)
                    if how:
                        mutant.update(state="killed", by=how, log=program.name, order="explored", record=0)
                        break
            progress.step(mutant["function"])

        live.each(self.jobs, judge, mutants)
