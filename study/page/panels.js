// The state as cards: the scheduler, each P with its queue, the Ms, the goroutines by status; what the step changed is
// marked, what left a queue is struck out. And the list of steps around the one that is shown, and a span's story.

// Colours of statuses, by tone.
const kStatusTone = {
  running: 1, idle: 0, syscall: 3, gcstop: 13, dead: 15, runnable: 5, waiting: 4, preempted: 8, copystack: 2,
  scheduler: 2, given: 10, "GC worker": 2,
};
const kStatusOrder = ["running", "runnable", "syscall", "waiting", "preempted", "copystack"];
const kManyGoroutines = 150;

class Panels {
  constructor(app) {
    this.app = app;
    this.d = app.d;
    this.root = document.getElementById("state");
    // Slots by object: "P0" -> {field: slot}.
    this.objects = {S: new Map(), P: new Map(), M: new Map(), G: new Map()};
    for (const s of this.d.slots) {
      const of = this.objects[s.object];
      if (!of.has(s.id)) of.set(s.id, {});
      of.get(s.id)[s.field.name] = s;
    }
    for (const kind of ["P", "M", "G"]) {
      this.objects[kind] = new Map([...this.objects[kind]].sort((a, b) => a[0] - b[0]));
    }
  }

  // The state after a step, and what it changed.
  show(step) {
    const timeline = this.app.timeline;
    this.changes = timeline.changed(step);
    this.values = timeline.after(step);
    const out = document.createDocumentFragment();
    out.append(this.summary(), this.scheduler());
    for (const [name, part] of [["Ps", this.ps()], ["Ms", this.ms()], ["Goroutines", this.gs()]]) {
      if (part.childNodes.length > 0) out.append(element("h3", "", name), part);
    }
    this.root.replaceChildren(out);
  }

  value(slot) { return slot === undefined ? undefined : this.values[slot.number]; }

  // A value as elements.
  piece(type, v) {
    switch (type) {
      case kG: return v === 0 ? element("span", "none", "nil") : this.app.chip("g", v);
      case kP: return v === 0 ? element("span", "none", "nil") : this.app.chip("p", v - 1);
      case kM: return v === 0 ? element("span", "none", "nil") : this.app.chip("m", v - 1);
      case kWord: return document.createTextNode(this.d.texts[v] || "–");
      case kBool: return document.createTextNode(v ? "true" : "false");
      default: return document.createTextNode(String(v));
    }
  }

  // The same, marked if it changed.
  field(slot) {
    if (slot.field.type >= kGs) return this.list(slot);
    const e = element("span", "");
    e.append(this.piece(slot.field.type, this.values[slot.number]));
    const change = this.changes.get(slot.number);
    if (change !== undefined && change.before !== this.values[slot.number]) {
      e.className = "changed";
      e.title = "was " + this.text(slot.field.type, change.before);
    }
    return e;
  }

  text(type, v) {
    switch (type) {
      case kG: return argText(this.d, "g", v);
      case kP: return argText(this.d, "p", v - 1);
      case kM: return argText(this.d, "m", v - 1);
      case kWord: return this.d.texts[v] || "none";
      case kBool: return argText(this.d, "b", v);
      default: return String(v);
    }
  }

  list(slot, most = 64) {
    const kind = {[kGs]: "g", [kPs]: "p", [kMs]: "m"}[slot.field.type];
    const v = this.values[slot.number], change = this.changes.get(slot.number), e = element("span", "");
    const chips = [];
    const lo = change === undefined ? -1 : change.at, hi = change === undefined ? -1 : change.at + change.inserted;
    for (let i = 0; i < v.length || i === lo; i++) {
      if (i === lo) {
        for (const id of change.removed.slice(0, 40)) {
          const gone = this.app.chip(kind, id);
          gone.classList.add("gone");
          chips.push(gone);
        }
      }
      if (i >= v.length) break;
      if (i >= most && !(i >= lo && i < hi && chips.length < most + 40)) {
        if (i === Math.max(most, hi)) {
          if (lo < i) break;
          i = lo - 1;  // what changed is farther back
          chips.push(element("span", "none", " … "));
        }
        continue;
      }
      const c = this.app.chip(kind, v[i]);
      if (i >= lo && i < hi) c.classList.add("new");
      chips.push(c);
    }
    if (v.length === 0 && chips.length === 0) chips.push(element("span", "none", "empty"));
    e.append(...chips);
    if (v.length > 8) e.append(element("span", "none", " " + v.length));
    return e;
  }

