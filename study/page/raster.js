// Draws the lanes. Spans are put into pixels by our own loop: it costs a pixel, not a span, however many there are, and
// no graphics card is needed. A pixel with several spans has the colour of the longest, mixed with the background by
// how much of it is busy. Text, ruler and cursor go on top.

class Raster {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", {alpha: false});
    this.colours();
  }

  colours() {
    const style = getComputedStyle(document.documentElement);
    const name = (n) => style.getPropertyValue(n).trim();
    const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
    this.css = {};
    for (const n of ["panel", "line", "text", "soft", "accent", "lane", "grid"]) this.css[n] = name("--" + n);
    this.back = rgb(this.css.panel);
    this.tones = [];
    for (let i = 0; i < 16; i++) this.tones.push(rgb(name("--tone-" + i)));
    this.toneText = this.tones.map(([r, g, b]) => (r * 299 + g * 587 + b * 114 > 140000 ? "#15181c" : "#ffffff"));
    this.lane = pack(rgb(this.css.lane));
    // Those that run stand side by side: neighbours differ a little.
    this.shades = this.tones.map((c, tone) => [0, 1, 2, 3].map((k) => (tone === 1 ? mix(c, this.back, k * 0.09) : c)));
  }

  resize() {
    const box = this.canvas.getBoundingClientRect();
    this.dpr = window.devicePixelRatio || 1;
    this.w = Math.max(kGutter + 50, Math.floor(box.width));
    this.h = Math.max(40, Math.floor(box.height));
    this.canvas.width = Math.floor(this.w * this.dpr);
    this.canvas.height = Math.floor(this.h * this.dpr);
    const [w, h] = [this.w - kGutter, this.h - kRuler].map((v) => Math.floor(v * this.dpr));
    this.image = this.context.createImageData(w, h);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  // app: {d, view, lanes, now (a time or null), selected {row, span}}
  draw(app) {
    const {d, view, lanes} = app, c = this.context, dpr = this.dpr, css = this.css;
    this.pixels.fill(pack(this.back));
    const labels = [];
    const visible = lanes.rows.filter((r) => r.y + r.h > lanes.scroll && r.y < lanes.scroll + this.h - kRuler);
    for (const row of visible) {
      if (row.kind === "spans") this.spans(d, view, row, row.y - lanes.scroll, lanes.chosen, labels);
      if (row.kind === "count") this.count(view, row, row.y - lanes.scroll);
    }
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.fillStyle = css.panel;
    c.fillRect(0, 0, this.canvas.width, this.canvas.height);
    c.putImageData(this.image, Math.floor(kGutter * dpr), Math.floor(kRuler * dpr));
    c.setTransform(dpr, 0, 0, dpr, 0, 0);

    c.textBaseline = "middle";
    c.font = "11px ui-monospace, 'DejaVu Sans Mono', monospace";
    for (const l of labels) {
      const text = l.text.slice(0, Math.floor((l.x1 - l.x0 - 6) / 6.7));
      c.fillStyle = l.colour;
      c.fillText(text, kGutter + l.x0 + 3, kRuler + l.y + kRowHeight / 2 + 0.5);
    }
    this.gutter(app, visible);
    this.ruler(app);
    this.marks(app);
  }

  spans(d, view, row, y, chosen, labels) {
    const s = spansOf(d, row.lane), dpr = this.dpr;
    const W = this.image.width, scale = view.scale / dpr, from = view.from;
    const y0 = Math.max(0, Math.floor(y * dpr)), y1 = Math.min(this.image.height, Math.floor((y + row.h) * dpr));
    if (y1 <= y0) return;
    const line = this.line && this.line.length === W ? this.line : (this.line = new Uint32Array(W));
    line.fill(this.lane);
    let i = firstEndingAfter(s, from);
    for (let x = 0; x < W && i < s.n;) {
      const t0 = from + x * scale, t1 = t0 + scale;
      if (s.start[i] >= t1) {  // nothing here: on to the next span's pixel
        x = Math.max(x + 1, Math.floor((s.start[i] - from) / scale));
        continue;
      }
      const j = lastStartingBefore(s, t1, i);
      if (i === j && s.end[i] >= t1) {
        // One span, through many pixels.
        const last = Math.min(W, Math.max(x + 1, Math.floor((s.end[i] - from) / scale)));
        const base = this.shade(d, s, i, chosen);
        const full = pack(base);
        const begins = s.start[i] >= t0;
        line[x] = begins && last - x > 3 * dpr ? pack(mix(base, this.back, 0.45)) : full;
        line.fill(full, x + 1, last);
        const x0 = x / dpr, x1 = last / dpr;
        const colour = this.toneText[d.causes[s.cause[i]].tone];
        if (x1 - x0 > 24) labels.push({x0, x1, y, text: label(d, s, i), colour});
        x = last;
        if (s.end[i] <= from + x * scale) i++;
        continue;
      }
      // Several: how much of the pixel is busy, and whose it is.
      let busy = s.busy[j + 1] - s.busy[i] - Math.max(0, t0 - s.start[i]) - Math.max(0, s.end[j] - t1);
      busy = Math.min(1, Math.max(0.3, busy / scale));
      let best = i, length = -1;
      const stride = Math.max(1, (j - i) >> 3);
      for (let k = i; k <= j; k += stride) {
        if (d.causes[s.cause[k]].tone === 0) continue;
        const l = Math.min(s.end[k], t1) - Math.max(s.start[k], t0);
        if (l > length) { length = l; best = k; }
        if (chosen !== 0 && s.g[k] === chosen) { best = k; busy = 1; break; }
      }
      line[x] = pack(mix(this.shade(d, s, best, chosen), this.back, 1 - busy));
      x++;
      i = s.end[j] > t1 ? j : j + 1;
    }
    for (let r = y0; r < y1; r++) this.pixels.set(line, r * W);
  }

  shade(d, s, i, chosen) {
    const tone = d.causes[s.cause[i]].tone;
    const shade = this.shades[tone][s.g[i] & 3];
    return chosen !== 0 && s.g[i] !== chosen && tone !== 0 ? mix(shade, this.back, 0.6) : shade;
  }

  count(view, row, y) {
    const s = row.series, dpr = this.dpr, W = this.image.width, H = this.image.height;
    const scale = view.scale / dpr, height = row.h * dpr;
    const colour = pack(this.tones[5]), below = pack(mix(this.tones[5], this.back, 0.55));
    if (s.most === 0) return;
    let i = 0;  // the last point at or before the pixel's beginning
    for (let x = 0; x < W; x++) {
      const t0 = view.from + x * scale, t1 = t0 + scale;
      i = lastAtOrBefore(s.times, s.n, t0, i);
      const j = Math.max(i, lastAtOrBefore(s.times, s.n, t1, i));
      if (j < 0) continue;
      const v = largest(s, Math.max(i, 0), j);
      i = Math.max(i, 0);
      if (v === 0) continue;
      const bar = Math.max(dpr, Math.round(v / s.most * (height - 2)));
      const bottom = Math.floor(y * dpr + height), top = bottom - bar;
      for (let r = Math.max(0, top); r < Math.min(H, bottom); r++) {
        this.pixels[r * W + x] = r < top + dpr ? colour : below;
      }
    }
  }

  gutter(app, visible) {
    const c = this.context, css = this.css, lanes = app.lanes;
    c.fillStyle = css.panel;
    c.fillRect(0, kRuler, kGutter, this.h);
    for (const row of visible) {
      const y = kRuler + row.y - lanes.scroll;
      if (row.kind === "title") {
        c.font = "600 11px system-ui, 'DejaVu Sans', sans-serif";
        c.fillStyle = css.soft;
        c.fillText(row.name, 10, y + row.h / 2 + 2);
        c.fillStyle = css.grid;
        c.fillRect(kGutter, y + row.h / 2 + 2, this.w, 1);
        continue;
      }
      c.font = "11.5px ui-monospace, 'DejaVu Sans Mono', monospace";
      const g = row.kind === "spans" ? row.lane.g : 0;
      c.fillStyle = g !== 0 && g === lanes.chosen ? css.accent : css.text;
      const name = row.kind === "spans" ? row.lane.name : row.counter.name;
      c.fillText(name.length > 16 ? name.slice(0, 15) + "…" : name, 10, y + row.h / 2);
      if (row.kind === "count") {
        c.fillStyle = css.soft;
        c.textAlign = "right";
        c.fillText(String(row.series.most), kGutter - 6, y + 8);
        c.textAlign = "left";
      }
    }
    c.fillStyle = css.line;
    c.fillRect(kGutter - 1, 0, 1, this.h);
  }

  ruler(app) {
    const c = this.context, css = this.css, view = app.view;
    c.fillStyle = css.panel;
    c.fillRect(0, 0, this.w, kRuler);
    c.fillStyle = css.line;
    c.fillRect(0, kRuler - 1, this.w, 1);
    c.font = "11px ui-monospace, 'DejaVu Sans Mono', monospace";
    const step = nice(Math.max(view.scale * 110, app.d.records ? 1 : 0.001));
    c.save();
    c.beginPath();
    c.rect(kGutter, 0, this.w, this.h);
    c.clip();
    const first = Math.max(Math.ceil((view.from + (app.d.records ? app.d.begin : 0)) / step), 0);
    for (let k = first; ; k++) {
      const time = k * step - (app.d.records ? app.d.begin : 0);
      if (time > view.to || time > view.length * 1.0001) break;
      const x = kGutter + view.x(time);
      c.fillStyle = css.line;
      c.fillRect(x, kRuler - 7, 1, 6);
      c.fillStyle = css.soft;
      c.fillText(moment(app.d, time, step), x + 4, kRuler / 2);
    }
    c.restore();
    c.fillStyle = css.soft;
    c.fillText(duration(app.d, Math.round(view.to - view.from)), 10, kRuler / 2);
  }

  marks(app) {
    const c = this.context, css = this.css, view = app.view;
    c.save();
    c.beginPath();
    c.rect(kGutter, 0, this.w, this.h);
    c.clip();
    if (app.selected !== null && app.lanes.rows.includes(app.selected.row)) {
      const {row, span} = app.selected, s = spansOf(app.d, row.lane);
      const x0 = Math.max(-5, view.x(s.start[span])), x1 = Math.min(this.w, view.x(s.end[span]));
      c.strokeStyle = css.text;
      c.lineWidth = 1.5;
      c.strokeRect(kGutter + x0 - 1, kRuler + row.y - app.lanes.scroll - 1, Math.max(3, x1 - x0 + 2), row.h + 2);
    }
    if (app.now !== null) {
      const x = kGutter + view.x(app.now);
      c.fillStyle = css.accent;
      c.fillRect(Math.round(x), 0, 1.5, this.h);
      c.beginPath();
      c.moveTo(x - 4, 0);
      c.lineTo(x + 5.5, 0);
      c.lineTo(x + 0.75, 7);
      c.fill();
    }
    c.restore();
  }
}

function label(d, s, i) {
  const g = s.g[i];
  if (g === 0) return d.causes[s.cause[i]].name;
  return d.names.has(g) ? "g" + g + " " + d.names.get(g) : "g" + g;
}

function pack([r, g, b]) { return (255 << 24 | b << 16 | g << 8 | r) >>> 0; }
function mix(a, b, share) { return [0, 1, 2].map((i) => Math.round(a[i] + (b[i] - a[i]) * share)); }

// The index of the last time at or before t, from `lo` on; lo - 1 if there is none.
function lastAtOrBefore(times, n, t, lo) {
  let step = 1, hi = lo;
  while (hi < n && times[hi] <= t) {
    lo = hi + 1;
    hi += step;
    step *= 2;
  }
  hi = Math.min(hi, n);
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (times[mid] <= t) lo = mid + 1; else hi = mid;
  }
  return lo - 1;
}
