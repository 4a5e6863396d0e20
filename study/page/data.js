// The sections of the data as tables. Steps, stories and lanes stay bytes: they are read when they are looked at.

const kWordKinds = {g: 0, p: 0, m: 0, n: 0, d: 0, t: 0, s: 0, G: 0, b: 0, x: 0};

// A sentence as its pieces: text, kind of argument, text, kind ..., text.
function pieces(pattern) {
  const out = [];
  let text = "";
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === "{" && pattern[i + 2] === "}" && pattern[i + 1] in kWordKinds) {
      out.push(text, pattern[i + 1]);
      text = "";
      i += 2;
    } else {
      text += pattern[i];
    }
  }
  out.push(text);
  return out;
}

// The arguments of a sentence, from its bytes.
function readArgs(bytes, sentence) {
  const args = [];
  for (let i = 1; i < sentence.length; i += 2) {
    const v = bytes.z();
    args.push(sentence[i] === "G" ? bytes.many(v, () => bytes.z()) : v);
  }
  return args;
}

// Types of slots, in the order of Type in page_data.h.
const kNumber = 0, kBool = 1, kG = 2, kP = 3, kM = 4, kWord = 5, kGs = 6, kPs = 7, kMs = 8;

function parse(array) {
  const all = new Bytes(array, 8);
  const version = all.u();
  if (version !== 1) throw new Error("data of version " + version);
  const part = {};
  while (all.at < all.end) {
    const tag = String.fromCharCode(all.u8());
    part[tag] = all.part(all.u());
  }
  const table = (tag, one) => part[tag].many(part[tag].u(), () => one(part[tag]));
  const d = {};

  const utf8 = new TextDecoder();
  d.texts = table("T", (b) => {
    const n = b.u();
    b.at += n;
    return utf8.decode(array.subarray(b.at - n, b.at));
  });
  const text = (b) => d.texts[b.u()];

  const h = part.H;
  d.records = h.u() === 1;
  d.begin = h.z();
  d.end = h.z();
  d.openAt = h.u() - 1;
  d.title = text(h);
  d.below = text(h);
  d.remarks = h.many(h.u(), () => text(h));

  d.names = new Map();  // of goroutines
  let g = 0;
  table("G", (b) => d.names.set(g += b.z(), text(b)));
  d.sentences = table("W", (b) => {
    const sentence = pieces(text(b));
    sentence.strong = b.u() === 1;
    return sentence;
  });
  d.causes = [{name: "", tone: 0, meaning: ""}]
    .concat(table("C", (b) => ({name: text(b), tone: b.u(), meaning: text(b)})));
  d.functions = [null].concat(table("F", (b) => ({file: text(b), name: text(b), first: b.u(), text: text(b)})));
  d.places = [null].concat(table("P", (b) => ({cc: b.u(), ccLine: b.u(), go: b.u(), goLine: b.u(), caller: b.u()})));
  d.fields = table("D", (b) => ({name: text(b), type: b.u()}));
  d.slots = table("L", (b) => ({object: String.fromCharCode(b.u8()), id: b.z(), field: d.fields[b.u()]}));
  d.slots.forEach((s, i) => { s.number = i; });
  d.stepCount = part.S.u();
  d.steps = part.S;
  d.storyCount = part.Y.u();
  d.stories = part.Y;
  d.lanes = table("A", (b) => {
    const lane = {group: text(b), name: text(b), shown: b.u() === 1, g: b.z(), count: b.u()};
    lane.bytes = b.part(b.u());
    return lane;
  });
  d.counters = table("N", (b) => ({group: text(b), name: text(b), slot: b.u(), shown: b.u() === 1}));
  return d;
}

// A lane's spans as columns; times count from the page's beginning. `busy` sums up the time before each span.
function spansOf(d, lane) {
  if (lane.spans) return lane.spans;
  const n = lane.count, b = lane.bytes;
  const s = {
    n, start: new Float64Array(n), end: new Float64Array(n), cause: new Uint8Array(n), g: new Float64Array(n),
    story: new Uint32Array(n), busy: new Float64Array(n + 1),
  };
  let time = -d.begin, g = 0, last = 0;
  for (let i = 0; i < n; i++) {
    time += b.z();
    s.start[i] = time;
    time += b.u();
    s.end[i] = time;
    s.busy[i + 1] = s.busy[i] + time - s.start[i];
    s.cause[i] = b.u8();
    g += b.z();
    s.g[i] = g;
    const story = last + b.z();
    s.story[i] = story;
    if (story !== 0) last = story;
  }
  lane.bytes = null;
  return lane.spans = s;
}

// Where each story's bytes are.
function storyAt(d, story) {
  if (!d.storyOffsets) {
    const b = d.stories;
    d.storyOffsets = new Uint32Array(d.storyCount + 1);
    for (let i = 1; i <= d.storyCount; i++) {
      d.storyOffsets[i] = b.at;
      const size = b.u();
      b.at += size;
    }
  }
  const b = new Bytes(d.stories.a, d.storyOffsets[story]);
  const end = b.u() + b.at;
  const out = {step: b.z() - 1, place: b.u(), clauses: []};
  while (b.at < end) {
    const v = b.u();
    const sentence = d.sentences[v >>> 2];
    out.clauses.push({sentence, sure: v & 3, args: readArgs(b, sentence)});
  }
  return out;
}