  // In words, what the step changed.
  summary() {
    const e = element("div", "");
    e.id = "changes";
    for (const [number, change] of [...this.changes].slice(0, 24)) {
      const slot = this.d.slots[number], c = element("span", "change");
      const name = (slot.object === "S" ? "sched" : slot.object.toLowerCase() + slot.id) + "." + slot.field.name;
      c.append(element("b", "", name), " ");
      if (slot.field.type >= kGs) {
        const kind = {[kGs]: "g", [kPs]: "p", [kMs]: "m"}[slot.field.type];
        const more = (ids) => (ids.length > 6 ? " … (" + ids.length + ")" : "");
        const names = (ids) => ids.slice(0, 6).map((id) => kind + id).join(" ") + more(ids);
        if (change.removed.length > 0) c.append("− " + names(change.removed) + " ");
        const added = this.values[number].slice(change.at, change.at + change.inserted);
        if (added.length > 0) c.append("+ " + names(added));
      } else {
        if (change.before === this.values[number]) continue;
        c.append(this.text(slot.field.type, change.before) + " → " + this.text(slot.field.type, this.values[number]));
      }
      e.append(c);
    }
    if (e.childNodes.length === 0) e.append(element("span", "none", "nothing of the state changes here"));
    return e;
  }

  scheduler() {
    const out = document.createDocumentFragment(), fields = this.objects.S.get(0);
    if (fields === undefined) return out;
    out.append(element("h3", "", "Scheduler"));
    const pairs = element("div", "pairs"), lists = [];
    for (const slot of Object.values(fields)) {
      const pair = element("span", "");
      pair.append(element("b", "", slot.field.name), this.field(slot));
      if (slot.field.type >= kGs) lists.push(pair); else pairs.append(pair);
    }
    out.append(pairs);
    for (const pair of lists) {
      const q = element("div", "queue");
      q.append(...pair.childNodes);
      out.append(q);
    }
    return out;
  }

  badge(text) {
    const e = element("span", "badge", text);
    const tone = kStatusTone[text.split("+")[0]] ?? 15;
    e.style.background = tone === 0 ? "var(--tone-15)" : "var(--tone-" + tone + ")";
    return e;
  }

  touched(fields) { return Object.values(fields).some((s) => this.changes.has(s.number)); }

  ps() {
    const out = element("div", "cards");
    for (const [id, f] of this.objects.P) {
      if (f.status !== undefined && this.d.texts[this.value(f.status)] === "") continue;
      const card = element("div", "card" + (this.touched(f) ? " touched" : "")), top = element("div", "top");
      card.dataset.card = "P" + id;
      top.append(element("strong", "", "P" + id));
      if (f.status !== undefined) {
        const badge = this.badge(this.d.texts[this.value(f.status)]);
        const mark = element("span", this.field(f.status).className);
        mark.append(badge);
        top.append(mark);
      }
      if (f.m !== undefined && (this.value(f.m) !== 0 || this.changes.has(f.m.number))) {
        top.append(this.field(f.m));
        const m = this.objects.M.get(this.value(f.m) - 1);
        // What the P itself says, below, is the better one.
        if (f.runs === undefined && m?.curg !== undefined && this.value(m.curg) !== 0) {
          top.append("runs ", this.field(m.curg));
        }
      }
      if (f.runs !== undefined && (this.value(f.runs) !== 0 || this.changes.has(f.runs.number))) {
        top.append("runs ", this.field(f.runs));
      }
      card.append(top);
      for (const [name, title] of [["runnext", "next"], ["runq", "ring"]]) {
        if (f[name] === undefined) continue;
        const q = element("div", "queue");
        q.append(element("b", "", title), this.field(f[name]));
        card.append(q);
      }
      const pairs = element("div", "pairs");
      for (const slot of Object.values(f)) {
        if (["status", "m", "runs", "runnext", "runq"].includes(slot.field.name)) continue;
        const pair = element("span", "");
        pair.append(element("b", "", slot.field.name), this.field(slot));
        pairs.append(pair);
      }
      card.append(pairs);
      out.append(card);
    }
    return out;
  }

  ms() {
    const out = element("div", "ms");
    for (const [id, f] of this.objects.M) {
      if (f.there !== undefined && this.value(f.there) === 0) continue;
      const card = element("div", this.touched(f) ? "touched" : "");
      card.dataset.card = "M" + id;
      card.append(this.app.chip("m", id));
      for (const slot of Object.values(f)) {
        if (slot.field.name === "there") continue;
        const v = this.value(slot), changed = this.changes.has(slot.number);
        if (v === 0 && !changed) continue;
        if (slot.field.type === kBool) {
          const e = element("span", changed ? "changed" : "", " " + (v ? slot.field.name : "not " + slot.field.name));
          card.append(e);
        } else {
          card.append(element("span", "none", " " + slot.field.name + " "), this.field(slot));
        }
      }
      out.append(card);
    }
    return out;
  }

