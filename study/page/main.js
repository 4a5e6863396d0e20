// The page: what is shown now, and everything that changes it.

class App {
  constructor(d) {
    this.d = d;
    this.timeline = new Timeline(d);
    this.view = new View(d.end - d.begin);
    this.lanes = new Lanes(d, this.timeline);
    this.raster = new Raster(document.getElementById("canvas"));
    this.sources = new Sources(d);
    this.panels = new Panels(this);
    this.search = new Search(this);
    this.step = -1;         // that the state is shown of
    this.chosen = 0;        // a goroutine
    this.selected = null;   // a span: {row, span}
    this.frames = 0;
    this.dirty = false;
    this.heads();
    if (this.timeline.count === 0) {
      // Lanes alone have the whole window.
      if (d.storyCount === 0) document.body.classList.add("bare");
      else document.querySelector("main").classList.add("no-steps");
    }
    listen(this);
    this.resize();
    if (this.timeline.count > 0) this.go(Math.max(0, d.openAt));
    if (d.openAt > 0) this.zoomTo(d.openAt);
  }

  heads() {
    const d = this.d;
    document.getElementById("title").textContent = d.title;
    document.getElementById("below").textContent = d.below;
    document.getElementById("below").title = d.below;
    document.getElementById("unit-name").textContent = d.records ? "record" : "step";
    document.getElementById("remarks").append(...d.remarks.map((r) => element("p", "", r)));
    for (const c of d.causes.slice(1)) {
      const row = element("tr", ""), cell = element("td", ""), swatch = element("span", "swatch");
      swatch.style.background = "var(--tone-" + c.tone + ")";
      cell.append(swatch, " " + c.name);
      row.append(cell, element("td", "", c.meaning));
      document.getElementById("causes").append(row);
    }
  }

  chip(kind, id) {
    const e = chip(this.d, kind, id);
    if (kind === "g" && id === this.chosen) e.classList.add("chosen");
    return e;
  }

  // ---- what is shown

  // The state after a step. False if there is no such step.
  go(step) {
    if (!(step >= 0 && step < this.timeline.count)) return false;
    this.step = Math.floor(step);
    this.now = this.timeline.time[this.step];
    this.panels.show(this.step);
    this.panels.steps(this.step);
    this.sources.show(this.timeline.place[this.step]);
    const number = document.getElementById("number");
    number.value = this.d.records ? this.now + this.d.begin : this.step;
    this.view.show(this.now);
    this.redraw();
    return true;
  }

  goTime(time) {
    if (this.timeline.count > 0) this.go(Math.max(0, this.timeline.stepAt(time)));
    else this.now = time;
    this.redraw();
  }

  forward(by) {
    if (this.timeline.count > 0) {
      if (!this.go(Math.min(Math.max(0, this.step + by), this.timeline.count - 1))) return;
    } else if (this.selected !== null) {
      const {row, span} = this.selected, next = span + by;
      if (next >= 0 && next < spansOf(this.d, row.lane).n) this.select(row, next);
    }
  }

  // The next step of the same M, in a direction.
  same(direction) {
    const m = this.timeline.m;
    for (let i = this.step + direction; i >= 0 && i < this.timeline.count; i += direction) {
      if (m[i] === m[this.step]) return this.go(i);
    }
    return false;
  }

  // A span is clicked: its story, the state just before, its line of source.
  select(row, span, time) {
    this.selected = row === null ? null : {row, span};
    this.panels.story(row, span);
    if (row !== null) {
      const s = spansOf(this.d, row.lane), start = s.start[span];
      if (s.story[span] !== 0) {
        const story = storyAt(this.d, s.story[span]);
        if (story.step >= 0) this.go(Math.max(0, story.step - 1));
        if (story.place !== 0) this.sources.show(story.place);
        if (story.step < 0) this.now = start;
      } else {
        this.goTime(time === undefined ? start : time);
      }
    }
    if (this.timeline.count > 0) this.panels.steps(this.step);
    this.redraw();
  }

  choose(g) {
    this.chosen = g;
    this.lanes.choose(g);
    this.scroll(0);
    if (this.timeline.count > 0) this.panels.show(this.step);
    const row = this.lanes.rows.find((r) => r.kind === "spans" && r.lane.g === g && g !== 0);
    if (row !== undefined) {
      const room = this.raster.h - kRuler, top = this.lanes.scroll;
      if (row.y < top || row.y + row.h > top + room) this.scroll(row.y - room / 2 - top);
    }
    this.redraw();
  }

  scroll(by) {
    const most = Math.max(0, this.lanes.height - (this.raster.h - kRuler));
    this.lanes.scroll = Math.min(most, Math.max(0, this.lanes.scroll + by));
  }

  // So that single steps can be told apart.
  zoomTo(step) {
    const time = this.timeline.time[step], length = this.view.length;
    const span = Math.min(length, 300 * length / this.timeline.count);
    this.view.set(time - span / 2, time + span / 2);
    this.redraw();
  }

  scheme() {
    document.documentElement.classList.toggle("dark");
    this.raster.colours();
    this.redraw();
  }

  resize() {
    this.raster.resize();
    this.view.width = this.raster.w - kGutter;
    this.scroll(0);
    if (this.timeline.count > 0 && this.step >= 0) this.panels.steps(this.step);
    this.draw();
  }

  redraw() {
    if (this.dirty) return;
    this.dirty = true;
    requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.dirty = false;
    this.raster.draw({d: this.d, view: this.view, lanes: this.lanes, now: this.now ?? null, selected: this.selected});
    this.frames++;
  }

  // Pans and zooms for some seconds, as fast as frames come. How many a second, and how long ours take.
  measure(seconds) {
    return new Promise((done) => {
      const began = performance.now();
      let frames = 0, worst = 0, sum = 0;
      const frame = () => {
        const at = performance.now(), t = (at - began) / 1000;
        if (t >= seconds) {
          done({frames: frames / t, mean: sum / frames, worst});
          return;
        }
        // In and out, from everything to a thousandth of it, and from one end to the other.
        const span = this.view.length * 10 ** (-1.5 + 1.5 * Math.cos(t * 1.7));
        const middle = this.view.length * (0.5 + 0.4 * Math.sin(t));
        this.view.set(middle - span / 2, middle + span / 2);
        this.draw();
        const took = performance.now() - at;
        worst = Math.max(worst, took);
        sum += took;
        frames++;
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    });
  }
}

if (window.matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.classList.add("dark");
unpack("data").then((bytes) => {
  const app = new App(parse(bytes));
  // For those who look at the page from outside: tests, and the console.
  window.gort = app;
  app.opened = performance.now();
  document.body.dataset.ready = "yes";
}).catch((error) => {
  document.getElementById("remarks").append(element("p", "", "This page cannot be shown: " + error.message));
  throw error;
});
