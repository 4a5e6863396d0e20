// The steps, and the state after each. The state is what all steps up to one made of it; full copies are kept at
// intervals, so that any step is reached by going on from the copy before. On the way it is noted what was, so that
// going back by a few steps costs as little as going forward.

const kCopiedValues = 4e6;  // about, in all copies together

class Timeline {
  constructor(d) {
    this.d = d;
    const n = this.count = d.stepCount;
    this.time = new Float64Array(n);   // from the page's beginning
    this.at = new Uint32Array(n + 1);  // where its bytes are, behind the time
    this.m = new Int32Array(n);        // -1: nobody's
    this.sentence = new Uint32Array(n);
    this.place = new Uint32Array(n);
    this.values = this.empty();
    this.done = -1;  // the step that values are of
    this.every = Math.max(256, Math.ceil(n * Math.max(1, d.slots.length) / kCopiedValues));
    this.copies = [];
    this.undo = [];  // of steps up to `done`, without a gap: for each the changes that take it back, last one first
    this.series = new Map();  // by slot: how long or how large it was, for lanes
    for (const c of d.counters) this.series.set(c.slot, {times: [0], values: [0]});
    this.scan();
  }

  empty() { return this.d.slots.map((s) => (s.field.type >= kGs ? [] : 0)); }

  copy() { return this.values.map((v) => (typeof v === "object" ? v.slice() : v)); }

  // One pass over everything, when the page opens.
  scan() {
    if (this.count === 0) return;
    const b = this.d.steps;
    let time = b.z() - this.d.begin;
    for (let i = 0; i < this.count; i++) {
      if (i % this.every === 0) this.copies.push(this.copy());
      time += b.u();
      this.time[i] = time;
      this.at[i] = b.at;
      this.m[i] = b.u() - 1;
      const sentence = this.d.sentences[this.sentence[i] = b.u()];
      for (let k = 1; k < sentence.length; k += 2) {
        if (sentence[k] !== "G") b.u(); else for (let many = b.z(); many > 0; many--) b.u();
      }
      this.place[i] = b.u();
      this.changes(b, time);
    }
    this.done = this.count - 1;
  }

  // Makes the changes that stand in the bytes; `back` gets what takes them back.
  changes(b, time, back) {
    const values = this.values;
    for (let n = b.u(); n > 0; n--) {
      const head = b.u(), slot = head >>> 1;
      if (head & 1) {
        const at = b.u(), remove = b.u(), list = values[slot];
        const insert = b.u();
        if (back) back.push([slot, at, insert, list.slice(at, at + remove)]);
        if (insert === 0 && at === 0 && remove === 1) {
          list.shift();
        } else if (insert === 1 && remove === 0 && at === list.length) {
          list.push(b.z());
        } else {
          list.splice(at, remove, ...b.many(insert, () => b.z()));
        }
      } else {
        if (back) back.push([slot, values[slot]]);
        values[slot] = b.z();
      }
      if (time !== undefined && this.series.size > 0) {
        const s = this.series.get(slot);
        if (s !== undefined) {
          const v = values[slot];
          s.times.push(time);
          s.values.push(typeof v === "object" ? v.length : v);
        }
      }
    }
  }

  // What happened, and a reader of the step's bytes behind that.
  words(step) {
    const b = new Bytes(this.d.steps.a, this.at[step]);
    b.u();
    const sentence = this.d.sentences[b.u()];
    return {b, sentence, args: readArgs(b, sentence)};
  }

  // The values of all slots after that step; -1: before the first. Not to be kept: the next call changes them.
  after(step) {
    while (step < this.done && this.undo.length > 0) {
      for (const [slot, ...was] of this.undo.pop().reverse()) {
        if (was.length === 1) this.values[slot] = was[0]; else this.values[slot].splice(was[0], was[1], ...was[2]);
      }
      this.done--;
    }
    if (step < this.done || step - this.done > this.every) {
      const k = Math.min(Math.floor((step + 1) / this.every), this.copies.length - 1);
      if (step < this.done || k * this.every - 1 > this.done) {
        const copy = this.copies[k];
        this.undo.length = 0;
        this.values = copy === undefined ? this.empty()
          : copy.map((v) => (typeof v === "object" ? v.slice() : v));
        this.done = k * this.every - 1;
        if (copy === undefined) this.done = -1;
      }
    }
    while (this.done < step) {
      const {b} = this.words(++this.done);
      b.u();
      const back = [];
      this.changes(b, undefined, back);
      this.undo.push(back);
    }
    return this.values;
  }

  // What that step changed: by slot, {before} of a value or {at, removed, inserted} of a list. Goes to the step.
  changed(step) {
    const out = new Map();
    if (step < 0) {
      this.after(-1);
      return out;
    }
    const before = this.after(step - 1);
    const {b} = this.words(step);
    b.u();
    for (let n = b.u(); n > 0; n--) {
      const head = b.u(), slot = head >>> 1;
      if (head & 1) {
        const at = b.u(), remove = b.u(), insert = b.u();
        for (let i = 0; i < insert; i++) b.z();
        // Twice in a step: as one.
        if (out.has(slot)) continue;
        out.set(slot, {at, removed: before[slot].slice(at, at + remove), inserted: insert});
      } else {
        b.z();
        if (!out.has(slot)) out.set(slot, {before: before[slot]});
      }
    }
    this.after(step);
    return out;
  }

  // The last step at or before a time; -1: none.
  stepAt(time) {
    let lo = -1, hi = this.count - 1;
    while (lo < hi) {
      const mid = (lo + hi + 1) >> 1;
      if (this.time[mid] <= time) lo = mid; else hi = mid - 1;
    }
    return lo;
  }
}
