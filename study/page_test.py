#!/usr/bin/env python3
"""Looks at pages as a reader does, in a headless Chromium: what is on them, what steps, clicks and keys do.

    page_test.py GORT PAGE_SPECIMEN GORT_EXPLAIN LESSONS_PAGE LOG.slog FILE.trace
"""
import collections
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chromium  # noqa: E402  (it stands beside this file)

GORT, SPECIMEN, EXPLAIN, LESSONS_PAGE, LOG, TRACE = (os.path.abspath(a) for a in sys.argv[1:7])
FOLDER = tempfile.TemporaryDirectory(prefix="gort-page-test.")

# The state after a step, in the words of gort step --json.
STATE = """((step) => {
  const app = window.gort, values = app.timeline.after(step), d = app.d, out = {};
  for (const s of d.slots) {
    const v = values[s.number], type = s.field.type;
    const said = type === 1 ? v !== 0 : type === 2 ? v || null : type === 3 || type === 4 ? (v === 0 ? null : v - 1)
      : type === 5 ? d.texts[v] : v;
    const kind = s.object === "S" ? "sched" : s.object;
    out[kind] = out[kind] || {};
    if (kind === "sched") out[kind][s.field.name] = said;
    else (out[kind][s.id] = out[kind][s.id] || {})[s.field.name] = said;
  }
  return JSON.stringify(out);
})"""


