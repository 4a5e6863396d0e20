#!/usr/bin/env python3
"""Holds exports against the events that they were made of.

    export_check.py EVENTS.txt PERFETTO JSON CSV_FOLDER DATABASE

EVENTS.txt is what `gort trace text --ordered` prints, which is what Go's own reader says. From it the bars, arrows, marks and
curves are worked out again here, in another way than the exporter does: by asking after each event who has which thread and
processor. DATABASE is the folder, loaded into SQLite.
"""
import collections, csv, json, os, re, sqlite3, sys

QUOTED = r'"((?:[^"\\]|\\.)*)"'
HEAD = re.compile(r"^M=(-?\d+) P=(-?\d+) G=(-?\d+) (\w+) Time=(\d+)(.*)$")
GO = re.compile(r"^ GoID=(\d+) (\w+)->(\w+) Reason=" + QUOTED)
PROC = re.compile(r"^ ProcID=(\d+) (\w+)->(\w+) ")
METRIC = re.compile(r"^ Name=" + QUOTED + r" Value=Value\{Uint64\((\d+)\)\}")
RANGE = re.compile(r"^ Name=" + QUOTED + r" Scope=(\S+)")
TASK = re.compile(r"^ ID=(\d+) Parent=(\d+) Type=" + QUOTED)
REGION = re.compile(r"^ Task=(\d+) Type=" + QUOTED)
LOG = re.compile(r"^ Task=(\d+) Category=" + QUOTED + r" Message=" + QUOTED)

bad = 0


def complain(text):
    global bad
    bad += 1
    if bad <= 20:
        print("export_check: " + text, file=sys.stderr)


def same(what, got, want):
    if got == want:
        return
    if isinstance(got, list):
        for i in range(max(len(got), len(want))):
            g = got[i] if i < len(got) else None
            w = want[i] if i < len(want) else None
            if g != w:
                complain(f"{what}: number {i} of {len(got)} (expected {len(want)}) is {g}, not {w}")
                return
    complain(f"{what}: {got}, not {want}")


def unquote(text):
    return json.loads('"' + re.sub(r"\\x..|\\a|\\v", "?", text) + '"')


