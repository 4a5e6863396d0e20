// Sentences with their arguments, as text and as elements: goroutines, Ps and Ms are chips that can be clicked.

const kUnits = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]];

// 1234567 ns as "1.235 ms".
function duration(d, v) {
  if (d.records) return v + (v === 1 ? " record" : " records");
  const size = Math.abs(v);
  for (const [unit, name] of kUnits) {
    if (size >= unit || unit === 1) return +(v / unit).toPrecision(4) + " " + name;
  }
}

// A time from the page's beginning, with as many digits as `step` needs.
function moment(d, v, step = 1) {
  if (d.records) return String(Math.round(v + d.begin));
  for (const [unit, name] of kUnits) {
    if (Math.abs(v) >= unit || unit === 1) {
      const digits = Math.max(0, Math.ceil(Math.log10(unit / Math.max(step, 1e-3)) - 1e-9));
      return (v / unit).toFixed(Math.min(digits, 9)) + " " + name;
    }
  }
}

function element(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}

function argText(d, kind, v) {
  switch (kind) {
    case "g": return v === 0 ? "nil" : "g" + v;
    case "p": return v < 0 ? "nil" : "p" + v;
    case "m": return v < 0 ? "nil" : "m" + v;
    case "d": return duration(d, v);
    case "t": return moment(d, v - d.begin);
    case "s": return d.texts[v];
    case "b": return v ? "true" : "false";
    case "x": return "0x" + v.toString(16);
    case "G": return "[" + v.map((g) => "g" + g).join(" ") + "]";
    default: return String(v);
  }
}

function plain(d, sentence, args) {
  let s = sentence[0];
  for (let i = 1; i < sentence.length; i += 2) s += argText(d, sentence[i], args[(i - 1) / 2]) + sentence[i + 1];
  return s;
}

// A goroutine, a P or an M that can be chosen.
function chip(d, kind, id) {
  const e = element("span", "chip " + kind, kind + id);
  e.dataset[kind] = id;
  if (kind === "g" && d.names.has(id)) e.title = "g" + id + " " + d.names.get(id);
  return e;
}

function rich(d, sentence, args) {
  const out = document.createDocumentFragment();
  out.append(sentence[0]);
  for (let i = 1; i < sentence.length; i += 2) {
    const kind = sentence[i], v = args[(i - 1) / 2];
    if (kind === "g" && v !== 0) out.append(chip(d, "g", v));
    else if ((kind === "p" || kind === "m") && v >= 0) out.append(chip(d, kind, v));
    else if (kind === "G" && v.length > 0) out.append(...v.slice(0, 40).map((g) => chip(d, "g", g)));
    else out.append(argText(d, kind, v));
    out.append(sentence[i + 1]);
  }
  return out;
}
