"""Mutants in programs on threads: the twins (testdata/twins), which must do what their Go halves did, event by event, and
tests of the runtime.

So those are judged that the lockstep world does not have (channels, select, semaphores, timers, the poller), and those
of the scheduler that no log refuses. Bazel builds those as they are; each is linked once more, with the changed objects in front of the
runtime's archive, so that its own are not taken. A mutant is killed by a program that fails with it, or does not come
to its end, three times, and does not without it in between.
"""
import concurrent.futures
import glob
import mmap
import os
import signal
import struct
import subprocess
import tempfile
import time

FILES = ["runtime/" + name for name in ("chan.cc", "select.cc", "sema.cc", "time.cc", "netpoll.cc", "netpoll_epoll.cc")]
# What there is for FILES, and what for the scheduler.
TESTS = ["//runtime:chan_test", "//runtime:sema_test", "//runtime:time_test", "//api:chan_test", "//api:gochan_test",
         "//api:select_test", "//sync:cond_test", "//sync:mutex_test", "//sync:pool_test", "//sync:rwmutex_test",
         "//sync:waitgroup_test", "//time:sleep_test", "//time:tick_test"]
SCHEDULER_TESTS = ["//runtime:" + name for name in (
    "chan_test", "sema_test",
    "proc_test", "cases_test", "coro_test", "synctest_test", "preempt_test", "signal_test", "stack_test", "time_test",
    "netpoll_test", "cgocall_test", "histogram_test", "mgclimit_test", "state_test")] + [
        "//syscall:syscall_test", "//api:go_test", "//api:coro_test", "//api:trace_test", "//pprof:pprof_test"]
COUNTERS = 1 << 16  # switch.h: kMost
FLAGS = ["-std=c++20", "-O1", "-fno-omit-frame-pointer", "-fstack-clash-protection", "-fno-semantic-interposition",
         "-fPIC", "-w"]


class Failed(Exception):
    """Something other than a mutant is wrong."""


def twins(root):
    return sorted(os.path.basename(path)[:-3] for path in glob.glob(os.path.join(root, "testdata/twins/*.cc")))


def labels(root, tests):
    """What Bazel must build."""
    return tests + ["//testdata/twins:" + name for name in twins(root)] + ["//conformance/twins"]


def command(argv, **more):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True, **more)
    if done.returncode != 0:
        raise Failed("%s\n%s" % (" ".join(argv[:6]), done.stdout[-3000:]))
    return done.stdout


def each(jobs, work, items):
    """Does the work for each, as many at a time; who interrupts it waits only for what has begun."""
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        list(pool.map(work, items))
    finally:
        pool.shutdown(cancel_futures=True)


class Counts:
    """A file for live_switch.cc to count in."""

    def __enter__(self):
        self.file = tempfile.NamedTemporaryFile()
        self.file.write(b"\0" * COUNTERS * 16)
        self.file.flush()
        self.path = self.file.name
        return self

    def __exit__(self, *_):
        self.file.close()

    def add(self, mutants, reached, differed, differs):
        """Adds what was counted, by number; differs: of those that did."""
        with open(self.path, "rb") as filled, mmap.mmap(filled.fileno(), 0, access=mmap.ACCESS_READ) as both:
            words = struct.unpack("%dQ" % (2 * COUNTERS), both)
        for mutant in mutants:
            number = mutant["number"]
            reached[number] = reached.get(number, 0) + words[mutant["place"]]
            differed[number] = differed.get(number, 0) + words[COUNTERS + number]
            if words[COUNTERS + number]:
                differs.add(number)


class Program:
    """One test, or one twin at some GOMAXPROCS."""

    def __init__(self, name, path, label, twin=None, procs=0):
        self.name = name
        self.label = label
        self.path = path
        self.twin = twin
        self.procs = procs
        self.seconds = 0
        self.differs = set()


