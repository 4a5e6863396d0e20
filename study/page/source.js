// The line of proc.cc that made the step, in its function, and the line of proc.go beside it.

const kBothWords = "if else for return switch case default break continue goto const struct true false bool " +
  "int32 int64 uint32 uint64 uintptr int ";
const kCxxWords = kBothWords + "while do auto constexpr static nullptr new delete void char template using namespace";
const kGoWords = kBothWords + "range func var type nil defer go fallthrough string interface map chan select";

class Source {
  constructor(d, box, caption, words) {
    this.d = d;
    this.box = document.getElementById(box);
    this.caption = document.getElementById(caption);
    const text = "(\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*')";
    this.token = new RegExp("(//.*$)|" + text + "|\\b(" + words.replaceAll(" ", "|") + ")\\b", "g");
    this.shown = -1;
    this.line = null;
  }

  show(number, line) {
    const f = this.d.functions[number];
    if (number !== this.shown) {
      this.shown = number;
      this.box.replaceChildren();
      this.caption.replaceChildren();
      if (f) {
        this.box.append(...f.text.split("\n").map((text, i) => this.row(f.first + i, text)));
        this.box.scrollTop = 0;
      }
      this.line = null;
    }
    if (this.line !== null) this.line.classList.remove("now");
    this.line = null;
    if (!f) return;
    this.caption.replaceChildren(element("strong", "", f.name), " " + f.file + (line > 0 ? ":" + line : ""));
    const row = this.box.children[line - f.first];
    if (row === undefined) return;
    row.classList.add("now");
    this.line = row;
    const top = row.offsetTop - this.box.offsetTop, height = this.box.clientHeight;
    if (top < this.box.scrollTop + 36 || top > this.box.scrollTop + height - 54) this.box.scrollTop = top - height / 3;
  }

  row(number, text) {
    const e = element("div", "");
    e.append(element("i", "", number));
    let at = 0;
    for (const match of text.matchAll(this.token)) {
      e.append(text.slice(at, match.index));
      e.append(element("span", match[1] ? "c" : match[2] ? "s" : "k", match[0]));
      at = match.index + match[0].length;
    }
    e.append(text.slice(at));
    return e;
  }
}

class Sources {
  constructor(d) {
    this.d = d;
    this.cc = new Source(d, "cc", "cc-name", kCxxWords);
    this.go = new Source(d, "go", "go-name", kGoWords);
    if (!d.places.some((p) => p && p.go !== 0)) document.getElementById("sources").classList.add("one");
  }
  // The place, and who called whom: each of them can be shown.
  show(number) {
    const calls = [];
    for (let n = number; n !== 0; n = this.d.places[n].caller) calls.unshift(n);
    document.getElementById("calls").replaceChildren(...calls.map((n) => {
      const place = this.d.places[n], b = element("button", "", this.d.functions[place.cc].name);
      b.type = "button";
      b.addEventListener("click", () => this.place(n));
      return b;
    }));
    this.place(number);
  }

  place(number) {
    const place = this.d.places[number], calls = document.getElementById("calls").children;
    let n = number;
    for (const b of calls) b.classList.remove("now");
    let depth = -1;
    for (; n; n = this.d.places[n].caller) depth++;
    if (calls[depth]) calls[depth].classList.add("now");
    this.cc.show(place ? place.cc : 0, place ? place.ccLine : 0);
    this.go.show(place ? place.go : 0, place ? place.goLine : 0);
    if (!place) this.cc.caption.textContent = "no line of proc.cc";
  }
}