  gs() {
    const out = document.createDocumentFragment(), groups = new Map(), texts = this.d.texts;
    const changes = new Set();  // goroutines; there may be a hundred thousand, so each costs a look or two
    for (const number of this.changes.keys()) {
      if (this.d.slots[number].object === "G") changes.add(this.d.slots[number].id);
    }
    let dead = 0;
    for (const [id, f] of this.objects.G) {
      if (f.status === undefined) continue;
      const status = this.values[f.status.number];
      if (status === 0) continue;
      const changed = changes.size > 0 && changes.has(id);
      if (!changed && texts[status] === "dead") {
        dead++;
        continue;
      }
      const reason = f.waitreason === undefined ? 0 : this.values[f.waitreason.number], key = status * 65536 + reason;
      let group = groups.get(key);
      if (group === undefined) {
        const name = texts[status] === "waiting" && reason !== 0 ? "waiting: " + texts[reason] : texts[status];
        groups.set(key, group = {name, members: [], count: 0});
      }
      group.count++;
      if (changed || id === this.app.chosen || group.members.length < kManyGoroutines) {
        group.members.push([id, f, changed]);
      }
    }
    const rank = (key) => {
      const i = kStatusOrder.findIndex((s) => key.startsWith(s));
      return i < 0 ? 99 : i;
    };
    const sorted = [...groups.values()].sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1));
    for (const {name, members, count} of sorted) {
      const row = element("div", "gs");
      row.append(element("b", "", name), " ");
      for (const [id, f, changed] of members) {
        const c = this.app.chip("g", id);
        if (changed) {
          c.classList.add("new");
          if (f.status !== undefined && this.changes.has(f.status.number)) {
            c.title += "; was " + this.text(kWord, this.changes.get(f.status.number).before);
          }
        }
        row.append(c);
      }
      if (members.length < count) row.append(element("span", "none", " … " + count));
      out.append(row);
    }
    if (dead > 0) out.append(element("div", "gs none", "dead: " + dead));
    return out;
  }

  // ---- the list of steps

  steps(step) {
    const list = document.getElementById("steps"), timeline = this.app.timeline, d = this.d;
    const rows = Math.max(3, Math.floor(list.clientHeight / 20));
    const first = Math.max(0, Math.min(step - Math.floor(rows / 3), timeline.count - rows));
    const out = [];
    for (let i = first; i < Math.min(timeline.count, first + rows); i++) {
      const {sentence, args} = timeline.words(i), li = element("li", i === step ? "now" : "");
      li.dataset.step = i;
      li.append(element("span", "no", moment(d, timeline.time[i])));
      if (timeline.m[i] >= 0) li.append(element("span", "who", "m" + timeline.m[i]));
      const text = plain(d, sentence, args);
      li.append(element("span", sentence.strong ? "what strong" : "what", text));
      li.title = text;
      out.push(li);
    }
    list.replaceChildren(...out);
  }

  // ---- a story

  story(row, span) {
    const root = document.getElementById("story"), d = this.d;
    root.hidden = row === null;
    if (row === null) return;
    const s = spansOf(d, row.lane), cause = d.causes[s.cause[span]];
    const head = element("h3", "");
    if (s.g[span] !== 0) {
      head.append(this.app.chip("g", s.g[span]), " ");
      if (d.names.has(s.g[span])) head.append(d.names.get(s.g[span]));
    } else {
      head.append(cause.name);
    }
    const what = element("p", "");
    const swatch = element("span", "swatch");
    swatch.style.background = "var(--tone-" + cause.tone + ")";
    what.append(swatch, " " + cause.name + ", " + duration(d, s.end[span] - s.start[span]) + ", from " +
      moment(d, s.start[span], 1) + " on " + row.lane.name);
    root.replaceChildren(head, what);
    if (s.story[span] === 0) {
      if (cause.meaning) root.append(element("p", "none", cause.meaning));
      return;
    }
    for (const c of storyAt(d, s.story[span]).clauses) {
      const p = element("p", "");
      p.append(rich(d, c.sentence, c.args));
      const sure = ["certain", "inferred", "open"][c.sure];
      p.append(element("span", "sure " + sure, sure));
      root.append(p);
    }
  }
}