def gort(*arguments, status=0, goroot=None):
    environment = {k: v for k, v in os.environ.items() if k != "GORT_GOROOT"}
    if goroot:
        environment["GORT_GOROOT"] = goroot
    done = subprocess.run([GORT, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    if done.returncode != status:
        raise AssertionError("gort %s: exit status %d: %s" % (" ".join(arguments), done.returncode, done.stderr.decode()))
    return done.stdout.decode(), done.stderr.decode()


def page_of(*arguments, goroot=None, name="page.html"):
    path = os.path.join(FOLDER.name, name)
    gort("study", LOG, "-o", path, *arguments, goroot=goroot)
    return path


def specimen(events):
    path = os.path.join(FOLDER.name, "specimen-%d.html" % events)
    if not os.path.exists(path):
        subprocess.run([SPECIMEN, str(events), path], check=True)
    return path


def installed_go():
    """An installed Go 1.24, or None."""
    for root in (os.environ.get("GORT_GOROOT"), "/usr/lib/go-1.24"):
        try:
            with open(os.path.join(root or "", "VERSION")) as version:
                if version.read().startswith("go1.24"):
                    return root
        except OSError:
            pass
    return None


def pixels(png):
    """The pixels of a PNG of eight bits a channel, as rows of tuples."""
    at, data = 8, b""
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        body = png[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert depth == 8 and colour in (2, 6)
            channels = 3 if colour == 2 else 4
        if kind == b"IDAT":
            data += body
        at += 12 + size
    raw, stride, rows, above = zlib.decompress(data), width * channels, [], bytearray(width * channels)
    for y in range(height):
        how, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left = line[i - channels] if i >= channels else 0
            corner = above[i - channels] if i >= channels else 0
            up = above[i]
            if how == 1:
                line[i] = (line[i] + left) & 255
            elif how == 2:
                line[i] = (line[i] + up) & 255
            elif how == 3:
                line[i] = (line[i] + (left + up) // 2) & 255
            elif how == 4:
                p = left + up - corner
                near = min((abs(p - left), 0, left), (abs(p - up), 1, up), (abs(p - corner), 2, corner))
                line[i] = (line[i] + near[2]) & 255
        rows.append([tuple(line[i:i + 3]) for i in range(0, stride, channels)])
        above = line
    return rows


class Pages(unittest.TestCase):
    """Each test opens a page in one browser."""

    @classmethod
    def setUpClass(cls):
        cls.browser = chromium.Browser(width=1280, height=800)

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        # Nothing that it started lives on: all of it names its folder.
        for process in os.listdir("/proc"):
            try:
                with open("/proc/%s/cmdline" % process, "rb") as command:
                    if cls.browser.folder.encode() in command.read():
                        raise AssertionError("process %s of the browser is left" % process)
            except OSError:
                pass

    def setUp(self):
        self.b = self.browser
        self.b.complaints.clear()
        self.b.scheme(False)

    def tearDown(self):
        self.assertEqual(self.b.complaints, [])

    def step(self):
        return self.b.evaluate("gort.step")

    def window(self):
        return self.b.evaluate("[gort.view.from, gort.view.to]")

    # ---- gort study

    def test_says_what_it_shows(self):
        self.b.open(page_of("--to", "999", "--at", "900"))
        self.assertEqual(self.b.text("#title"), os.path.basename(LOG))
        self.assertRegex(self.b.text("#below"), r"go1\.24\S* linux/amd64, GOMAXPROCS \d+, \d+ records")
        self.assertRegex(self.b.text("#remarks"), r"records from 0 to 999 of \d+")
        self.assertIn("proc.cc alone", self.b.text("#remarks"))
        for text in ("P0", "runq", "schedtick", "next", "ring", "Goroutines"):
            self.assertIn(text, self.b.evaluate("document.getElementById('state').textContent"))

    def test_the_state_is_that_of_gort_step(self):
        self.b.open(page_of())
        records = self.b.evaluate("gort.timeline.count")
        self.assertGreater(records, 3000)
        places = sorted({0, 1, 2, 17, records // 3, records // 2, records // 2 + 1, records - 2, records - 1})
        # Forward, and back again: the state must not depend on the way.
        for at in places + places[::-1]:
            self.b.evaluate("gort.go(%d)" % at)
            shown = json.loads(self.b.evaluate(STATE + "(gort.step)"))
            said = json.loads(gort("step", LOG, "--at", str(at), "--json")[0])
            for kind in ("sched", "P", "M", "G"):
                for key, value in said["state"].get(kind, {}).items():
                    self.assertEqual(shown[kind][key], value, "%s %s at %d" % (kind, key, at))

    def test_step_by_step_back_is_the_way_forward(self):
        self.b.open(page_of())
        self.assertEqual(self.b.evaluate(
            "(() => { const t = gort.timeline, n = Math.min(t.count, 4000), was = [];"
            " for (let i = 0; i < n; i++) was.push(JSON.stringify(t.after(i)));"
            " for (let i = n - 1; i >= 0; i--) if (JSON.stringify(t.after(i)) !== was[i]) return i;"
            " return -1; })()"), -1)

    def test_the_next_and_the_previous_step_of_the_same_m(self):
        self.b.open(page_of("--at", "2000"))
        ms = self.b.evaluate("[...gort.timeline.m]")
        self.assertGreater(len(set(ms[1900:2100])), 1)
        for _ in range(3):
            at = self.step()
            self.b.key("ArrowDown")
            self.assertEqual(self.step(), next(i for i in range(at + 1, len(ms)) if ms[i] == ms[at]))
        for _ in range(5):
            at = self.step()
            self.b.key("ArrowUp")
            self.assertEqual(self.step(), next(i for i in range(at - 1, -1, -1) if ms[i] == ms[at]))

    def test_lanes_say_what_the_state_says(self):
        self.b.open(page_of())
        # Where each runnable goroutine lies, and whom each P runs; a lane's span may begin at the step.
        wrong, held = self.b.evaluate("""(() => {
          const app = gort, d = app.d, lanes = new Map(d.lanes.map((l) => [l.name, l])), wrong = [];
          let held = 0;
          for (let at = 1; at < app.timeline.count; at += 3) {
            const values = app.timeline.after(at), where = new Map(), of = new Map();
            for (const s of d.slots) {
              const v = values[s.number], name = s.field.name;
              of.set(s.object + s.id + "." + name, v);
              if (name === "runnext" && v !== 0) where.set(v, "runnable: next");
              if (name === "runq") {
                for (const g of v) where.set(g, s.object === "S" ? "runnable: global queue" : "runnable: on a ring");
              }
            }
            const hold = (name, want) => {
              const lane = lanes.get(name), i = lane ? app.lanes.spanAt({lane}, at + 0.5, 0) : -1;
              const said = i < 0 ? "nothing" : d.causes[lane.spans.cause[i]].name + " g" + lane.spans.g[i];
              const fits = want === null ? !said.startsWith("runs") : said === want;
              held++;
              if (!fits) wrong.push(at + ": " + name + " says " + said + ", not " + want);
            };
            for (const s of d.slots) {
              if (s.field.name !== "status") continue;
              const word = d.texts[values[s.number]], id = s.id;
              if (s.object === "G" && word.startsWith("runnable")) {
                hold("g" + id, (where.get(id) || "runnable: in transit") + " g" + id);
              }
              if (s.object === "P") {
                const m = of.get("P" + id + ".m") - 1, g = word === "running" && m >= 0 ? of.get("M" + m + ".curg") : 0;
                hold("P" + id, g ? "runs g" + g : null);
              }
            }
          }
          return [wrong.slice(0, 5), held];
        })()""")
        self.assertEqual(wrong, [])
        self.assertGreater(held, 3000)

    def test_a_step_shows_what_it_changes(self):
        self.b.open(page_of())
        # A goroutine is put into runnext.
        at = self.b.evaluate("(() => { const t = gort.timeline; for (let i = 0; i < t.count; i++) {"
                             " const w = t.words(i); if (w.sentence[0] === 'p.runnext.Cas p=' && w.args[2] !== 0 &&"
                             " w.args[3]) return i; } return -1; })()")
        self.assertGreater(at, 0)
        self.b.evaluate("gort.go(%d)" % (at - 1))
        p, old, new = self.b.evaluate("gort.timeline.words(%d).args.slice(0, 3)" % at)
        slot = "[data-card=P%d] .queue" % p
        before = "nil" if old == 0 else "g%d" % old
        self.assertEqual(self.b.text(slot).split(), ["next", before])
        self.b.key("ArrowRight")
        self.assertEqual(self.step(), at)
        self.assertEqual(self.b.text(slot).split(), ["next", "g%d" % new])
        self.assertIn("p%d.runnext" % p, self.b.text("#changes"))
        self.assertIn("%s → g%d" % (before, new), self.b.text("#changes"))
        self.assertEqual(self.b.evaluate("document.querySelector(%r + ' .changed') !== null" % slot), True)
        self.b.key("ArrowLeft")
        self.assertEqual(self.step(), at - 1)
        self.assertEqual(self.b.text(slot).split(), ["next", before])

    def test_a_window_begins_with_the_state_before(self):
        self.b.open(page_of("--from", "500", "--to", "900", "--at", "700"))
        self.assertEqual(self.b.evaluate("document.getElementById('number').value"), "700")
        self.b.key("Home")
        self.assertEqual(self.b.evaluate("document.getElementById('number').value"), "499")
        shown = json.loads(self.b.evaluate(STATE + "(0)"))
        said = json.loads(gort("step", LOG, "--at", "499", "--json")[0])["state"]
        for kind in ("sched", "P", "M", "G"):
            for key, value in said[kind].items():
                self.assertEqual(shown[kind][key], value, "%s %s" % (kind, key))
        self.b.key("End")
        self.assertEqual(self.b.evaluate("document.getElementById('number').value"), "900")
        self.b.key("ArrowRight")
        self.assertEqual(self.b.evaluate("document.getElementById('number').value"), "900")

    def test_the_line_of_proc_cc_is_marked(self):
        self.b.open(page_of())
        for kind, line in (("runqput", 'at<"runqput">'), ("execute", 'at<"execute">'), ("wakep", 'at<"wakep">')):
            self.b.evaluate("gort.search.input.value = %r; gort.go(0); gort.search.find(1)" % kind)
            while not self.b.text("#steps .now").split()[-1 - self.b.text("#steps .now").count("=")] == kind:
                self.b.evaluate("gort.search.find(1)")
            calls = self.b.evaluate("[...document.querySelectorAll('#calls button')].map((b) => b.textContent)")
            self.assertEqual(calls[-1], kind)
            self.assertIn(line, self.b.text("#cc .now"))
        # Who called it is one click away.
        self.b.click_on("#calls button", 0)
        self.assertIn(calls[0], self.b.text("#cc-name"))
        self.assertIn("proc.cc", self.b.text("#cc-name"))

    def test_gos_line_is_beside(self):
        goroot = installed_go()
        if goroot is None:
            return print("no Go 1.24 here: no line of Go's is looked at")
        self.b.open(page_of(goroot=goroot))
        self.assertNotIn("proc.cc alone", self.b.text("#remarks") or "")
        seen = 0
        for kind, word in (("sched.npidle.Load", "npidle"), ("p.runqtail.Store", "runqtail"), ("notewakeup", "notewakeup")):
            self.b.evaluate("gort.search.input.value = %r; gort.go(0)" % kind)
            lines = []
            for _ in range(5):
                before = self.step()
                self.b.evaluate("gort.search.find(1)")
                if self.step() == before:
                    break
                lines.append(self.b.text("#go .now"))
                self.assertIn("proc.go", self.b.text("#go-name"))
            # A few places in a hundred lie on a line beside it (study/sources.h), and one may come several times.
            if lines:
                seen += 1
                self.assertTrue(any(word in line for line in lines), (kind, lines))
        self.assertGreater(seen, 1)

    def test_keys_move_the_lanes(self):
        self.b.open(page_of())
        self.b.move(800, 200)
        self.b.key("f")
        whole = self.window()
        self.b.key("w", hold=0.3)
        near = self.window()
        self.assertLess(near[1] - near[0], 0.9 * (whole[1] - whole[0]))
        self.b.key("d", hold=0.2)
        right = self.window()
        self.assertGreater(right[0], near[0])
        self.assertAlmostEqual(right[1] - right[0], near[1] - near[0], delta=1e-3)
        self.b.key("a", hold=0.3)
        self.assertLess(self.window()[0], right[0])
        self.b.key("s", hold=0.3)
        self.assertGreater(self.window()[1] - self.window()[0], near[1] - near[0])

    def test_search(self):
        self.b.open(page_of())
        self.b.key("/")
        self.b.type("goexit1")
        self.b.key("Enter")
        first = self.step()
        self.assertIn("goexit1", self.b.text("#steps .now"))
        self.b.key("Enter")
        second = self.step()
        self.assertGreater(second, first)
        self.assertIn("goexit1", self.b.text("#steps .now"))
        self.b.key("Enter", shift=True)
        self.assertEqual(self.step(), first)
        # By who did it, and by a goroutine that it speaks of; all words must hold.
        self.b.evaluate("gort.go(0); gort.search.input.value = 'm2 unlock'; gort.search.find(1)")
        self.assertGreater(self.step(), 0)
        self.assertEqual(self.b.text("#steps .now .who"), "m2")
        self.assertIn("unlock", self.b.text("#steps .now"))
        self.b.evaluate("gort.go(0); gort.search.input.value = 'g1 runqput'; gort.search.find(1)")
        self.assertRegex(self.b.text("#steps .now"), r"runqput.* g=g1\b")
        self.b.key("/")
        self.b.evaluate("gort.search.input.value = '#1234'")
        self.b.key("Enter")
        self.assertEqual(self.step(), 1234)
        self.b.evaluate("gort.search.input.value = 'no such thing'")
        self.b.key("Enter")
        self.assertEqual(self.step(), 1234)
        self.assertEqual(self.b.text("#found"), "nothing found")

    def test_a_goroutine_is_chosen_by_its_chip(self):
        self.b.open(page_of("--at", "2000"))
        name = self.b.text("#state .gs .chip.g")
        self.b.click_on("#state .gs .chip.g")
        self.assertEqual("g%d" % self.b.evaluate("gort.chosen"), name)
        self.assertTrue(self.b.evaluate("gort.lanes.rows.some((r) => r.kind === 'spans' && r.lane.name === %r)" % name))
        self.assertEqual(self.b.text("#state .chip.chosen"), name)
        self.b.key("Escape")
        self.assertEqual(self.b.evaluate("gort.chosen"), 0)

    def test_a_step_is_clicked_in_the_list(self):
        self.b.open(page_of("--at", "2000"))
        self.b.click_on("#steps li", 2)
        there = self.b.evaluate("Number(document.querySelectorAll('#steps li.now')[0].dataset.step)")
        self.assertEqual(self.step(), there)
        self.assertNotEqual(there, 2000)

    # ---- spans, stories

    def click_span(self, lane, span):
        """Clicks in the middle of a span that is made visible."""
        x, y = self.b.evaluate(
            "(() => { const row = gort.lanes.rows.find((r) => r.kind === 'spans' && r.lane.name === %r);"
            " const s = row.lane.spans || (gort.lanes.spanAt(row, 0, 0), row.lane.spans);"
            " gort.view.set(s.start[%d] - 5000, s.end[%d] + 5000); gort.draw();"
            " const box = gort.raster.canvas.getBoundingClientRect();"
            " return [box.x + 132 + gort.view.x((s.start[%d] + s.end[%d]) / 2), box.y + 24 + row.y - gort.lanes.scroll + 9]; })()"
            % (lane, span, span, span, span))
        self.b.click(x, y)

    def test_a_click_tells_the_story(self):
        self.b.open(specimen(3000))
        # One on P2 whose goroutine had waited, and not alone.
        self.b.evaluate("gort.lanes.spanAt(gort.lanes.rows.find((r) => r.lane && r.lane.name === 'P2'), 0, 0)")
        for span in range(30, 100):
            self.click_span("P2", span)
            if "behind g" in self.b.text("#story") and "runnable 0" not in self.b.text("#story"):
                break
        g = self.b.evaluate("gort.lanes.rows.find((r) => r.lane && r.lane.name === 'P2').lane.spans.g[%d]" % span)
        story = self.b.text("#story")
        self.assertIn("g%d" % g, story)
        self.assertRegex(story, r"runnable [\d.]+ (ns|µs|ms): \dth on p\d's ring behind g\d+\s*certain")
        # The state just before: the goroutine is still first on a ring; the source: where it was found.
        self.assertRegex(self.b.evaluate("document.getElementById('state').textContent"), r"ringg%d(?!\d)" % g)
        self.assertIn("return found(why::", self.b.text("#cc .now"))
        self.assertTrue(self.b.evaluate("document.querySelector('main').classList.contains('no-steps')") is False)
        self.b.key("Escape")
        self.assertTrue(self.b.evaluate("document.getElementById('story').hidden"))

    def test_a_story_tells_how_sure_it_is(self):
        self.b.open(specimen(3000))
        found = self.b.evaluate(
            "(() => { for (const row of gort.lanes.rows) { if (row.kind !== 'spans') continue;"
            " gort.lanes.spanAt(row, 0, 0); const s = row.lane.spans; for (let i = 0; i < s.n; i++) {"
            " if (s.story[i] === 0) continue; gort.select(row, i);"
            " if (document.querySelector('#story .inferred')) return document.getElementById('story').innerText; } }"
            " return ''; })()")
        self.assertRegex(found, r"stolen from p\d with \d others\s*inferred")

    # ---- gort explain --html

    def explained(self, *options, of=LOG):
        path = os.path.join(FOLDER.name, "explain.html")
        done = subprocess.run([EXPLAIN, *options, "--html", path, of], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return path

    # Each start on the lanes of Ps: when, who, and its story as one text.
    STORIES = """(() => {
      const app = window.gort, d = app.d, out = [];
      for (const row of app.lanes.rows) {
        if (row.kind !== "spans" || row.lane.name[0] !== "P") continue;
        app.lanes.spanAt(row, 0, 0);
        const s = row.lane.spans;
        for (let i = 0; i < s.n; i++) {
          if (s.story[i] === 0) continue;
          app.select(row, i);
          const said = [...document.querySelectorAll("#story p")].slice(1).map((p) => {
            const sure = p.querySelector(".sure"), mark = sure.textContent;
            sure.remove();
            if (/\\((inferred|open)\\)$/.test(p.textContent)) throw new Error("not as a mark: " + p.textContent);
            return p.textContent + (mark === "certain" ? "" : " (" + mark + ")");
          });
          out.push([s.start[i] + d.begin, s.g[i], said.join("; "), row.lane.name, app.step]);
        }
      }
      return out;
    })()"""

    def test_the_stories_are_those_of_gort_explain(self):
        sure = set()
        for of in (LOG, TRACE):
            self.b.open(self.explained(of=of))
            stories = self.b.evaluate(self.STORIES)
            self.assertGreater(len(stories), 30)
            by_g = collections.defaultdict(list)
            for time, g, text, _, _ in stories:
                by_g[g].append((time, text.lower()))
                sure.update(re.findall(r" \((inferred|open)\)", text))
            for g, shown in by_g.items():
                done = subprocess.run([EXPLAIN, "-g", str(g), "--json", of], stdout=subprocess.PIPE, check=True)
                life = [(e["ns"], e["text"].lower()) for e in json.loads(done.stdout)["life"] if "wait" in e]
                for entry in shown:
                    self.assertIn(entry, life)
        self.assertEqual(sure, {"inferred", "open"})

    def test_the_queues_are_those_just_before_a_start(self):
        self.b.open(self.explained())
        held = 0
        for _, g, text, lane, step in self.b.evaluate(self.STORIES):
            out = re.search(r"taken by p\d+ (from its ring|out of runnext)", text)
            if out is None:
                continue
            held += 1
            state = json.loads(self.b.evaluate(STATE + "(%d)" % step))["P"][lane[1:]]
            first = state["runnext"] if "runnext" in out.group(1) else state["runq"][0]
            self.assertEqual(first, g, "%s at step %d" % (lane, step))
        self.assertGreater(held, 20)

    def test_a_window_of_an_explanation(self):
        self.b.open(self.explained("--from", "100us", "--to", "300us"))
        begin, end = self.b.evaluate("[gort.d.begin, gort.d.end]")
        self.assertGreaterEqual(begin, 100000)
        self.assertLessEqual(end, 300000)
        self.b.key("Home")
        self.assertIn("the state at the beginning", self.b.text("#steps"))
        self.assertIn("p0.status", self.b.text("#state"))

    def test_a_p_is_one_threads_at_a_time(self):
        # A trace does not say when a thread goes to sleep.
        self.b.open(self.explained(of=TRACE))
        records = self.b.evaluate("gort.timeline.count")
        held = 0
        for at in range(records // 10, records, records // 40):
            state = json.loads(self.b.evaluate(STATE + "(%d)" % at))
            ps = [m["p"] for m in state["M"].values() if m["p"] is not None]
            self.assertEqual(len(ps), len(set(ps)), "step %d" % at)
            held += len(ps)
            self.b.evaluate("gort.go(%d)" % at)
            tops = self.b.evaluate("[...document.querySelectorAll('.card .top')].map((e) => e.textContent)")
            self.assertLessEqual(max(top.count("runs") for top in tops), 1)
        self.assertGreater(held, 30)
        # So the lane of a thread has gaps.
        self.assertTrue(self.b.evaluate(
            "gort.lanes.rows.some((r) => { if (r.kind !== 'spans' || r.lane.name[0] !== 'M') return false;"
            " gort.lanes.spanAt(r, 0, 0); const s = r.lane.spans;"
            " return s.busy[s.n] < 0.9 * (s.end[s.n - 1] - s.start[0]); })"))

    def test_text_is_never_html(self):
        self.b.open(specimen(3000))
        self.assertEqual(self.b.text("#below"), "a made-up trace of <b>3000</b> events")
        self.assertEqual(self.b.evaluate("document.title"), "specimen </title><script>")

    def test_a_lane_of_counts(self):
        self.b.open(specimen(3000))
        counts = self.b.evaluate("gort.lanes.rows.filter((r) => r.kind === 'count').map((r) => [r.counter.name, r.series.most])")
        self.assertEqual(len(counts), 8)
        # At the beginning all goroutines lie on the rings.
        self.assertEqual(sum(most for _, most in counts) >= 24, True)

    def test_a_trace_of_a_million_events_opens(self):
        self.b.open(specimen(1000000))
        self.assertGreater(self.b.evaluate("gort.d.lanes.reduce((n, l) => n + l.count, 0)"), 600000)
        self.b.evaluate("gort.go(gort.timeline.count - 1)")
        self.assertEqual(self.step(), self.b.evaluate("gort.timeline.count") - 1)

    # ---- gort lesson --html

    def test_lanes_alone_have_the_whole_window(self):
        path = os.path.join(FOLDER.name, "lesson.html")
        marks = "".join("# lesson %d\n" % n + "".join("%d %d A\n" % (t, t) for t in range(1, 13)) for n in (0, 1))
        subprocess.run([LESSONS_PAGE, path, "x"], input=marks.encode(), check=True)
        self.b.open(path)
        self.assertEqual(self.b.evaluate("document.querySelector('main').offsetHeight"), 0)
        self.assertEqual(self.b.evaluate("document.documentElement.scrollHeight"), 800)
        self.assertEqual(self.b.evaluate("document.getElementById('lanes').getBoundingClientRect().bottom"), 800)
        # All threads of both are seen.
        self.assertEqual(self.b.evaluate("gort.lanes.rows.filter((r) => r.kind === 'spans').length"), 24)
        self.assertTrue(self.b.evaluate("gort.lanes.height < gort.raster.h"))

    # ---- how it looks

    def test_the_picture_is_not_blank_in_both_schemes(self):
        grounds = []
        for dark in (False, True):
            self.b.scheme(dark)
            self.b.open(page_of("--at", "2000"))
            self.b.key("f")
            rows = pixels(self.b.picture())
            colours = collections.Counter(p for row in rows for p in row)
            self.assertGreater(len(colours), 200)
            ground, most = colours.most_common(1)[0]
            self.assertLess(most, 0.9 * len(rows) * len(rows[0]))
            grounds.append(sum(ground))
            # The lanes show what runs, in its colour.
            lanes = [p for row in rows[90:240] for p in row[140:]]
            self.assertGreater(sum(1 for r, g, b in lanes if g > r + 25 and g > b + 15), 300)
        self.assertGreater(grounds[0], 690)
        self.assertLess(grounds[1], 150)
        self.b.key("t")
        self.assertEqual(self.b.evaluate("document.documentElement.classList.contains('dark')"), False)

    def test_nothing_is_fetched(self):
        path = page_of("--to", "99")
        with open(path) as page:
            text = page.read()
        self.assertIsNone(re.search(r"https?://|src=|@import|url\(", text))


class Commands(unittest.TestCase):
    def bad(self, *arguments):
        _, said = gort(*arguments, status=2)
        self.assertEqual(len(said.splitlines()), 1, said)
        return said

    def test_bad_input_is_one_line(self):
        cut = os.path.join(FOLDER.name, "cut.slog")
        with open(LOG, "rb") as log, open(cut, "wb") as file:
            file.write(log.read()[:-100])
        for command in ("study", "step"):
            self.assertIn("no log", self.bad(command))
            self.assertIn("no option --nonsense", self.bad(command, LOG, "--nonsense"))
            self.assertIn("--at wants the number of a record", self.bad(command, LOG, "--at", "x"))
            self.assertRegex(self.bad(command, LOG, "--at", "99999999"), r"record 99999999: it has \d+, from 0 to \d+")
            self.assertRegex(self.bad(command, cut), r"cut\.slog: byte \d+: ")
            self.assertRegex(self.bad(command, "/no/such.slog"), r"/no/such\.slog: ")
        for arguments, said in ((["--html"], "--html wants a file"), (["--html", "/no/such/page.html", LOG], "No such file"),
                                (["--html", "page.html", "-g", "1", LOG], "at a time"),
                                (["--html", "page.html", cut], r"cut.slog: byte ")):
            done = subprocess.run([EXPLAIN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=FOLDER.name)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertEqual(len(done.stderr.decode().splitlines()), 1, done.stderr)
            self.assertIn(said, done.stderr.decode())
        self.assertIn("--from is after --to", self.bad("study", LOG, "--from", "5", "--to", "4"))
        self.assertIn("/no/such/page.html: No such file", self.bad("study", LOG, "-o", "/no/such/page.html"))

    def test_step_prints_the_state_and_the_records(self):
        said, _ = gort("step", LOG, "--at", "1000", "--from", "998", "--count", "5")
        self.assertRegex(said, r"^after record 1000 of \d+, made by \w+:\d+")
        self.assertRegex(said, r"(?m)^SCHED \d+ms: gomaxprocs=\d+ idleprocs=\d+ threads=\d+")
        self.assertRegex(said, r"(?m)^  P0: status=\d schedtick=\d+ syscalltick=\d+ m=\S+ runqsize=\d+")
        self.assertRegex(said, r"(?m)^  M0: p=\S+ curg=\S+")
        self.assertRegex(said, r"(?m)^  G1: status=\d\(.*\) m=\S+ lockedm=\S+")
        self.assertRegex(said, r"(?m)^  P0: runnext=\S+ runq=\[.*\]")
        self.assertEqual([int(m) for m in re.findall(r"(?m)^[> ] (\d+) m\d+ ", said)], [998, 999, 1000, 1001, 1002])
        self.assertEqual(re.findall(r"(?m)^> (\d+) ", said), ["1000"])

    def test_schedtrace_and_the_cells_agree(self):
        for at in (500, 1500, 3000):
            text = gort("step", LOG, "--at", str(at))[0]
            state = json.loads(gort("step", LOG, "--at", str(at), "--json")[0])["state"]
            for p, tick, m, size in re.findall(r"(?m)^  P(\d+): status=\d schedtick=(\d+) syscalltick=\d+ m=(\S+) runqsize=(\d+)", text):
                fields = state["P"][p]
                self.assertEqual((fields["schedtick"], len(fields["runq"])), (int(tick), int(size)))
                self.assertEqual("nil" if fields["m"] is None else str(fields["m"]), m)
            for g, m in re.findall(r"(?m)^  G([1-9]\d*): status=\d\(.*\) m=(\S+) lockedm", text):  # 0: it has no name yet
                self.assertEqual("nil" if state["G"][g]["m"] is None else str(state["G"][g]["m"]), m)


if __name__ == "__main__":
    if chromium.find() is None:
        sys.exit("page_test: no Chromium here; ./gort test installs it")
    unittest.main(argv=sys.argv[:1] + sys.argv[7:], verbosity=2)