class Live:
    def __init__(self, root, changed, tests, folder, jobs):
        self.root = root
        self.changed = changed
        self.tests = tests
        self.folder = os.path.join(folder, changed.kind)
        self.jobs = jobs
        self.bin = os.path.realpath(os.path.join(root, "bazel-bin"))
        self.twins = os.path.join(root, "bazel-bin/conformance/twins/twins")
        os.makedirs(self.folder, exist_ok=True)

    def build(self):
        """The programs."""
        objects = []
        work = []
        for name in [f for f in self.changed.files if f.endswith(".cc")] + ["conformance/mutants/systematic/live_switch.cc"]:
            target = os.path.join(self.folder, name.replace("/", "_") + ".o")
            source = os.path.join(self.changed.tree, name)
            if not os.path.exists(source):
                source = os.path.join(self.root, name)
            objects.append(target)
            work.append(["g++", *FLAGS, "-I" + self.changed.tree, "-I" + self.root,
                         "-I" + os.path.join(self.root, "worlds/live"), "-c", source, "-o", target])
        names = [label[2:].replace(":", "/") for label in labels(self.root, self.tests) if not label.endswith("/twins")]
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            list(pool.map(command, work))
            # The runtime's code is known by its section (preempt.cc).
            whole = os.path.join(self.folder, "changed.a")
            if os.path.exists(whole):
                os.unlink(whole)
            command(["ar", "crs", whole, *objects])
            apart = os.path.join(self.folder, "changed_apart.a")
            command([os.path.join(self.root, "runtime/separate_text.sh"), "objcopy", whole, apart])
            list(pool.map(lambda name: self.link(name, apart), names))
        programs = [Program(name, self.linked(name), name) for name in names if not name.startswith("testdata/")]
        for name in twins(self.root):
            label = "testdata/twins/" + name
            programs += [Program("%s at %d" % (name, procs), self.linked(label), label, name, procs) for procs in (1, 4)]
        return programs

    def linked(self, name):
        return os.path.join(self.folder, name.replace("/", "_"))

    def link(self, name, archive):
        """As Bazel did, with the changed objects in front."""
        with open(os.path.join(self.bin, name + "-2.params"), encoding="utf-8") as params:
            words = params.read().split("\n")
        words = [w for w in words if w]
        at = words.index("-o")
        words[at + 1] = self.linked(name)
        words[at + 2:at + 2] = ["-Wl,--whole-archive", archive, "-Wl,--no-whole-archive"]
        file = self.linked(name) + ".params"
        with open(file, "w", encoding="utf-8") as out:
            out.write("\n".join(words) + "\n")
        # bazel-bin is EXECROOT/bazel-out/CONFIG/bin.
        command(["g++", "@" + file], cwd=os.path.join(self.bin, "../../.."))

    def passes(self, program, number, limit, counts=None):
        """How it ends with this mutant: "" well, else "fails" or "hangs"."""
        environment = {k: v for k, v in os.environ.items() if k not in ("GODEBUG", "GOTRACEBACK", "GOMAXPROCS")}
        environment["GORT_MUTANT"] = str(number)
        if counts is not None:
            environment["GORT_MUTANT_COUNTS"] = counts
        if program.procs:
            environment["GOMAXPROCS"] = str(program.procs)
        # Files that a test asks Bazel for. Programs among them are the port as it is.
        environment["TEST_SRCDIR"] = os.path.join(self.bin, program.label + ".runfiles")
        environment["TEST_WORKSPACE"] = "gort"
        with tempfile.TemporaryDirectory() as folder:
            environment["TEST_TMPDIR"] = folder
            story = os.path.join(folder, "story")
            argv = [program.path] + ([story] if program.procs == 1 else [])
            child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                     env=environment, cwd=folder, start_new_session=True)
            try:
                out, _ = child.communicate(timeout=limit)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.communicate()
                return "hangs"
            if child.returncode != 0:
                return "fails"
            if program.twin is None:
                return ""
            stored = os.path.join(self.root, "testdata/twins", program.twin)
            with open(stored + ".out", "rb") as want:
                if want.read() != out:
                    return "fails"
            if program.procs == 1:
                same = subprocess.run([self.twins, "diff", stored + ".events", story], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                if same.returncode != 0:
                    return "fails"
        return ""

    def again(self, program, number, limit, how):
        """Whether it is the mutant: a test on threads may fail for want of time. So the program without the mutant must
        not, and with it, it must fail once more; and twice, where that costs no waiting for what does not end."""
        return ((how == "hangs" or self.passes(program, number, limit)) and not self.passes(program, 0, 2 * limit) and
                self.passes(program, number, limit))

    def measure(self, programs, mutants, progress):
        """Each program without a mutant: how long it takes, and which mutants differ in it."""
        reached, differed = {}, {}
        for program in programs:
            with Counts() as counts:
                began = time.monotonic()
                if self.passes(program, 0, 120, counts.path):
                    raise Failed("%s fails without a mutant" % program.name)
                program.seconds = time.monotonic() - began
                counts.add(mutants, reached, differed, program.differs)
            progress.step(program.name)
        return reached, differed

    def run(self, mutants, progress, budget):
        """Adds to each mutant what came of it. budget: seconds of programs that pass, for each; then it survives."""
        programs = self.build()
        progress.begin("programs", len(programs))
        reached, differed = self.measure(programs, mutants, progress)
        programs.sort(key=lambda program: program.seconds)
        progress.begin("mutants", len(mutants))

        def judge(mutant):
            number = mutant["number"]
            mutant.update(reached=reached[number], differed=differed[number], state="survives")
            spent = 0
            for program in programs:
                if number not in program.differs:
                    continue
                spent += program.seconds
                if spent > budget:
                    break
                limit = 3 + 5 * program.seconds
                how = self.passes(program, number, limit)
                if how and self.again(program, number, limit, how):
                    mutant.update(state="killed", by="hung" if how == "hangs" else "diverged", log=program.name,
                                  order="live", record=0)
                    break
            progress.step(mutant["function"])

        each(self.jobs, judge, mutants)
