// Functions that the compiler put into others: Go's symtabinl.go.
//
// Go's linker keeps a tree of inlined calls for each function. In C++ the DWARF of .debug_info has it, among everything
// else: a tree of entries, of which those for functions and inlined calls say which addresses are theirs, and which
// call in which line they replace. The walk from a pc goes: .debug_aranges tells the compilation unit, the unit's tree
// is read from the front (an entry that does not contain the pc is jumped over, if it says where it ends) to the
// function, and in it down to the innermost call.
//
// As in symtab.cc nothing is allocated and nothing is trusted: what cannot be read ends the walk, and then the trace
// has the outer function alone. Units of DWARF 4 and 5 that are complete in the file are read; split units (.dwo) and
// supplementary files are not.
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "absl/debugging/internal/demangle.h"
#include "runtime/symtab.h"
#include "runtime/symtab_internal.h"

namespace runtime {

using namespace symtab;

namespace {

enum : uint64 {
  tagClass = 0x02,
  tagLexicalBlock = 0x0b,
  tagStruct = 0x13,
  tagUnion = 0x17,
  tagInlined = 0x1d,
  tagSubprogram = 0x2e,
  tagNamespace = 0x39,
};

struct unit {
  uintptr begin;   // offsets in .debug_info
  uintptr root;
  uintptr end;
  uint16 version;
  bool is64;
  uintptr abbrevs;  // offset in .debug_abbrev
};

// One entry of the tree, as far as it is of interest.
struct die {
  uint64 tag = 0;
  bool children = false;
  bool hasLow = false, hasHigh = false, highIsLength = false, hasRanges = false;
  uint64 low = 0, high = 0, ranges = 0, rangesForm = 0;
  uint64 sibling = 0, origin = 0;  // offsets in .debug_info; 0: none
  uint64 callFile = 0, callLine = 0;
  uint64 declFile = 0, declLine = 0;
  uint64 lineTable = 0;
  const char* name = nullptr;
  const char* linkage = nullptr;
};

// Where each abbreviation of the unit that was read last begins. Under startAdding.
constexpr uint64 maxAbbrevs = 8192;
const uint8* abbrevAt[maxAbbrevs];
uint64 abbrevCount;
const object* abbrevObject;
uintptr abbrevOffset;

void skipAbbrev(reader* r) {
  r->uleb();
  r->u8();
  for (;;) {
    uint64 attr = r->uleb();
    uint64 form = r->uleb();
    if (form == 0x21) r->sleb();
    if ((attr == 0 && form == 0) || r->bad) return;
  }
}

void loadAbbrevs(const object& o, uintptr offset) {
  if (abbrevObject == &o && abbrevOffset == offset && abbrevCount > 0) return;
  std::memset(abbrevAt, 0, abbrevCount * sizeof(abbrevAt[0]));
  abbrevCount = 0;
  abbrevObject = &o;
  abbrevOffset = offset;
  if (offset >= o.abbrev.len) return;
  reader r(o.abbrev.p + offset, o.abbrev.p + o.abbrev.len);
  while (uint64 code = r.uleb()) {
    if (code < maxAbbrevs) {
      abbrevAt[code] = r.p;
      abbrevCount = std::max(abbrevCount, code + 1);
    }
    skipAbbrev(&r);
    if (r.bad) return;
  }
}

bool readUnit(const object& o, uintptr offset, unit* u) {
  if (offset >= o.info.len) return false;
  reader r(o.info.p + offset, o.info.p + o.info.len);
  u->begin = offset;
  uint64 len = r.fixed<uint32>();
  u->is64 = len == 0xffffffff;
  if (u->is64) len = r.fixed<uint64>();
  if (r.bad || len > static_cast<uint64>(r.end - r.p)) return false;
  u->end = static_cast<uintptr>(r.p - o.info.p) + len;
  u->version = r.fixed<uint16>();
  auto offsetField = [&] { return u->is64 ? r.fixed<uint64>() : r.fixed<uint32>(); };
  uint8 addressSize;
  if (u->version == 5) {
    uint8 type = r.u8();
    addressSize = r.u8();
    u->abbrevs = offsetField();
    if (type != 1 && type != 3) return false;  // a whole one, or a part that others import
  } else if (u->version == 4 || u->version == 3) {
    u->abbrevs = offsetField();
    addressSize = r.u8();
  } else {
    return false;
  }
  u->root = static_cast<uintptr>(r.p - o.info.p);
  return !r.bad && addressSize == 8;
}

// Makes u the unit that the entry at `target` is in. An optimizer of whole programs has entries of one unit refer to
// another's.
bool enterUnit(const object& o, uintptr target, unit* u) {
  if (target >= u->begin && target < u->end) return true;
  uintptr offset = 0;
  while (offset < o.info.len) {
    unit other{};
    bool readable = readUnit(o, offset, &other);
    if (other.end <= offset) return false;
    if (target < other.end) {
      if (!readable || target < other.root) return false;
      *u = other;
      loadAbbrevs(o, u->abbrevs);
      return true;
    }
    offset = other.end;
  }
  return false;
}

// Reads the entry at r. False: a null entry, the end of a list of children, or nothing readable (r->bad).
bool readDie(const object& o, const unit& u, reader* r, die* d) {
  *d = die{};
  uint64 code = r->uleb();
  if (code == 0) return false;
  if (code >= maxAbbrevs || abbrevAt[code] == nullptr) {
    r->bad = true;
    return false;
  }
  reader a(abbrevAt[code], o.abbrev.p + o.abbrev.len);
  d->tag = a.uleb();
  d->children = a.u8() != 0;
  auto text = [](const bytes& section, uint64 offset) {
    return offset < section.len ? reinterpret_cast<const char*>(section.p + offset) : nullptr;
  };
  auto offsetForm = [&] { return u.is64 ? r->fixed<uint64>() : r->fixed<uint32>(); };
  for (;;) {
    uint64 attr = a.uleb();
    uint64 form = a.uleb();
    int64 implicit = form == 0x21 ? a.sleb() : 0;
    if (a.bad || r->bad) {
      r->bad = true;
      return false;
    }
    if (attr == 0 && form == 0) return true;
    if (form == 0x16) form = r->uleb();  // indirect

    uint64 v = 0;
    const char* s = nullptr;
    bool constant = false;
    switch (form) {
      case 0x01:
        v = r->fixed<uint64>();
        break;
      case 0x0b:
        v = r->u8();
        constant = true;
        break;
      case 0x05:
        v = r->fixed<uint16>();
        constant = true;
        break;
      case 0x06:
        v = r->fixed<uint32>();
        constant = true;
        break;
      case 0x07:
        v = r->fixed<uint64>();
        constant = true;
        break;
      case 0x0d:
        v = static_cast<uint64>(r->sleb());
        constant = true;
        break;
      case 0x0f:
        v = r->uleb();
        constant = true;
        break;
      case 0x21:
        v = static_cast<uint64>(implicit);
        constant = true;
        break;
      case 0x08:
        s = r->cstring();
        break;
      case 0x0e:
        s = text(o.str, offsetForm());
        break;
      case 0x1f:
        s = text(o.lineStr, offsetForm());
        break;
      case 0x11:
        v = u.begin + r->u8();
        break;
      case 0x12:
        v = u.begin + r->fixed<uint16>();
        break;
      case 0x13:
        v = u.begin + r->fixed<uint32>();
        break;
      case 0x14:
        v = u.begin + r->fixed<uint64>();
        break;
      case 0x15:
        v = u.begin + r->uleb();
        break;
      case 0x10:
      case 0x17:
        v = offsetForm();
        break;
      case 0x0c:
        v = r->u8();
        break;
      case 0x19:
        v = 1;
        break;
      case 0x20:
        r->skip(8);
        break;
      case 0x1e:
        r->skip(16);
        break;
      case 0x0a:
        r->skip(r->u8());
        break;
      case 0x03:
        r->skip(r->fixed<uint16>());
        break;
      case 0x04:
        r->skip(r->fixed<uint32>());
        break;
      case 0x09:
      case 0x18:
        r->skip(r->uleb());
        break;
      case 0x1a:  // indices into tables: skipped
      case 0x1b:
      case 0x22:
      case 0x23:
        r->uleb();
        break;
      case 0x25:
      case 0x29:
        r->skip(1);
        break;
      case 0x26:
      case 0x2a:
        r->skip(2);
        break;
      case 0x27:
      case 0x2b:
        r->skip(3);
        break;
      case 0x28:
      case 0x2c:
        r->skip(4);
        break;
      default:
        r->bad = true;
        return false;
    }
    switch (attr) {
      case 0x01:
        d->sibling = v;
        break;
      case 0x03:
        d->name = s;
        break;
      case 0x10:
        d->lineTable = v;
        break;
      case 0x11:
        d->hasLow = form == 0x01;
        d->low = v;
        break;
      case 0x12:
        d->hasHigh = form == 0x01 || constant;
        d->highIsLength = constant;
        d->high = v;
        break;
      case 0x31:  // abstract origin
      case 0x47:  // specification
        d->origin = v;
        break;
      case 0x55:
        d->hasRanges = form == 0x17 || form == 0x06 || form == 0x07;
        d->ranges = v;
        break;
      case 0x3a:
        d->declFile = v;
        break;
      case 0x3b:
        d->declLine = v;
        break;
      case 0x58:
        d->callFile = v;
        break;
      case 0x59:
        d->callLine = v;
        break;
      case 0x6e:
      case 0x2007:
        d->linkage = s;
        break;
      default:
        break;
    }
  }
}

// Whether the file's address `at` is the entry's. base: of the unit, for ranges.
bool contains(const object& o, const unit& u, const die& d, uintptr at, uint64 base) {
  if (d.hasLow && d.hasHigh) return at >= d.low && at < (d.highIsLength ? d.low + d.high : d.high);
  if (!d.hasRanges) return false;
  const bytes& section = u.version == 5 ? o.rnglists : o.ranges;
  if (d.ranges >= section.len) return false;
  reader r(section.p + d.ranges, section.p + section.len);
  while (!r.bad) {
    uint64 lo = 0, hi = 0;
    if (u.version == 5) {
      switch (r.u8()) {
        case 0:
          return false;
        case 4:
          lo = base + r.uleb();
          hi = base + r.uleb();
          break;
        case 5:
          base = r.fixed<uint64>();
          continue;
        case 6:
          lo = r.fixed<uint64>();
          hi = r.fixed<uint64>();
          break;
        case 7:
          lo = r.fixed<uint64>();
          hi = lo + r.uleb();
          break;
        default:
          return false;
      }
    } else {
      lo = r.fixed<uint64>();
      hi = r.fixed<uint64>();
      if (lo == 0 && hi == 0) return false;
      if (lo == ~uint64{0}) {
        base = hi;
        continue;
      }
      lo += base;
      hi += base;
    }
    if (at >= lo && at < hi) return true;
  }
  return false;
}

// The unit whose code `at` is, by .debug_aranges; false if it is not told.
bool unitOf(const object& o, uintptr at, uintptr* offset) {
  reader r(o.aranges.p, o.aranges.p + o.aranges.len);
  while (r.p < r.end && !r.bad) {
    const uint8* begin = r.p;
    uint64 len = r.fixed<uint32>();
    bool is64 = len == 0xffffffff;
    if (is64) len = r.fixed<uint64>();
    if (r.bad || len > static_cast<uint64>(r.end - r.p)) return false;
    const uint8* next = r.p + len;
    r.fixed<uint16>();
    uint64 info = is64 ? r.fixed<uint64>() : r.fixed<uint32>();
    uint8 addressSize = r.u8();
    r.u8();
    // Pairs are aligned to their own size.
    r.p += (16 - (r.p - begin) % 16) % 16;
    if (addressSize != 8) return false;
    while (r.p + 16 <= next) {
      uint64 lo = r.fixed<uint64>();
      uint64 n = r.fixed<uint64>();
      if (lo == 0 && n == 0) break;
      if (at >= lo && at - lo < n) {
        *offset = info;
        return true;
      }
    }
    r.p = next;
  }
  return false;
}

struct stringBuilder {
  char* p;
  char* end;
  void add(const char* s) {
    while (*s != 0 && p < end) *p++ = *s++;
  }
};

constexpr int maxNesting = 64;
constexpr const char* unnamed = "(unnamed struct)";

// The name of the entry at `target` with those of everything that it is in: a function without a linker's name is
// static or local. The unit is read from the front.
std::string_view qualifiedName(const object& o, const unit& u, uintptr target, char* buf, int len) {
  const char* names[maxNesting] = {};
  reader r(o.info.p + u.root, o.info.p + u.end);
  int depth = 0;
  while (!r.bad && r.p < r.end) {
    auto at = static_cast<uintptr>(r.p - o.info.p);
    die d;
    if (!readDie(o, u, &r, &d)) {
      if (--depth <= 0) break;
      continue;
    }
    if (at == target) {
      stringBuilder b{buf, buf + len - 1};
      for (int i = 1; i < depth && i < maxNesting; i++) {
        if (names[i] == nullptr) continue;
        bool lambda = names[i] == unnamed && d.name != nullptr && std::strcmp(d.name, "operator()") == 0;
        b.add(lambda ? "{lambda()}" : names[i]);
        b.add("::");
      }
      b.add(d.name == nullptr ? "?" : d.name);
      b.add("()");
      return {buf, static_cast<uintptr>(b.p - buf)};
    }
    if (!d.children) continue;
    if (d.sibling != 0 && d.sibling <= target && d.sibling > at) {
      r.p = o.info.p + d.sibling;
      continue;
    }
    if (depth < maxNesting) {
      names[depth] = nullptr;
      if (d.tag == tagNamespace && d.name == nullptr) names[depth] = "(anonymous namespace)";
      if (d.tag == tagNamespace || d.tag == tagClass || d.tag == tagStruct || d.tag == tagUnion ||
          d.tag == tagSubprogram) {
        if (d.name != nullptr) names[depth] = d.name;
        if (d.name == nullptr && d.tag == tagStruct) names[depth] = unnamed;
      }
    }
    depth++;
  }
  return "?";
}

}  // namespace

// What was found out about a pc. A dump of many goroutines asks for the same few places again and again, and finding
// out means to read through thousands of entries. Kept in memory from mmap, as much as there is room for; never changed
// once it is in the table, never removed.
struct inlineUnwinder::answer {
  struct place {
    const char* name;
    const char* file;
    int32 line;
  };
  uintptr pc;
  funcInfo f;
  int n;            // inlined functions
  place places[1];  // n + 1, the innermost first
};

namespace {

constexpr uintptr answersSize = 8 << 20;  // touched as far as it is used
constexpr uintptr maxAnswers = 1 << 14;
std::atomic<const void*> answers[maxAnswers];
uintptr answerCount;  // the rest under startAdding
char* arena;
uintptr arenaUsed;

uintptr answerHash(uintptr pc) { return (pc * 0x9e3779b97f4a7c15) >> 50; }
static_assert(maxAnswers == 1 << (64 - 50));

void* fromArena(uintptr n) {
  n = (n + 7) & ~uintptr{7};
  if (arena == nullptr) {
    void* p = mmap(nullptr, answersSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return nullptr;
    arena = static_cast<char*>(p);
  }
  if (answersSize - arenaUsed < n) return nullptr;
  void* p = arena + arenaUsed;
  arenaUsed += n;
  return p;
}

const char* textFromArena(std::string_view s) {
  auto* p = static_cast<char*>(fromArena(s.size() + 1));
  if (p == nullptr) return nullptr;
  std::memcpy(p, s.data(), s.size());
  p[s.size()] = 0;
  return p;
}

}  // namespace

const inlineUnwinder::answer* inlineUnwinder::find(uintptr pc) {
  for (uintptr i = answerHash(pc), tries = 0; tries < 64; i = (i + 1) % maxAnswers, tries++) {
    // Pairs with keep's store.
    auto* a = static_cast<const answer*>(answers[i].load(std::memory_order_acquire));
    if (a == nullptr || a->pc == pc) return a;
  }
  return nullptr;
}

// Writes down all that this says; nullptr if there is no room, or somebody else is at it.
const inlineUnwinder::answer* inlineUnwinder::keep() {
  static_assert(sizeof(answer::place) == 24);
  // First everything is found out, then it is written down: finding out takes the table's lock by itself.
  char buf[512];
  runtime::fileLine at;
  if (!startAdding()) return nullptr;
  answer* a = nullptr;
  if (answerCount < maxAnswers / 2) {
    a = static_cast<answer*>(fromArena(sizeof(answer) + static_cast<uintptr>(n_) * sizeof(answer::place)));
  }
  endAdding();
  if (a == nullptr) return nullptr;
  a->pc = pc_;
  a->f = f_;
  a->n = n_;
  const char* lastFile = nullptr;
  for (at_ = 0; at_ <= n_; at_++) {
    std::string_view n = name(buf, sizeof(buf));
    fileLine(&at);
    if (!startAdding()) break;
    answer::place& p = a->places[at_];
    p.name = textFromArena(n);
    p.file = lastFile != nullptr && std::strcmp(lastFile, at.file) == 0 ? lastFile : textFromArena(at.file);
    p.line = at.line;
    lastFile = p.file;
    bool room = p.name != nullptr && p.file != nullptr;
    endAdding();
    if (!room) break;
  }
  bool complete = at_ > n_;
  at_ = 0;
  if (!complete || !startAdding()) return nullptr;
  for (uintptr i = answerHash(pc_), tries = 0; tries < 64; i = (i + 1) % maxAnswers, tries++) {
    if (answers[i].load(std::memory_order_relaxed) != nullptr) continue;
    answers[i].store(a, std::memory_order_release);
    answerCount++;
    break;
  }
  endAdding();
  return a;
}

inlineUnwinder::inlineUnwinder(uintptr pc, bool remember) : pc_(pc) {
  known_ = find(pc);
  if (known_ != nullptr) {
    f_ = known_->f;
    n_ = known_->n;
    return;
  }
  f_ = findfunc(pc);
  readCalls();
  if (remember) known_ = keep();
}

// Fills in the calls from .debug_info.
void inlineUnwinder::readCalls() {
  uintptr pc = pc_;
  object* o = findObject(pc);
  if (o == nullptr || o->info.len == 0) return;
  uintptr at = pc - o->bias;
  unit u;
  if (!unitOf(*o, at, &cu_) || !readUnit(*o, cu_, &u) || !startAdding()) return;
  loadAbbrevs(*o, u.abbrevs);
  reader r(o->info.p + u.root, o->info.p + u.end);
  int depth = 0;
  int function = 0;  // the depth of the function that pc is in
  int skip = 0;      // the depth of an entry whose children do not matter
  uint64 base = 0;
  while (!r.bad && r.p < r.end) {
    die d;
    auto here = static_cast<uintptr>(r.p - o->info.p);
    if (!readDie(*o, u, &r, &d)) {
      depth--;
      if (depth <= skip) skip = 0;
      if (depth <= function) break;  // the function is over; or the unit, when function is 0
      continue;
    }
    if (depth == 0) {
      base = d.low;
      lineTable_ = d.lineTable;
      if (!d.children) break;
      depth++;
      continue;
    }
    bool descend = false;
    if (skip == 0) {
      if (function == 0) {
        descend = d.tag == tagNamespace;
        if (d.tag == tagSubprogram && contains(*o, u, d, at, base)) {
          function = depth;
          function_ = here;
          descend = true;
          if (!d.children) break;
        }
      } else if (d.tag == tagInlined || d.tag == tagLexicalBlock) {
        // A block of a part that was split off may have no addresses of its own.
        bool silent = d.tag == tagLexicalBlock && !d.hasLow && !d.hasRanges;
        descend = silent || contains(*o, u, d, at, base);
        if (descend && d.tag == tagInlined && n_ < maxDepth) calls_[n_++] = {d.origin, d.callFile, d.callLine};
      }
    }
    if (!d.children) continue;
    if (!descend && skip == 0) {
      if (d.sibling > here && d.sibling < u.end) {
        r.p = o->info.p + d.sibling;
        continue;
      }
      skip = depth;
    }
    depth++;
  }
  endAdding();
}

std::string_view inlineUnwinder::name(char* buf, int len) const {
  if (known_ != nullptr) return known_->places[at_].name;
  if (at_ >= n_) return funcname(f_, buf, len);
  object* o = findObject(pc_);
  unit u;
  if (o == nullptr || !readUnit(*o, cu_, &u) || !startAdding()) return "?";
  loadAbbrevs(*o, u.abbrevs);
  std::string_view result = "?";
  uintptr target = calls_[n_ - 1 - at_].origin;
  for (int i = 0; i < 8 && enterUnit(*o, target, &u); i++) {
    reader r(o->info.p + target, o->info.p + u.end);
    die d;
    if (!readDie(*o, u, &r, &d)) break;
    if (d.linkage != nullptr) {
      result = absl::debugging_internal::Demangle(d.linkage, buf, len) ? buf : d.linkage;
      break;
    }
    if (d.origin == 0) {
      result = qualifiedName(*o, u, target, buf, len);
      break;
    }
    target = d.origin;
  }
  endAdding();
  return result;
}

void inlineUnwinder::fileLine(runtime::fileLine* to) const {
  if (known_ != nullptr) return to->set(nullptr, known_->places[at_].file, known_->places[at_].line);
  uint64 file = 0, line = 0;
  if (at_ > 0) {
    file = calls_[n_ - at_].file;
    line = calls_[n_ - at_].line;
  } else {
    funcline(pc_, to);
    if (to->line != 0) return;
    // gcc leaves the lines of a function's cold part out if they are where the hot part was left: say where it begins.
    declared(&file, &line);
  }
  to->set(nullptr, "?", 0);
  object* o = findObject(pc_);
  lineHeader h;
  if (line == 0 || o == nullptr || lineTable_ >= o->line.len || !readLineHeader(o->line, lineTable_, &h)) return;
  const char *dir, *name;
  fileOf(h, *o, file, &dir, &name);
  if (name != nullptr) to->set(dir, name, static_cast<int32>(line));
}

// Where the innermost function's declaration is; nothing if that is not known.
void inlineUnwinder::declared(uint64* file, uint64* line) const {
  object* o = findObject(pc_);
  unit u;
  uintptr target = n_ > 0 ? calls_[n_ - 1].origin : function_;
  if (o == nullptr || !readUnit(*o, cu_, &u) || !startAdding()) return;
  loadAbbrevs(*o, u.abbrevs);
  for (int i = 0; i < 8 && target > u.begin && target < u.end; i++) {
    reader r(o->info.p + target, o->info.p + u.end);
    die d;
    if (!readDie(*o, u, &r, &d)) break;
    if (d.declLine != 0) {
      *file = d.declFile;
      *line = d.declLine;
    }
    if (d.declFile != 0 || d.origin == 0) break;
    target = d.origin;
  }
  endAdding();
}

}  // namespace runtime
