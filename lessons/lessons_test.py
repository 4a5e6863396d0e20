#!/usr/bin/env python3
"""lessons_test.py: every scheduler runs the four programs to the right results, again and again, and the command says
what it should. The programs check themselves; no time is measured here. Bazel runs it, beside what it has built.
"""
import json
import os
import runpy
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = ("pingpong", "fan", "calls", "hog")
COOPERATIVE = ("lesson1", "lesson2", "lesson3", "lesson4_before", "lesson4", "lesson5")
SCHEDULERS = [(name, "off") for name in ("lesson0", *COOPERATIVE, "lesson7")] + [
    ("lesson7", "move"), ("lesson7", "handoff")]
ROUNDS = 4


def run(argv, **variables):
    environment = {**os.environ, "GORT_ROOT": os.path.join(HERE, ".."), **variables}
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, env=environment, timeout=60)


def lesson(*arguments):
    return run([os.path.join(HERE, "run"), "--built", HERE, *arguments])


class Schedulers(unittest.TestCase):
    def test_the_programs_come_to_the_right_results(self):
        for name, preempt in SCHEDULERS:
            for procs in (1, 2, 4):
                for program in PROGRAMS:
                    with self.subTest(scheduler=name, preempt=preempt, procs=procs, program=program):
                        for _ in range(ROUNDS):
                            done = run([os.path.join(HERE, name), program, "--procs", str(procs), "--small"],
                                       GODEBUG="asyncpreempt=" + preempt)
                            self.assertEqual((done.returncode, done.stderr), (0, ""))
                            self.assertTrue(json.loads(done.stdout)["figures"])

    def test_the_thread_each_makes_them_and_the_loop_makes_none(self):
        count = lambda name: {f["what"]: f["value"] for f in json.loads(
            run([os.path.join(HERE, name), "fan", "--small"]).stdout)["counted"]}
        self.assertEqual(count("lesson0")["threads made"], 1 + 8 + 8 * 2 * 64)
        # Each goroutine of the fan at least once, main, and whoever waited once more.
        self.assertGreaterEqual(count("lesson1")["goroutines started or resumed"], 1 + 8 + 8 * 2 * 64)
        self.assertEqual(count("lesson3")["threads made"], 1)

    def test_no_more_goroutines_at_once_than_processors(self):
        # Where nobody is taken off a processor, a hog that has begun is one that has it.
        for name in COOPERATIVE:
            for procs in (1, 2, 4):
                for _ in range(ROUNDS):
                    done = run([os.path.join(HERE, name), "hog", "--procs", str(procs), "--small"],
                               GODEBUG="asyncpreempt=off")
                    most = [f["value"] for f in json.loads(done.stdout)["figures"] if f["what"].startswith("hogs")]
                    self.assertTrue(1 <= most[0] <= (1 if name == "lesson1" else procs), (name, procs, most))

    def test_each_port_lacks_what_its_lesson_says_and_nothing_else(self):
        def sizes(name):
            text = run(["nm", "-S", "-C", os.path.join(HERE, name)]).stdout
            return {line.split(None, 3)[3].split("(")[0]: line.split()[1] for line in text.splitlines()
                    if " runtime::" in line and len(line.split(None, 3)) == 4}

        # Functions that stand by themselves: compilers put others into each other.
        whole = sizes("lesson7")
        for name, changed in (("lesson5", ["sysmon"]), ("lesson4", ["sysmon", "wakep"]),
                              ("lesson4_before", ["sysmon", "wakep", "runqput"])):
            other = sizes(name)
            different = [f for f in ("sysmon", "wakep", "runqput") if other["runtime::" + f] != whole["runtime::" + f]]
            self.assertEqual(different, changed, name)

    def test_runnext_turns_the_order_round(self):
        # One processor: the 16 pairs begin in the order in which they were made, or the last one first.
        for name, first in (("lesson1", "A"), ("lesson2", "A"), ("lesson3", "A"), ("lesson4_before", "A"),
                            ("lesson4", "P"), ("lesson5", "P"), ("lesson7", "P")):
            # lesson7 has sysmon ask for main's processor after 10 ms. On a busy machine that can be while main makes the
            # pairs, and then the last one so far comes first: another run tells.
            came = []
            while first not in came and len(came) < (20 if name == "lesson7" else 1):
                done = run([os.path.join(HERE, name), "pingpong", "--small", "--marks"], GODEBUG="asyncpreempt=off")
                came.append(done.stdout.split(None, 3)[2])
            self.assertEqual(came[-1], first, (name, came))

    def test_without_retake_nobody_runs_while_one_sleeps(self):
        # One processor: the end of a sleep is the next mark that there is, on whichever thread.
        for name in ("lesson4_before", "lesson4", "lesson5"):
            for _ in range(2 * ROUNDS):  # sysmon would come in time in every other run
                done = run([os.path.join(HERE, name), "calls", "--small", "--marks"], GODEBUG="asyncpreempt=off")
                marks = [line.split() for line in done.stdout.splitlines()]
                asleep = [at for at, m in enumerate(marks) if m[2].endswith("s")]
                self.assertEqual(len(asleep), 8 * 3)
                for at in asleep:
                    self.assertEqual(marks[at + 1][1:], [marks[at][1], "-"], name)

    def test_a_wrong_call_is_refused(self):
        for arguments in ([], ["nonsense"], ["fan", "--procs", "0"], ["fan", "--procs"], ["fan", "--procs", "65"]):
            done = run([os.path.join(HERE, "lesson1"), *arguments])
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertIn("usage: lesson PROGRAM", done.stderr)


