// Reads the executable's .eh_frame: DWARF's call-frame information in the dress of the Linux Standard Base. Only what
// compilers write for ordinary functions is understood; all else ends the walk, which is always safe.
//
// What a step does: find the function's entry (FDE) in the sorted table of .eh_frame_hdr, run the little program of its
// CIE and then its own up to the pc, which leaves a rule for the canonical frame address (the caller's sp) and one for
// each register, and apply the rules.
#include "runtime/cfi.h"

#include <link.h>

#include <cstring>

namespace runtime {

namespace {

struct reader {
  const uint8* p;
  const uint8* end;
  bool ok = true;

  bool more() const { return ok && p < end; }
  template <class T>
  T get() {
    T v{};
    if (static_cast<uintptr>(end - p) < sizeof(T)) {
      ok = false;
      return v;
    }
    std::memcpy(&v, p, sizeof(T));
    p += sizeof(T);
    return v;
  }
  uint64 uleb() {
    uint64 v = 0;
    for (int shift = 0;; shift += 7) {
      uint8 b = get<uint8>();
      if (shift < 64) v |= uint64{b & 0x7fu} << shift;
      if (!ok || b < 0x80) return v;
    }
  }
  int64 sleb() {
    uint64 v = 0;
    int shift = 0;
    uint8 b;
    do {
      b = get<uint8>();
      if (shift < 64) v |= uint64{b & 0x7fu} << shift;
      shift += 7;
    } while (ok && b >= 0x80);
    if (shift < 64 && (b & 0x40) != 0) v |= ~uint64{0} << shift;
    return static_cast<int64>(v);
  }
  void skip(uint64 n) {
    if (n > static_cast<uint64>(end - p)) {
      ok = false;
    } else {
      p += n;
    }
  }
  // A pointer in one of the encodings of DW_EH_PE. No data-relative and no indirect one: there are none in .eh_frame.
  uintptr pointer(uint8 enc) {
    uintptr base = (enc & 0x70) == 0x10 ? reinterpret_cast<uintptr>(p) : 0;
    if ((enc & 0x70) != 0 && (enc & 0x70) != 0x10) ok = false;
    switch (enc & 0x0f) {
      case 0x00:
        return base + get<uint64>();
      case 0x01:
        return base + uleb();
      case 0x02:
        return base + get<uint16>();
      case 0x03:
        return base + get<uint32>();
      case 0x04:
        return base + get<uint64>();
      case 0x09:
        return base + static_cast<uintptr>(sleb());
      case 0x0a:
        return base + static_cast<uintptr>(int64{get<int16>()});
      case 0x0b:
        return base + static_cast<uintptr>(int64{get<int32>()});
      case 0x0c:
        return base + static_cast<uintptr>(get<int64>());
    }
    ok = false;
    return 0;
  }
};

// A record of .eh_frame without its length; ok is false at the terminator and for records of more than 4 GiB.
reader record(const uint8* at) {
  uint32 length;
  std::memcpy(&length, at, 4);
  reader r{at + 4, at + 4, true};
  if (length == 0 || length == 0xffffffff) {
    r.ok = false;
  } else {
    r.end = r.p + length;
  }
  return r;
}

enum ruleKind : uint8 { ruleSame, ruleUndefined, ruleAt, ruleValue, ruleRegister, ruleExpression, ruleValueExpression };

struct rule {
  ruleKind kind = ruleSame;
  int64 n = 0;                // offset from the CFA, or a register
  const uint8* expr = nullptr;  // with its length before it
};

struct rules {
  bool cfaIsExpression = false;
  uint64 cfaReg = 0;
  int64 cfaOffset = 0;
  const uint8* cfaExpr = nullptr;
  rule reg[cfiRegs];
};

struct cie {
  uint64 codeAlign = 1;
  int64 dataAlign = 1;
  uint64 returnReg = 0;
  uint8 pointerEnc = 0;
  bool augmented = false;
  reader program{nullptr, nullptr};
};

bool readCIE(const uint8* at, cie* c) {
  reader r = record(at);
  if (!r.ok || r.get<uint32>() != 0) return false;
  uint8 version = r.get<uint8>();
  if (version != 1 && version != 3) return false;
  const char* aug = reinterpret_cast<const char*>(r.p);
  while (r.ok && r.get<uint8>() != 0) {
  }
  c->codeAlign = r.uleb();
  c->dataAlign = r.sleb();
  c->returnReg = version == 1 ? r.get<uint8>() : r.uleb();
  if (!r.ok) return false;
  if (aug[0] == 'z') {
    c->augmented = true;
    uint64 n = r.uleb();
    reader a{r.p, r.p + n, r.ok};
    r.skip(n);
    for (const char* s = aug + 1; *s != 0 && a.ok; s++) {
      switch (*s) {
        case 'R':
          c->pointerEnc = a.get<uint8>();
          break;
        case 'P': {
          uint8 enc = a.get<uint8>();
          a.pointer(enc & 0x7f);
          break;
        }
        case 'L':
          a.get<uint8>();
          break;
        case 'B':  // arm64: signed return addresses
          break;
        default:  // a signal's frame among them: nothing that the program's own functions have
          return false;
      }
    }
    if (!a.ok) return false;
  } else if (aug[0] != 0) {
    return false;
  }
  c->program = r;
  return r.ok;
}

// Runs the instructions of r up to pc. start: the rules after the CIE's, for DW_CFA_restore.
bool run(reader r, const cie& c, uintptr loc, uintptr pc, rules* s, const rules* start) {
  constexpr int depth = 4;
  rules saved[depth];
  int top = 0;
  auto set = [&](uint64 reg, ruleKind kind, int64 n, const uint8* expr = nullptr) {
    if (reg < cfiRegs) s->reg[reg] = {kind, n, expr};  // others (vector registers) do not matter
  };
  auto block = [&] {
    const uint8* at = r.p;
    r.skip(r.uleb());
    return at;
  };
  while (r.more()) {
    uint8 op = r.get<uint8>();
    uint64 low = op & 0x3f;
    switch (op & 0xc0) {
      case 0x40:  // advance_loc
        loc += low * c.codeAlign;
        if (loc > pc) return true;
        continue;
      case 0x80:  // offset
        set(low, ruleAt, static_cast<int64>(r.uleb()) * c.dataAlign);
        continue;
      case 0xc0:  // restore
        if (start == nullptr) return false;
        if (low < cfiRegs) s->reg[low] = start->reg[low];
        continue;
    }
    switch (op) {
      case 0x00:  // nop
        break;
      case 0x01:  // set_loc
        loc = r.pointer(c.pointerEnc);
        if (loc > pc) return r.ok;
        break;
      case 0x02:  // advance_loc1, 2, 4
        loc += r.get<uint8>() * c.codeAlign;
        if (loc > pc) return r.ok;
        break;
      case 0x03:
        loc += r.get<uint16>() * c.codeAlign;
        if (loc > pc) return r.ok;
        break;
      case 0x04:
        loc += r.get<uint32>() * c.codeAlign;
        if (loc > pc) return r.ok;
        break;
      case 0x05: {  // offset_extended
        uint64 reg = r.uleb();
        set(reg, ruleAt, static_cast<int64>(r.uleb()) * c.dataAlign);
        break;
      }
      case 0x06: {  // restore_extended
        uint64 reg = r.uleb();
        if (start == nullptr) return false;
        if (reg < cfiRegs) s->reg[reg] = start->reg[reg];
        break;
      }
      case 0x07:  // undefined
        set(r.uleb(), ruleUndefined, 0);
        break;
      case 0x08:  // same_value
        set(r.uleb(), ruleSame, 0);
        break;
      case 0x09: {  // register
        uint64 reg = r.uleb();
        set(reg, ruleRegister, static_cast<int64>(r.uleb()));
        break;
      }
      case 0x0a:  // remember_state
        if (top == depth) return false;
        saved[top++] = *s;
        break;
      case 0x0b:  // restore_state
        if (top == 0) return false;
        *s = saved[--top];
        break;
      case 0x0c:  // def_cfa
        s->cfaIsExpression = false;
        s->cfaReg = r.uleb();
        s->cfaOffset = static_cast<int64>(r.uleb());
        break;
      case 0x0d:  // def_cfa_register
        s->cfaReg = r.uleb();
        break;
      case 0x0e:  // def_cfa_offset
        s->cfaOffset = static_cast<int64>(r.uleb());
        break;
      case 0x0f:  // def_cfa_expression
        s->cfaIsExpression = true;
        s->cfaExpr = block();
        break;
      case 0x10:    // expression
      case 0x16: {  // val_expression
        uint64 reg = r.uleb();
        set(reg, op == 0x10 ? ruleExpression : ruleValueExpression, 0, block());
        break;
      }
      case 0x11: {  // offset_extended_sf
        uint64 reg = r.uleb();
        set(reg, ruleAt, r.sleb() * c.dataAlign);
        break;
      }
      case 0x12:  // def_cfa_sf
        s->cfaIsExpression = false;
        s->cfaReg = r.uleb();
        s->cfaOffset = r.sleb() * c.dataAlign;
        break;
      case 0x13:  // def_cfa_offset_sf
        s->cfaOffset = r.sleb() * c.dataAlign;
        break;
      case 0x14: {  // val_offset
        uint64 reg = r.uleb();
        set(reg, ruleValue, static_cast<int64>(r.uleb()) * c.dataAlign);
        break;
      }
      case 0x15: {  // val_offset_sf
        uint64 reg = r.uleb();
        set(reg, ruleValue, r.sleb() * c.dataAlign);
        break;
      }
      case 0x2e:  // GNU_args_size
        r.uleb();
        break;
      default:
        return false;
    }
  }
  return r.ok;
}

struct machine {
  const cfiFrame& f;
  uintptr lo;
  uintptr hi;
  bool ok = true;