class Model:
    """What the events say."""

    def __init__(self, path):
        self.go_bars = collections.defaultdict(list)  # g: (from, to, state, reason)
        self.proc_bars = collections.defaultdict(list)  # p: (from, to, g, in a system call)
        self.thread_bars = collections.defaultdict(list)
        self.procs = collections.defaultdict(list)  # p: (from, to, state)
        self.wakes = 0  # and creations, that have a mark
        self.go_marks = 0  # by a goroutine
        self.arrows = 0  # from one to the start that followed
        self.curves = collections.defaultdict(list)
        self.ranges = collections.defaultdict(list)  # kind: (from, to)
        self.tasks, self.regions, self.logs, self.samples = [], [], [], 0
        self.labels = 0
        self.transitions = 0
        self.lives = collections.defaultdict(list)  # g: [from, to] for each time: C calls Go under the same number again
        self.start = self.end = None
        self._state = {}  # g: (state, reason, since)
        self._proc = {}  # p: (state, since)
        self._runnable = 0
        self._owner, self._current = {}, {}  # p: thread; thread: g
        self._shown = {"p": {}, "m": {}}
        self._since_start = set()  # goroutines and processors whose state is the one of the trace's beginning
        self._woken = {}
        self._open_ranges, self._open_tasks, self._open_regions = {}, {}, collections.defaultdict(list)
        with open(path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                head = HEAD.match(line)
                if head:
                    self._event(*[int(v) for v in head.groups()[:3]], head[4], int(head[5]), head[6])
        self._finish()

    def _event(self, m, p, g, kind, time, rest):
        if self.start is None:
            self.start = time
        self.end = time
        if kind == "StateTransition":
            go = GO.match(rest)
            if go:
                self._go(m, p, g, time, int(go[1]), go[2], go[3], unquote(go[4]))
            else:
                proc = PROC.match(rest)
                self._proc_event(m, time, int(proc[1]), proc[2], proc[3])
            self._show(time)
        elif kind == "Metric":
            name, value = METRIC.match(rest).groups()
            curve = {"/sched/gomaxprocs:threads": "GOMAXPROCS", "/memory/classes/heap/objects:bytes": "heap",
                     "/gc/heap/goal:bytes": "goal of the heap"}[name]
            self.curves[curve].append((time, int(value)))
        elif kind.startswith("Range"):
            name, scope = RANGE.match(rest).groups()
            key = (name.split(" (")[0], scope)
            if kind == "RangeEnd":
                if key in self._open_ranges:
                    self.ranges[key[0]].append((self._open_ranges.pop(key), time))
            elif key not in self._open_ranges:
                self._open_ranges[key] = time if kind == "RangeBegin" else self.start
        elif kind in ("TaskBegin", "TaskEnd"):
            task, parent, name = TASK.match(rest).groups()
            if kind == "TaskBegin":
                self._open_tasks[task] = (time, unquote(name))
            else:
                since, name = self._open_tasks.pop(task, (self.start, ""))
                self.tasks.append((since, time, name))
        elif kind in ("RegionBegin", "RegionEnd"):
            task, name = REGION.match(rest).groups()
            if kind == "RegionBegin":
                self._open_regions[g].append((time, unquote(name)))
            elif self._open_regions[g]:
                since, name = self._open_regions[g].pop()
                self.regions.append((g, since, time, name))
            else:
                self.regions.append((g, self.start, time, unquote(name)))
        elif kind == "Log":
            self.logs.append((time, g, unquote(LOG.match(rest)[2]), unquote(LOG.match(rest)[3])))
        elif kind == "StackSample":
            self.samples += 1
        elif kind == "Label":
            self.labels += 1

    def _go(self, m, p, by, time, g, old, new, reason):
        if g in self._state and old == new:
            return
        self.transitions += 1
        if g in self._state:
            state, why, since = self._state.pop(g)
            self.go_bars[g].append((since, time, state, why))
            self._runnable -= state == "Runnable"
            if state in ("Running", "Syscall"):
                self._current = {k: v for k, v in self._current.items() if v[0] != g}
        else:
            self.lives[g].append([time if old == "NotExist" else self.start, None])
        self._since_start.discard(("g", g))
        if new == "NotExist":
            self.lives[g][-1][1] = time
            self.regions += [(g, since, time, name) for since, name in reversed(self._open_regions.pop(g, []))]
            return
        if old == "Undetermined":
            self._since_start.add(("g", g))
        self._runnable += new == "Runnable"
        self._state[g] = (new, reason, self.start if old == "Undetermined" else time)
        if new in ("Running", "Syscall"):
            self._current[m] = (g, new == "Syscall")
        if new == "Running":
            self.arrows += self._woken.pop(g, False)
        elif new == "Runnable" and old in ("Waiting", "NotExist"):
            self.wakes += 1
            self.go_marks += by >= 0 and by != g
            self._woken[g] = True
        else:
            self._woken.pop(g, None)

    def _proc_event(self, m, time, p, old, new):
        if p in self._proc and old == new:
            return
        if p in self._proc:
            state, since = self._proc[p]
            self.procs[p].append((since, time, state))
        self._since_start.discard(("p", p))
        if old == "Undetermined":
            self._since_start.add(("p", p))
        self._proc[p] = (new, self.start if old == "Undetermined" else time)
        if new == "Running":
            self._owner[p] = m
        else:
            self._owner.pop(p, None)

    def _show(self, time):
        """Who has what now, and the bars that end by it."""
        now_p = {p: self._current[m] for p, m in self._owner.items() if m in self._current}
        for which, now, bars in (("p", now_p, self.proc_bars), ("m", self._current, self.thread_bars)):
            shown = self._shown[which]
            for key in [k for k in shown if now.get(k) != shown[k][0]]:
                content, since = shown.pop(key)
                bars[key].append((since, time, *content))
            for key, content in now.items():
                if key not in shown:
                    always = ("g", content[0]) in self._since_start and (which == "m" or ("p", key) in self._since_start)
                    shown[key] = (content, self.start if always else time)
        for curve, value in (("runnable goroutines", self._runnable),
                             ("running processors", len(self._owner))):
            if (self.curves[curve][-1][1] if self.curves[curve] else 0) != value:
                self.curves[curve].append((time, value))

    def _finish(self):
        for g, (state, why, since) in self._state.items():
            self.go_bars[g].append((since, self.end, state, why))
            self.lives[g][-1][1] = self.end
        for p, (state, since) in self._proc.items():
            self.procs[p].append((since, self.end, state))
        for which, bars in (("p", self.proc_bars), ("m", self.thread_bars)):
            for key, (content, since) in self._shown[which].items():
                bars[key].append((since, self.end, *content))
        for key, since in self._open_ranges.items():
            self.ranges[key[0]].append((since, self.end))
        self.tasks += [(since, self.end, name) for since, name in self._open_tasks.values()]
        for g, regions in self._open_regions.items():
            self.regions += [(g, since, self.end, name) for since, name in regions]


class Picture:
    """An export, whichever it is: lanes by number with their names and groups, bars, marks, arrows, curves."""

    def __init__(self):
        self.names, self.parents, self.curve_names = {}, {}, {}
        self.bars = collections.defaultdict(list)  # lane: (from, to, name, details)
        self.marks = collections.defaultdict(list)  # lane: (time, name, details)
        self.curves = collections.defaultdict(list)
        self.arrows_out, self.arrows_in = {}, {}  # arrow: (time, lane)
        self._open, self._last = collections.defaultdict(list), {}

    def _at(self, lane, time):
        if lane not in self.names:
            complain(f"something on lane {lane}, which is not described")
        if time < self._last.get(lane, 0):
            complain(f"lane {lane} ({self.names.get(lane)}) goes back from {self._last[lane]} to {time}")
        self._last[lane] = time

    def begin(self, lane, time, name, details):
        self._at(lane, time)
        self._open[lane].append((time, name, details))

    def end(self, lane, time):
        self._at(lane, time)
        if not self._open[lane]:
            return complain(f"lane {lane} ({self.names.get(lane)}): an end at {time} without a beginning")
        since, name, details = self._open[lane].pop()
        self.bars[lane].append((since, time, name, details))

    def mark(self, lane, time, name, details):
        self._at(lane, time)
        self.marks[lane].append((time, name, details))

    def arrow(self, ends, arrow, lane, time):
        known = self.arrows_in if ends else self.arrows_out
        if arrow in known:
            complain(f"arrow {arrow} {'ends' if ends else 'begins'} twice")
        known[arrow] = (time, lane)

    def done(self):
        for lane, open_bars in self._open.items():
            if open_bars:
                complain(f"lane {lane} ({self.names[lane]}): {len(open_bars)} bars have no end")

    def group(self, lane):
        while self.parents.get(lane):
            lane = self.parents[lane]
        return self.names[lane]

    def lanes(self, group, kind):
        """The lanes of a group by the number in their names."""
        found = {}
        for lane, name in self.names.items():
            number = re.search(r"(?:^| )" + kind + r"(\d+)$", name)
            if number and self.parents.get(lane) and self.group(lane) == group:
                if int(number[1]) in found:
                    complain(f"two lanes of {name}")
                found[int(number[1])] = lane
        return found


# ---- Perfetto: the messages and fields of the published schema that exports use, by number: name, type.
# Types: v varint, f fixed64, s string, or the name of a message.

SCHEMA = {
    "Trace": {1: ("packet", "TracePacket")},
    "TracePacket": {6: ("clock_snapshot", "ClockSnapshot"), 8: ("timestamp", "v"), 10: ("trusted_packet_sequence_id", "v"),
                    11: ("track_event", "TrackEvent"), 12: ("interned_data", "InternedData"), 13: ("sequence_flags", "v"),
                    60: ("track_descriptor", "TrackDescriptor")},
    "TrackDescriptor": {1: ("uuid", "v"), 2: ("name", "s"), 5: ("parent_uuid", "v"), 8: ("counter", "CounterDescriptor"),
                        11: ("child_ordering", "v"), 12: ("sibling_order_rank", "v"), 15: ("sibling_merge_behavior", "v")},
    "CounterDescriptor": {3: ("unit", "v")},
    "TrackEvent": {4: ("debug_annotations", "DebugAnnotation"), 9: ("type", "v"), 10: ("name_iid", "v"), 11: ("track_uuid", "v"),
                   23: ("name", "s"), 30: ("counter_value", "v"), 47: ("flow_ids", "f"), 48: ("terminating_flow_ids", "f"), 56: ("callstack_iid", "v")},
    "DebugAnnotation": {4: ("int_value", "v"), 6: ("string_value", "s"), 10: ("name", "s"), 17: ("string_value_iid", "v")},
    "InternedData": {2: ("event_names", "EventName"), 5: ("function_names", "InternedString"), 6: ("frames", "Frame"), 7: ("callstacks", "Callstack"),
                     18: ("source_paths", "InternedString"), 29: ("debug_annotation_string_values", "InternedString")},
    "EventName": {1: ("iid", "v"), 2: ("name", "s")},
    "InternedString": {1: ("iid", "v"), 2: ("str", "s")},
    "Frame": {1: ("iid", "v"), 2: ("function_name_id", "v"), 5: ("source_path_iid", "v"), 6: ("line_number", "v")},
    "Callstack": {1: ("iid", "v"), 2: ("frame_ids", "v")},
    "ClockSnapshot": {1: ("clocks", "Clock")},
    "Clock": {1: ("clock_id", "v"), 2: ("timestamp", "v")},
}
REPEATED = {"packet", "debug_annotations", "flow_ids", "terminating_flow_ids", "function_names", "frames", "callstacks", "event_names",
            "source_paths", "debug_annotation_string_values", "frame_ids", "clocks"}


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def message(data, at, end, kind):
    fields = {}
    while at < end:
        key, at = varint(data, at)
        if key >> 3 not in SCHEMA[kind]:
            raise ValueError(f"{kind} has no field {key >> 3}")
        name, of = SCHEMA[kind][key >> 3]
        if (key & 7) != {"v": 0, "f": 1}.get(of, 2):
            raise ValueError(f"{kind}.{name} is not of wire type {key & 7}")
        if of == "v":
            value, at = varint(data, at)
        elif of == "f":
            value, at = int.from_bytes(data[at:at + 8], "little"), at + 8
        else:
            size, at = varint(data, at)
            value = data[at:at + size].decode("utf-8") if of == "s" else message(data, at, at + size, of)
            at += size
        if name in REPEATED:
            fields.setdefault(name, []).append(value)
        elif name in fields:
            raise ValueError(f"{kind}.{name} is there twice")
        else:
            fields[name] = value
    if at != end:
        raise ValueError(f"{kind} is longer than it says")
    return fields


def read_perfetto(path):
    picture = Picture()
    with open(path, "rb") as file:
        data = file.read()
    texts, frames, stacks, functions, paths, names = {}, {}, {}, {}, {}, {}
    for number, packet in enumerate(message(data, 0, len(data), "Trace")["packet"]):
        if packet["trusted_packet_sequence_id"] != 1 or packet["sequence_flags"] != (1 if number == 0 else 2):
            complain(f"packet {number} is of another sequence or has other flags")
        interned = packet.get("interned_data", {})
        for known, new in ((names, "event_names"), (functions, "function_names"), (paths, "source_paths"), (texts, "debug_annotation_string_values"),
                           (frames, "frames"), (stacks, "callstacks")):
            for item in interned.get(new, []):
                if item["iid"] in known or item["iid"] == 0:
                    complain(f"{new}: number {item['iid']} is given twice, or 0")
                known[item["iid"]] = item
        if "track_descriptor" in packet:
            track = packet["track_descriptor"]
            if track["uuid"] in picture.names or track["uuid"] == 0:
                complain(f"lane {track['uuid']} is described twice, or 0")
            if track.get("parent_uuid", 0) and track["parent_uuid"] not in picture.names:
                complain(f"lane {track['uuid']} is below one that comes later")
            (picture.curve_names if "counter" in track else picture.names)[track["uuid"]] = track["name"]
            picture.parents[track["uuid"]] = track.get("parent_uuid", 0)
        if "track_event" not in packet:
            continue
        event, time = packet["track_event"], packet["timestamp"]
        lane = event["track_uuid"]
        if "name_iid" in event:
            event["name"] = names[event["name_iid"]]["name"]
        details = {}
        for annotation in event.get("debug_annotations", []):
            iid = annotation.get("string_value_iid")
            details[annotation["name"]] = texts[iid]["str"] if iid else annotation.get("string_value", annotation.get("int_value"))
        if "callstack_iid" in event:
            rows = [frames[f] for f in reversed(stacks[event["callstack_iid"]]["frame_ids"])]
            text = lambda known, f, key: known[f[key]]["str"] if key in f else ""
            shown = " < ".join(f"{text(functions, f, 'function_name_id')} "
                               f"({text(paths, f, 'source_path_iid').split('/')[-1]}:{f['line_number']})" for f in rows)
            if shown != details.pop("stack"):
                complain(f"a callstack and its text differ: {shown}")
            details["stack"] = shown
        if event["type"] == 1:
            picture.begin(lane, time, event["name"], details)
        elif event["type"] == 2:
            picture.end(lane, time)
        elif event["type"] == 3:
            picture.mark(lane, time, event["name"], details)
        elif event["type"] == 4:
            picture.curves[picture.curve_names[lane]].append((time, event["counter_value"]))
        for arrow in event.get("flow_ids", []):
            picture.arrow(False, arrow, lane, time)
        for arrow in event.get("terminating_flow_ids", []):
            picture.arrow(True, arrow, lane, time)
    picture.done()
    return picture


def read_json(path):
    picture = Picture()
    with open(path, encoding="utf-8") as file:
        trace = json.load(file, parse_float=lambda text: int(text.replace(".", "")))
    frames = trace["stackFrames"]
    for number, frame in frames.items():
        if "parent" in frame and int(frame["parent"]) >= int(number):
            complain(f"frame {number} comes before its parent")
    for event in trace["traceEvents"]:
        lane, kind = event["tid"], event["ph"]
        if kind == "M":
            if event["name"] == "process_name":
                picture.names[event["pid"]] = event["args"]["name"]
            elif event["name"] == "thread_name":
                picture.names[lane] = event["args"]["name"]
                picture.parents[lane] = event["pid"]
            continue
        if "sf" in event and str(event["sf"]) not in frames:
            complain(f"an event has stack {event['sf']}, which is nowhere")
        time = event["ts"]
        if kind == "B":
            picture.begin(lane, time, event["name"], event.get("args", {}))
        elif kind == "E":
            picture.end(lane, time)
        elif kind == "i":
            picture.mark(lane, time, event["name"], event.get("args", {}))
        elif kind == "C":
            picture.curves[event["name"].replace(" (bytes)", "")].append((time, event["args"]["value"]))
        elif kind in "sf":
            picture.arrow(kind == "f", event["id"], lane, time)
        else:
            complain(f"an event of kind {kind}")
    picture.done()
    return picture


def check_picture(model, picture):
    words = {"Running": "running", "Runnable": "runnable", "Syscall": "system call", "Waiting": "waiting"}
    lanes = picture.lanes("Goroutines", "G")
    same("goroutines", sorted(lanes), sorted(model.go_bars))
    for g, bars in sorted(model.go_bars.items()):
        want = [(a, b, (why or "waiting") if state == "Waiting" else words[state]) for a, b, state, why in bars]
        same(f"the bars of goroutine {g}", [bar[:3] for bar in picture.bars[lanes.get(g)]], want)
    total = sum(b - a for bars in model.go_bars.values() for a, b, state, _ in bars if state == "Running")
    same("running time of all goroutines",
         sum(b - a for lane in lanes.values() for a, b, name, _ in picture.bars[lane] if name == "running"), total)
    for group, kind, wanted in (("Processors", "P", model.proc_bars), ("Threads", "M", model.thread_bars)):
        lanes = picture.lanes(group, kind)
        same(f"{group} that ran something", sorted(k for k, lane in lanes.items() if picture.bars[lane]), sorted(wanted))
        for number, bars in sorted(wanted.items()):
            got = [(a, b, details["G"], name.startswith("system call: ")) for a, b, name, details in picture.bars[lanes.get(number)]]
            same(f"the bars of {kind}{number}", got, bars)
            for _, _, name, details in picture.bars[lanes.get(number)]:
                if not name.endswith(f"G{details['G']}"):
                    complain(f"a bar of goroutine {details['G']} is called {name}")
    for curve in set(model.curves) | set(picture.curves):
        same(f"curve {curve}", picture.curves[curve], model.curves[curve])
    marks = [(time, picture.group(lane), name) for lane, all_marks in picture.marks.items() for time, name, _ in all_marks]
    wakes = [mark for mark in marks if mark[2].startswith(("wake ", "create ")) and mark[1] != "Goroutines"]
    # Who has neither thread nor processor has no mark there.
    same("marks of wakeups and creations", len(wakes), model.wakes)
    same("those by goroutines", len([mark for mark in marks if mark[2].startswith(("wake ", "create ")) and mark[1] == "Goroutines"]),
         model.go_marks)
    same("arrows that arrive", len(picture.arrows_in), 2 * model.arrows)
    same("arrows that set out", len(picture.arrows_out), 2 * model.wakes)
    for arrow, (time, lane) in picture.arrows_in.items():
        if arrow not in picture.arrows_out:
            complain(f"arrow {arrow} comes from nowhere")
        elif picture.arrows_out[arrow][0] >= time:
            complain(f"arrow {arrow} goes back in time")
        if not any(bar[0] == time for bar in picture.bars[lane]) if len(picture.bars[lane]) < 200 else False:
            complain(f"arrow {arrow} ends where no bar begins")
    by_name = collections.defaultdict(list)
    for lane, name in picture.names.items():
        kind = {"garbage collector": "GC concurrent mark phase", "stopped world": "stop-the-world"}.get(name)
        kind = kind or ("GC mark assist" if name.endswith(": mark assist") else "GC incremental sweep" if name.endswith(": sweep") else None)
        if kind:
            by_name[kind] += [bar[:2] for bar in picture.bars[lane]]
    for kind in set(model.ranges) | set(by_name):
        same(kind, sorted(by_name[kind]), sorted(model.ranges[kind]))
    tasks = [bar[:3] for lane in picture.names if picture.group(lane) == "Tasks" for bar in picture.bars[lane]]
    same("tasks", sorted(tasks), sorted((a, b, name or "task") for a, b, name in model.tasks))
    regions, logs = [], []
    for lane, name in picture.names.items():
        if name.endswith(": regions and logs"):
            g = int(re.search(r"G(\d+): ", name)[1])
            regions += [(g, b, what) for a, b, what, _ in picture.bars[lane]]
            logs += [(time, g, details.get("category", ""), details.get("message", "")) for time, _, details in picture.marks[lane]]
    # Of those that began before the trace the beginnings may be moved: they must not cross.
    same("regions", sorted(regions), sorted((g, b, name) for g, a, b, name in model.regions))
    same("logs", sorted(logs), sorted(model.logs))
    samples = [mark for mark in marks if mark[2] == "CPU sample" and mark[1] == "Threads"]
    same("CPU samples", len(samples), model.samples)


def check_csv(model, folder, database):
    db = sqlite3.connect(database)
    one = lambda query: db.execute(query).fetchone()[0]
    rows = lambda query: [tuple(row) for row in db.execute(query)]
    for name in sorted(name for name in os.listdir(folder) if name.endswith(".csv")):
        with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
            table = list(csv.reader(file))
        if any(len(row) != len(table[0]) for row in table):
            complain(f"{name}: rows of different lengths")
        same(f"rows of {name} in SQLite", one(f"select count(*) from {name[:-4]}"), len(table) - 1)
    start = model.start
    span = model.end - start
    same("span", one("select value from trace where key = 'span_ns'"), str(span))
    same("start", one("select value from trace where key = 'start'"), str(start))
    want = collections.Counter()
    for bars in model.go_bars.values():
        for a, b, state, _ in bars:
            want[state.lower()] += b - a
    same("time by state", dict(rows("select state, sum(to_ns - from_ns) from intervals group by state")), dict(want))
    # Each goroutine is in one state at each moment of its life.
    same("time of all states", one("select sum(to_ns - from_ns) from intervals"), one("select sum(to_ns - from_ns) from goroutines"))
    same("lives", rows("select g, from_ns, to_ns from goroutines order by g, from_ns"),
         sorted((g, a - start, b - start) for g, lives in model.lives.items() for a, b in lives))
    same("gaps and overlaps", rows("""select g, from_ns, last from (select i.g, i.from_ns, lag(i.to_ns, 1, l.from_ns) over
        (partition by l.g, l.from_ns order by i.from_ns) as last from intervals i join goroutines l
        on l.g = i.g and l.from_ns <= i.from_ns and i.to_ns <= l.to_ns) where last <> from_ns"""), [])
    same("intervals", rows("select g, from_ns, to_ns, state, reason from intervals order by g, from_ns"),
         sorted((g, a - start, b - start, state.lower(), why) for g, bars in model.go_bars.items() for a, b, state, why in bars))
    same("transitions", one("select count(*) from transitions"), model.transitions)
    # A transition ends one interval and begins another.
    same("transitions without an interval", rows("""select t.time_ns from transitions t left join intervals i
        on i.g = t.g and i.from_ns = t.time_ns and i.state = t.to_state
        where i.g is null and t.to_state <> 'notexist' and t.from_state <> 'undetermined'"""), [])
    same("processors", rows("select p, from_ns, to_ns, state from procs order by p, from_ns"),
         sorted((p, a - start, b - start, state.lower()) for p, bars in model.procs.items() for a, b, state in bars))
    shift = lambda pairs: sorted((a - start, b - start) for a, b in pairs)
    same("stopped worlds", rows("select from_ns, to_ns from stw order by 1, 2"), shift(model.ranges["stop-the-world"]))
    for kind, name in (("mark", "GC concurrent mark phase"), ("sweep", "GC incremental sweep"), ("assist", "GC mark assist")):
        same(kind, rows(f"select from_ns, to_ns from gc where kind = '{kind}' order by 1, 2"), shift(model.ranges[name]))
    same("tasks", rows("select from_ns, to_ns, name from tasks order by 1, 2, 3"),
         sorted((a - start, b - start, name) for a, b, name in model.tasks))
    same("regions", rows("select g, from_ns, to_ns, name from regions order by 1, 2, 3, 4"),
         sorted((g, a - start, b - start, name) for g, a, b, name in model.regions))
    same("logs", rows("select time_ns, g, category, message from logs order by 1"),
         sorted((time - start, g, category, text) for time, g, category, text in model.logs))
    same("CPU samples", one("select count(*) from cpu_samples"), model.samples)
    same("labels", one("select count(*) from labels"), model.labels)
    same("metrics", one("select count(*) from metrics"),
         sum(len(v) for k, v in model.curves.items() if k not in ("runnable goroutines", "running processors")))
    for table, column in (("intervals", "stack"), ("transitions", "stack"), ("transitions", "by_stack"), ("stw", "stack"),
                          ("gc", "stack"), ("tasks", "stack"), ("regions", "stack"), ("logs", "stack"), ("cpu_samples", "stack"),
                          ("goroutines", "creation_stack")):
        same(f"stacks of {table}.{column} that are nowhere",
             rows(f"select {column} from {table} where {column} <> '' and {column} not in (select stack from stacks)"), [])
    same("frames that are nowhere", rows("select frame from stacks where frame not in (select frame from frames)"), [])


def main():
    model = Model(sys.argv[1])
    # Tests of the clock alone have no events.
    if not model.transitions and os.path.getsize(sys.argv[1]) > 1000:
        complain("a trace in which nothing happens")
    for read, path in ((read_perfetto, sys.argv[2]), (read_json, sys.argv[3])):
        before = bad
        check_picture(model, read(path))
        if bad != before:
            print(f"export_check: that was {path}", file=sys.stderr)
    check_csv(model, sys.argv[4], sys.argv[5])
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
