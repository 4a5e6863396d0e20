// The data of the page, from its text to numbers. docs/study.md says what is where.

// The bytes in the element with that id: base64 of what zlib packed.
async function unpack(id) {
  const element = document.getElementById(id);
  const text = element.textContent;
  element.remove();  // it would be kept for good
  const packed = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text)
    : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Reads varints from a part of an array. Numbers beyond 53 bits lose their last bits: only addresses are so large.
class Bytes {
  constructor(array, at = 0, end = array.length) {
    this.a = array;
    this.at = at;
    this.end = end;
  }
  u8() { return this.a[this.at++]; }
  u() {
    const a = this.a;
    let b = a[this.at++];
    if (b < 128) return b;
    let v = b & 127, unit = 128;
    do {
      b = a[this.at++];
      v += (b & 127) * unit;
      unit *= 128;
    } while (b >= 128);
    return v;
  }
  z() {
    const v = this.u();
    if (v < 0x80000000) return (v >>> 1) ^ -(v & 1);
    return v % 2 === 0 ? v / 2 : -(v + 1) / 2;
  }
  // The next n bytes, as a reader of their own.
  part(n) {
    const p = new Bytes(this.a, this.at, this.at + n);
    this.at += n;
    return p;
  }
  // n times what one() gives.
  many(n, one) {
    const list = new Array(n);
    for (let i = 0; i < n; i++) list[i] = one(i);
    return list;
  }
}