class CommandLine(unittest.TestCase):
    def test_the_list_names_every_lesson(self):
        done = lesson()
        self.assertEqual(done.returncode, 0)
        self.assertEqual([line.split()[0] for line in done.stdout.splitlines()], [str(n) for n in range(8)])

    def test_every_lesson_has_an_essay_and_code_that_exists(self):
        for number in range(8):
            done = lesson(str(number), "--timeline", "calls", "--procs", "1")
            self.assertEqual((done.returncode, done.stderr), (0, ""), number)
            self.assertIn("thread  1 |", done.stdout)
            with open(os.path.join(HERE, "..", "docs", "lessons", "%d.md" % number), encoding="utf-8") as essay:
                text = essay.read()
            self.assertGreater(len(text.split("\n## ")[0].split()), 80, "a short form that says something")
            self.assertIn("\n## Read", text)

    def test_a_lesson_prints_text_table_and_machine(self):
        done = lesson("2", "--rounds", "1", "--procs", "2")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for words in ("Lesson 2:", "matchmg", "docs/lessons/2.md", "lesson 1", "schedlock: taken", "1 rounds",
                      "medians", "fails at"):
            self.assertIn(words, done.stdout)
        marked = [line for line in done.stdout.splitlines() if line.endswith("<-")]
        self.assertEqual(len(marked), 2, done.stdout)

    def test_the_same_for_machines(self):
        done = lesson("3", "--rounds", "2", "--procs", "2", "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        told = json.loads(done.stdout)
        self.assertEqual([s["name"] for s in told["schedulers"]], ["lesson 2", "lesson 3"])
        for scheduler in told["schedulers"]:
            self.assertEqual({f["program"] for f in scheduler["figures"]}, set(PROGRAMS))
            self.assertTrue(all(len(f["values"]) == 2 for f in scheduler["figures"]))

    def test_a_page_of_who_ran_when(self):
        with tempfile.TemporaryDirectory() as folder:
            page = os.path.join(folder, "x.html")
            done = lesson("2", "--timeline", "calls", "--procs", "2", "--html", page)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
            with open(page, encoding="utf-8") as html:
                self.assertIn("<title>Lesson 2: calls", html.read())
            for text, words in (("", "no scheduler"), ("0 1 A\n", ":1: no mark"), ("# a\n0 1 A\nx\n", ":3: no mark")):
                done = subprocess.run([os.path.join(HERE, "page"), page, "x"], input=text, stderr=subprocess.PIPE,
                                      universal_newlines=True, timeout=60)
                self.assertEqual(done.returncode, 2)
                self.assertIn(words, done.stderr)

    def test_marks_are_in_order_and_say_who_is_in_the_system(self):
        done = run([os.path.join(HERE, "lesson1"), "calls", "--small", "--marks"])
        marks = [line.split() for line in done.stdout.splitlines()]
        self.assertEqual([m[0] for m in marks], sorted((m[0] for m in marks), key=int))
        # One thread, so each of 8 callers sleeps 3 times without another mark before the end of it.
        asleep = [at for at, m in enumerate(marks) if m[2].endswith("s")]
        self.assertEqual(len(asleep), 8 * 3)
        for at in asleep:
            self.assertEqual(marks[at + 1][2], "-")
            self.assertGreaterEqual(int(marks[at + 1][0]) - int(marks[at][0]), 1000000)
        self.assertEqual({m[1] for m in marks}, {"1"})

    def test_what_each_lesson_is_to_show_is_in_its_table(self):
        rows = {f["program"] + ": " + f["what"] for f in json.loads(
            lesson("1", "--rounds", "1", "--procs", "1", "--json").stdout)["schedulers"][1]["figures"]}
        for described in runpy.run_path(os.path.join(HERE, "run"))["LESSONS"]:
            for program, words in described.shows:
                self.assertTrue(any(row.startswith(program + ": ") and words in row for row in rows), words)

    def test_bad_calls(self):
        for arguments, words in (
                (["8"], "no lesson '8'"), (["x"], "no lesson 'x'"), (["1", "--procs", "0"], "--procs: 1 to 64"),
                (["1", "--procs", "x"], "invalid int"), (["1", "--rounds", "0"], "--rounds: 1 to 1000"),
                (["1", "--timeline", "nonsense"], "invalid choice"), (["1", "--html", "x"], "of which program"),
                (["1", "--timeline", "fan", "--html", "/nowhere/x"], "gort lesson: /nowhere/x: No such file"),
                (["1", "2"], "unrecognized arguments"),
                (["1", "--built", "/nowhere"], "No such file")):
            done = lesson(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(words, done.stderr)
            self.assertNotIn("Traceback", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