  uintptr load(uintptr at) {
    if (at < lo || at > hi - sizeof(uintptr) || at % sizeof(uintptr) != 0) {
      ok = false;
      return 0;
    }
    return *reinterpret_cast<const uintptr*>(at);
  }
  uintptr reg(uint64 n) {
    if (n >= cfiRegs) {
      ok = false;
      return 0;
    }
    return f.reg[n];
  }
  // The few operations that compilers use for frames that were aligned, and linkers for the PLT.
  uintptr expression(const uint8* at, bool pushed, uintptr first) {
    reader len{at, at + 10};
    uint64 n = len.uleb();
    reader r{len.p, len.p + n};
    uintptr st[8];
    int top = 0;
    if (pushed) st[top++] = first;
    while (ok && r.more()) {
      uint8 op = r.get<uint8>();
      if (op >= 0x70 && op <= 0x8f) {  // breg
        if (top == 8) return bad();
        st[top++] = reg(op - 0x70) + static_cast<uintptr>(r.sleb());
      } else if (op >= 0x30 && op <= 0x4f) {  // lit
        if (top == 8) return bad();
        st[top++] = op - 0x30;
      } else if (op == 0x06) {  // deref
        if (top == 0) return bad();
        st[top - 1] = load(st[top - 1]);
      } else if (op == 0x23) {  // plus_uconst
        if (top == 0) return bad();
        st[top - 1] += r.uleb();
      } else if (op == 0x1a || op == 0x1c || op == 0x22 || op == 0x24 || op == 0x2a) {
        if (top < 2) return bad();
        uintptr b = st[--top];
        uintptr a = st[top - 1];
        st[top - 1] = op == 0x1a   ? a & b
                      : op == 0x1c ? a - b
                      : op == 0x22 ? a + b
                      : op == 0x24 ? a << (b & 63)
                                   : uintptr{static_cast<int64>(a) >= static_cast<int64>(b)};
      } else {
        return bad();
      }
    }
    if (!r.ok || top == 0) return bad();
    return st[top - 1];
  }
  uintptr bad() {
    ok = false;
    return 0;
  }
};

// The FDE that may cover pc, by the sorted table: pairs of offsets from the header.
const uint8* findFDE(const uint8* header, uintptr pc) {
  struct entry {
    int32 pc;
    int32 fde;
  };
  uint32 n;
  std::memcpy(&n, header + 8, 4);
  const auto* table = reinterpret_cast<const entry*>(header + 12);
  int64 want = static_cast<int64>(pc - reinterpret_cast<uintptr>(header));
  uint32 lo = 0;
  uint32 hi = n;
  while (lo < hi) {  // the last entry that does not begin after pc
    uint32 mid = lo + (hi - lo) / 2;
    if (table[mid].pc <= want) {
      lo = mid + 1;
    } else {
      hi = mid;
    }
  }
  return lo == 0 ? nullptr : header + table[lo - 1].fde;
}

}  // namespace

bool cfiInit(cfiText* text) {
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* arg) {
        auto* t = static_cast<cfiText*>(arg);
        for (int i = 0; i < info->dlpi_phnum; i++) {
          const ElfW(Phdr)& ph = info->dlpi_phdr[i];
          uintptr at = info->dlpi_addr + ph.p_vaddr;
          if (ph.p_type == PT_LOAD && (ph.p_flags & PF_X) != 0) {
            if (t->lo == 0 || at < t->lo) t->lo = at;
            if (at + ph.p_memsz > t->hi) t->hi = at + ph.p_memsz;
          } else if (ph.p_type == PT_GNU_EH_FRAME) {
            t->header = reinterpret_cast<const uint8*>(at);
          }
        }
        return 1;  // the executable comes first
      },
      text);
  const uint8* h = text->header;
  // Version 1; count as 4 bytes; pairs of 4 bytes relative to the header: what every linker writes.
  if (h == nullptr || h[0] != 1 || (h[1] & 0x0f) == 0 || h[2] != 0x03 || h[3] != 0x3b) {
    text->header = nullptr;
    return false;
  }
  return (h[1] & 0x0f) == 0x0b || (h[1] & 0x0f) == 0x03;  // so that the count stands 8 bytes on
}

