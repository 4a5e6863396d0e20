// Which part of the time the lanes show. Times count from the page's beginning.

class View {
  constructor(length) {
    this.length = Math.max(length, 1);
    this.width = 1000;  // pixels
    this.all();
  }
  all() {
    const edge = this.length * 0.01;
    this.from = -edge;
    this.to = this.length + edge;
  }
  get scale() { return (this.to - this.from) / this.width; }  // time of a pixel
  x(time) { return (time - this.from) / this.scale; }
  time(x) { return this.from + x * this.scale; }

  set(from, to) {
    // Two units at least, and not much more than everything.
    const most = this.length * 1.2 + 2;
    const span = Math.min(Math.max(to - from, 2), most);
    let start = from + ((to - from) - span) / 2;
    start = Math.min(Math.max(start, -0.1 * this.length - 1), this.length * 1.1 + 1 - span);
    this.from = start;
    this.to = start + span;
  }
  // Keeps the time below pixel x where it is.
  zoom(factor, x) {
    const about = this.time(x), span = (this.to - this.from) * factor;
    const share = x / this.width;
    this.set(about - span * share, about + span * (1 - share));
  }
  pan(pixels) {
    const by = pixels * this.scale;
    this.set(this.from + by, this.to + by);
  }
  // So that the time is inside, with some room; nothing changes when it is.
  show(from, to = from) {
    const span = this.to - this.from;
    if (to - from > span) {
      this.set(from - (to - from) * 0.1, to + (to - from) * 0.1);
    } else if (from < this.from + span * 0.05 || to > this.to - span * 0.05) {
      // Not beyond the ends: there is nothing to see.
      const edge = this.length * 0.01, last = this.length + edge - span;
      const start = Math.max(-edge, Math.min((from + to - span) / 2, Math.max(last, -edge)));
      this.set(start, start + span);
    }
  }
}

// Distances of marks on a ruler: 1, 2 or 5 times a power of ten.
function nice(least) {
  const unit = 10 ** Math.floor(Math.log10(least));
  for (const f of [1, 2, 5]) if (f * unit >= least) return f * unit;
  return 10 * unit;
}
