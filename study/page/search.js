// Search. Words, all of which must hold: #123 that step, g7 p0 m3 one of the arguments (or who did it), anything else a
// part of the sentence. On a page without such steps, spans: by goroutine, by its name, by cause.

class Search {
  constructor(app) {
    this.app = app;
    this.input = document.getElementById("search");
    this.output = document.getElementById("found");
    this.input.addEventListener("keydown", (e) => {
      if (e.key === "Enter") this.find(e.shiftKey ? -1 : 1);
      if (e.key === "Escape") this.input.blur();
      e.stopPropagation();
    });
    this.input.addEventListener("input", () => { this.output.textContent = ""; });
  }

  find(direction) {
    const text = this.input.value.trim();
    if (text === "") return;
    const number = /^#(\d+)$/.exec(text);
    const found = number ? this.app.go(Number(number[1]) - this.app.d.begin * (this.app.d.records ? 1 : 0))
      : this.step(text, direction) || this.goroutine(text) || this.span(text, direction);
    this.output.textContent = found ? "" : "nothing found";
  }

  // By one goroutine's id or name, when no step speaks of it: its lane is shown.
  goroutine(text) {
    const {d} = this.app, id = /^g(\d+)$/i.exec(text);
    let g = id ? Number(id[1]) : 0;
    if (g === 0) for (const [n, name] of d.names) if (name.toLowerCase() === text.toLowerCase()) { g = n; break; }
    if (g === 0 || this.app.chosen === g) return false;
    if (!d.lanes.some((l) => l.g === g) && !d.names.has(g)) return false;
    this.app.choose(g);
    return true;
  }

  step(text, direction) {
    const {d, timeline} = this.app;
    if (timeline.count === 0) return false;
    const objects = [], words = [];
    for (const w of text.toLowerCase().split(/\s+/)) {
      const m = /^([gpm])(\d+)$/.exec(w);
      if (m) objects.push([m[1], Number(m[2])]); else words.push(w);
    }
    const named = new Set();  // goroutines of that name
    if (words.length === 1) for (const [g, name] of d.names) if (name.toLowerCase().includes(words[0])) named.add(g);
    const fits = d.sentences.map((s) => {
      const said = s.filter((x, i) => i % 2 === 0).join("").toLowerCase();
      return words.every((w) => said.includes(w));
    });
    for (let i = this.app.step + direction; i >= 0 && i < timeline.count; i += direction) {
      const by = fits[timeline.sentence[i]];
      if (!by && named.size === 0) continue;
      if (!by || objects.length > 0) {
        const {sentence, args} = timeline.words(i);
        const has = (kind, test) => sentence.some((k, n) => n % 2 === 1 && (k === kind ? test(args[(n - 1) / 2])
          : kind === "g" && k === "G" && args[(n - 1) / 2].some(test)));
        if (!by && !has("g", (g) => named.has(g))) continue;
        const speaksOf = ([kind, id]) => has(kind, (v) => v === id) || (kind === "m" && timeline.m[i] === id);
        if (!objects.every(speaksOf)) continue;
      }
      return this.app.go(i);
    }
    return false;
  }

  span(text, direction) {
    const {d, lanes, selected} = this.app, wanted = text.toLowerCase();
    const causes = d.causes.map((c) => c.name.toLowerCase().includes(wanted));
    const from = selected ? spansOf(d, selected.row.lane).start[selected.span] : direction > 0 ? -Infinity : Infinity;
    const rows = lanes.rows.filter((r) => r.kind === "spans");
    let best = null, when = direction * Infinity;
    for (const row of rows) {
      const s = spansOf(d, row.lane);
      for (let i = direction > 0 ? 0 : s.n - 1; i >= 0 && i < s.n; i += direction) {
        const t = s.start[i];
        if (direction > 0 ? t <= from : t >= from) continue;
        if (direction > 0 ? t >= when : t <= when) break;
        const named = s.g[i] !== 0 && (label(d, s, i).toLowerCase().includes(wanted));
        if (!causes[s.cause[i]] && !named) continue;
        best = {row, span: i};
        when = t;
        break;
      }
    }
    if (best === null) return false;
    this.app.select(best.row, best.span);
    this.app.view.show(when);
    this.app.redraw();
    return true;
  }
}