// The rules of the frame whose instruction is at pc, and which of them is the return address's.
static bool readRules(const cfiText& text, uintptr pc, rules* s, uint64* returnReg) {
  const uint8* at = findFDE(text.header, pc);
  if (at == nullptr) return false;
  reader fde = record(at);
  const uint8* back = fde.p;
  uint32 toCIE = fde.get<uint32>();
  if (!fde.ok || toCIE == 0) return false;
  cie c;
  if (!readCIE(back - toCIE, &c)) return false;
  uintptr begin = fde.pointer(c.pointerEnc);
  uintptr length = fde.pointer(c.pointerEnc & 0x0f);
  if (!fde.ok || pc < begin || pc - begin >= length) return false;
  if (c.augmented) fde.skip(fde.uleb());

  if (!run(c.program, c, begin, pc, s, nullptr)) return false;
  const rules start = *s;
  *returnReg = c.returnReg;
  return run(fde, c, begin, pc, s, &start) && c.returnReg < cfiRegs;
}

bool cfiStep(const cfiText& text, cfiFrame* f, bool first, uintptr hi) {
  const uintptr pc = first ? f->reg[cfiPC] : f->reg[cfiPC] - 1;
  rules s;
  uint64 returnReg;
  if (!readRules(text, pc, &s, &returnReg)) return false;

  machine m{*f, f->reg[cfiSP], hi};
  const uintptr cfa = s.cfaIsExpression ? m.expression(s.cfaExpr, false, 0)
                                        : m.reg(s.cfaReg) + static_cast<uintptr>(s.cfaOffset);
  // Strictly up the stack, so that the walk ends.
  if (!m.ok || cfa < f->reg[cfiSP] || cfa > hi || cfa % sizeof(uintptr) != 0) return false;
  cfiFrame up = *f;
  for (int i = 0; i < cfiRegs; i++) {
    const rule& r = s.reg[i];
    switch (r.kind) {
      case ruleSame:
        break;
      case ruleUndefined:
        up.reg[i] = 0;
        break;
      case ruleAt:
        up.reg[i] = m.load(cfa + static_cast<uintptr>(r.n));
        break;
      case ruleValue:
        up.reg[i] = cfa + static_cast<uintptr>(r.n);
        break;
      case ruleRegister:
        up.reg[i] = m.reg(static_cast<uint64>(r.n));
        break;
      case ruleExpression:
        up.reg[i] = m.load(m.expression(r.expr, true, cfa));
        break;
      case ruleValueExpression:
        up.reg[i] = m.expression(r.expr, true, cfa);
        break;
    }
  }
  if (!m.ok || s.reg[returnReg].kind == ruleUndefined) return false;
#if defined(__x86_64__)
  if (s.reg[cfiPC].kind == ruleSame) return false;  // the return address lies on the stack, or nowhere
  if (cfa == f->reg[cfiSP]) return false;
#else
  if (cfa == f->reg[cfiSP] && !first) return false;  // only a leaf function has no frame
#endif
  up.reg[cfiPC] = up.reg[returnReg];
  up.reg[cfiSP] = cfa;
  *f = up;
  return true;
}

