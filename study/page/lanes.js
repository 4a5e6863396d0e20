// The rows of the lanes' canvas: group titles, lanes of spans, lanes of counts; where each is, and what is under the
// mouse.

const kGutter = 132, kRuler = 24, kRowHeight = 18, kRowGap = 3, kTitleHeight = 20, kCountHeight = 26;

class Lanes {
  constructor(d, timeline) {
    this.d = d;
    this.scroll = 0;
    this.chosen = 0;  // a goroutine
    const groups = new Map();
    const into = (name, row) => {
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(row);
    };
    for (const lane of d.lanes) into(lane.group, {kind: "spans", lane, h: kRowHeight});
    for (const c of d.counters) {
      into(c.group, {kind: "count", counter: c, series: seriesOf(timeline.series.get(c.slot)), h: kCountHeight});
    }
    // Lanes are written as they come up.
    const order = ["Ps", "Ms", "Goroutines", "Queues"], number = (r) => Number(/\d+$/.exec(r.lane.name)?.[0] ?? 0);
    for (const name of ["Ps", "Ms"]) groups.get(name)?.sort((a, b) => number(a) - number(b));
    this.groups = new Map([...groups].sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0])));
    this.layout();
  }

  // Which rows there are, and where.
  layout() {
    this.rows = [];
    let y = 0;
    for (const [name, rows] of this.groups) {
      const shown = rows.filter((r) => (r.kind === "count" ? r.counter.shown : r.lane.shown ||
        (r.lane.g !== 0 && r.lane.g === this.chosen)));
      if (shown.length === 0) continue;
      this.rows.push({kind: "title", name, y, h: kTitleHeight});
      y += kTitleHeight;
      for (const r of shown) {
        r.y = y;
        this.rows.push(r);
        y += r.h + kRowGap;
      }
      y += 4;
    }
    this.height = y;
  }

  choose(g) {
    this.chosen = g;
    this.layout();
  }

  rowAt(y) {
    for (const r of this.rows) if (y >= r.y && y < r.y + r.h) return r;
    return null;
  }

  // The span of a row at a time, or the one whose pixel it is.
  spanAt(row, time, slack) {
    const s = spansOf(this.d, row.lane);
    let i = firstEndingAfter(s, time - slack);
    if (i < s.n && s.start[i] <= time + slack) {
      if (s.start[i] > time && i > 0 && s.end[i - 1] >= time) i--;
      return i;
    }
    return -1;
  }
}

// The first span that ends after a time, from `lo` on.
function firstEndingAfter(s, time, lo = 0) {
  // By doubling: the next one is near.
  let step = 1, hi = lo;
  while (hi < s.n && s.end[hi] <= time) {
    lo = hi + 1;
    hi += step;
    step *= 2;
  }
  hi = Math.min(hi, s.n);
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (s.end[mid] <= time) lo = mid + 1; else hi = mid;
  }
  return lo;
}

// The last one that starts before a time, from `lo` on; lo - 1 if none does.
function lastStartingBefore(s, time, lo) {
  let step = 1, hi = lo;
  while (hi < s.n && s.start[hi] < time) {
    lo = hi + 1;
    hi += step;
    step *= 2;
  }
  hi = Math.min(hi, s.n);
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (s.start[mid] < time) lo = mid + 1; else hi = mid;
  }
  return lo - 1;
}

// Counts over time, with the largest of each block, so that a pixel of a million is quick.
const kBlock = 64;
function seriesOf(raw) {
  const n = raw.times.length;
  const s = {n, times: Float64Array.from(raw.times), values: Float64Array.from(raw.values), blocks: null, most: 0};
  s.blocks = new Float64Array(Math.ceil(n / kBlock));
  for (let i = 0; i < n; i++) {
    const b = Math.floor(i / kBlock);
    if (s.values[i] > s.blocks[b]) s.blocks[b] = s.values[i];
    if (s.values[i] > s.most) s.most = s.values[i];
  }
  return s;
}
function largest(s, from, to) {
  let most = 0;
  for (let i = from; i <= to;) {
    if (i % kBlock === 0 && i + kBlock - 1 <= to) {
      most = Math.max(most, s.blocks[i / kBlock]);
      i += kBlock;
    } else {
      most = Math.max(most, s.values[i++]);
    }
  }
  return most;
}