cfiRule cfiReadRule(const cfiText& text, uintptr pc) {
#if defined(__x86_64__)
  constexpr int fp = 6;
#else
  constexpr int fp = 29;
#endif
  rules s;
  uint64 returnReg;
  if (!readRules(text, pc, &s, &returnReg) || s.reg[returnReg].kind != ruleAt) return {};

  // reg + n, as a little program.
  auto baseAndOffset = [](const uint8* expr, uint64* reg, int64* n, bool* deref) {
    reader len{expr, expr + 10};
    const uint64 bytes = len.uleb();
    reader r{len.p, len.p + bytes};
    const uint8 op = r.get<uint8>();
    if (op < 0x70 || op > 0x8f) return false;
    *reg = op - 0x70u;
    *n = r.sleb();
    *deref = r.more() && r.get<uint8>() == 0x06;
    return r.ok && !r.more();
  };

  uint64 word = 1;
  uint64 base = s.cfaReg;
  int64 offset = s.cfaOffset;
  if (s.cfaIsExpression) {
    bool deref;
    if (!baseAndOffset(s.cfaExpr, &base, &offset, &deref) || !deref) return {};
    word |= 4;
  }
  if (base == fp) {
    word |= 2;
  } else if (base != cfiSP) {
    return {};
  }
  if (offset != static_cast<int32>(offset)) return {};
  auto put = [&](int64 n, int at) {
    if (n % 8 != 0 || n / 8 < -2048 || n / 8 > 2047) return false;
    word |= (static_cast<uint64>(n / 8) & 0xfff) << at;
    return true;
  };
  if (!put(s.reg[returnReg].n, 20)) return {};
  const rule& r = s.reg[fp];
  switch (r.kind) {
    case ruleSame:
      break;
    case ruleAt:
      if (!put(r.n, 8)) return {};
      word |= 8;
      break;
    case ruleExpression: {
      uint64 reg;
      int64 n;
      bool deref;
      if (!baseAndOffset(r.expr, &reg, &n, &deref) || deref || reg != fp || !put(n, 8)) return {};
      word |= 8 | 16;
      break;
    }
    default:
      word |= 32;
  }
  return {word | static_cast<uint64>(offset) << 32};
}

}  // namespace runtime
