// Functions and lines: Go's symtab.go.
//
// A crash report must not allocate, take locks that the crashed code may hold, or trust libraries that do. Readers of
// debug information (libdw and its kin) do all three. So this file reads two things by itself from the mapped ELF file
// of an object: the symbol table, for names, and the line programs of .debug_line (DWARF 4 and 5), for files and lines.
// Both are read where they lie; what has to be remembered goes to static tables and to memory from mmap.
//
//   objects   one entry for each ELF file that was asked for. Found by the auxiliary vector (the program itself) or by
//             /proc/self/maps (libraries); never by the dynamic loader's list, whose lock may be held.
//   sequences for each object, the address ranges of its line programs, so that a look-up runs one program and not all
//
// The tables only grow. An entry is complete before it is published by a store to the count (release, with the readers'
// acquire), so readers take no lock. A writer that finds another one at work gives up: a name less, but no waiting.
//
// Functions that the compiler put into others are symtabinl.cc's matter. What differs from Go: there are no argument
// values.
#include "runtime/symtab.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "absl/debugging/internal/demangle.h"
#include "runtime/symtab_internal.h"

namespace runtime {

using namespace symtab;

namespace {

constexpr int maxObjects = 64;
object objects[maxObjects];
std::atomic<int> nobjects;
std::atomic<bool> adding;

// ---- ELF

bytes mapFile(const char* path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  struct stat st;
  bytes b;
  if (fstat(fd, &st) == 0 && st.st_size > 0) {
    void* p = mmap(nullptr, static_cast<uintptr>(st.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
    if (p != MAP_FAILED) b = {static_cast<const uint8*>(p), static_cast<uintptr>(st.st_size)};
  }
  close(fd);
  return b;
}

bool inside(const bytes& b, uint64 offset, uint64 len) { return offset <= b.len && len <= b.len - offset; }

bytes sectionBytes(const bytes& file, const ElfW(Shdr) & s) {
  constexpr uint64 compressed = 1 << 11;  // SHF_COMPRESSED
  if (s.sh_type == SHT_NOBITS || (s.sh_flags & compressed) != 0 || !inside(file, s.sh_offset, s.sh_size)) return {};
  return {file.p + s.sh_offset, s.sh_size};
}

// Fills everything but lo, hi, bias and path from the file.
void readSections(object* o) {
  const bytes& f = o->file;
  if (f.len < sizeof(ElfW(Ehdr)) || std::memcmp(f.p, ELFMAG, SELFMAG) != 0) return;
  ElfW(Ehdr) eh;
  std::memcpy(&eh, f.p, sizeof(eh));
  if (eh.e_shentsize != sizeof(ElfW(Shdr)) || !inside(f, eh.e_shoff, uint64{eh.e_shnum} * sizeof(ElfW(Shdr)))) return;
  auto* sections = reinterpret_cast<const ElfW(Shdr)*>(f.p + eh.e_shoff);
  if (eh.e_shstrndx >= eh.e_shnum) return;
  bytes names = sectionBytes(f, sections[eh.e_shstrndx]);
  bool full = false;
  for (int i = 0; i < eh.e_shnum; i++) {
    const ElfW(Shdr)& s = sections[i];
    if (s.sh_name >= names.len) continue;
    auto* name = reinterpret_cast<const char*>(names.p + s.sh_name);
    if (std::strcmp(name, ".debug_line") == 0) o->line = sectionBytes(f, s);
    if (std::strcmp(name, ".debug_line_str") == 0) o->lineStr = sectionBytes(f, s);
    if (std::strcmp(name, ".debug_str") == 0) o->str = sectionBytes(f, s);
    if (std::strcmp(name, ".debug_info") == 0) o->info = sectionBytes(f, s);
    if (std::strcmp(name, ".debug_abbrev") == 0) o->abbrev = sectionBytes(f, s);
    if (std::strcmp(name, ".debug_aranges") == 0) o->aranges = sectionBytes(f, s);
    if (std::strcmp(name, ".debug_rnglists") == 0) o->rnglists = sectionBytes(f, s);
    if (std::strcmp(name, ".debug_ranges") == 0) o->ranges = sectionBytes(f, s);
    // The full table is better than that of exported names.
    if ((s.sh_type == SHT_SYMTAB || (s.sh_type == SHT_DYNSYM && !full)) && s.sh_link < eh.e_shnum) {
      bytes table = sectionBytes(f, s);
      full = s.sh_type == SHT_SYMTAB;
      o->syms = reinterpret_cast<const ElfW(Sym)*>(table.p);
      o->nsyms = table.len / sizeof(ElfW(Sym));
      o->strings = sectionBytes(f, sections[s.sh_link]);
    }
  }
}

// ---- objects

// The program itself, by the auxiliary vector.
bool describeProgram(object* o) {
  auto* ph = reinterpret_cast<const ElfW(Phdr)*>(getauxval(AT_PHDR));
  uintptr n = getauxval(AT_PHNUM);
  if (ph == nullptr) return false;
  o->bias = 0;
  for (uintptr i = 0; i < n; i++) {
    if (ph[i].p_type == PT_PHDR) o->bias = reinterpret_cast<uintptr>(ph) - ph[i].p_vaddr;
  }
  o->lo = ~uintptr{0};
  o->hi = 0;
  for (uintptr i = 0; i < n; i++) {
    if (ph[i].p_type != PT_LOAD) continue;
    o->lo = std::min(o->lo, o->bias + ph[i].p_vaddr);
    o->hi = std::max(o->hi, o->bias + ph[i].p_vaddr + ph[i].p_memsz);
  }
  ssize_t len = readlink("/proc/self/exe", o->path, sizeof(o->path) - 1);
  o->path[len < 0 ? 0 : len] = 0;
  o->file = mapFile("/proc/self/exe");
  return true;
}

uintptr hexNumber(const char** s) {
  uintptr v = 0;
  for (;; (*s)++) {
    char c = **s;
    if (c >= '0' && c <= '9') {
      v = v * 16 + static_cast<uintptr>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      v = v * 16 + static_cast<uintptr>(c - 'a' + 10);
    } else {
      return v;
    }
  }
}

// "lo-hi perms offset dev inode path": whether pc is in it; then o has path, and lo to hi are that mapping.
bool matchMapsLine(const char* s, uintptr pc, object* o, uintptr* offset) {
  uintptr lo = hexNumber(&s);
  if (*s++ != '-') return false;
  uintptr hi = hexNumber(&s);
  if (pc < lo || pc >= hi || *s++ != ' ') return false;
  s = std::strchr(s, ' ');
  if (s == nullptr) return false;
  s++;
  *offset = hexNumber(&s);
  const char* path = std::strchr(s, '/');
  if (path == nullptr) return false;
  uintptr n = std::min(std::strlen(path), sizeof(o->path) - 1);
  std::memcpy(o->path, path, n);
  o->path[n] = 0;
  o->lo = lo;
  o->hi = hi;
  return true;
}

// A library, by the system's list of mappings. It may be long (stacks have guards): read piece by piece.
bool describeLibrary(object* o, uintptr pc) {
  int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char buf[1024];
  uintptr have = 0;
  uintptr offset = 0;
  bool found = false;
  for (;;) {
    ssize_t k = read(fd, buf + have, sizeof(buf) - 1 - have);
    if (k <= 0) break;
    have += static_cast<uintptr>(k);
    buf[have] = 0;
    char* at = buf;
    while (char* nl = std::strchr(at, '\n')) {
      *nl = 0;
      if (matchMapsLine(at, pc, o, &offset)) {
        found = true;
        break;
      }
      at = nl + 1;
    }
    if (found) break;
    have -= static_cast<uintptr>(at - buf);
    if (at == buf && have == sizeof(buf) - 1) have = 0;  // a line longer than any path: not for us
    std::memmove(buf, at, have);
  }
  close(fd);
  if (!found) return false;
  o->file = mapFile(o->path);
  if (o->file.len < sizeof(ElfW(Ehdr))) return true;
  ElfW(Ehdr) eh;
  std::memcpy(&eh, o->file.p, sizeof(eh));
  if (!inside(o->file, eh.e_phoff, uint64{eh.e_phnum} * sizeof(ElfW(Phdr)))) return true;
  auto* ph = reinterpret_cast<const ElfW(Phdr)*>(o->file.p + eh.e_phoff);
  for (int i = 0; i < eh.e_phnum; i++) {
    if (ph[i].p_type != PT_LOAD || (ph[i].p_flags & PF_X) == 0) continue;
    o->bias = o->lo - offset + ph[i].p_offset - ph[i].p_vaddr;
  }
  return true;
}

object* addObject(uintptr pc) {
  if (!startAdding()) return nullptr;
  int n = nobjects.load(std::memory_order_relaxed);
  object* o = nullptr;
  if (n < maxObjects) {
    o = &objects[n];
    bool ok = n == 0 ? describeProgram(o) : describeLibrary(o, pc);
    if (ok) {
      readSections(o);
      nobjects.store(n + 1, std::memory_order_release);  // pairs with findObject's load
    } else {
      o = nullptr;
    }
  }
  endAdding();
  return o;
}

}  // namespace

bool symtab::startAdding() { return !adding.exchange(true, std::memory_order_acquire); }
void symtab::endAdding() { adding.store(false, std::memory_order_release); }

object* symtab::findObject(uintptr pc) {
  for (int round = 0; round < 2; round++) {
    int n = nobjects.load(std::memory_order_acquire);
    for (int i = 0; i < n; i++) {
      if (objects[i].lo <= pc && pc < objects[i].hi) return &objects[i];
    }
    if (n == 0) {
      addObject(pc);  // the program comes first
      continue;
    }
    object* o = addObject(pc);
    return o != nullptr && o->lo <= pc && pc < o->hi ? o : nullptr;
  }
  return nullptr;
}

// ---- .debug_line

bool symtab::readLineHeader(const bytes& section, uintptr offset, lineHeader* h) {
  reader r(section.p + offset, section.p + section.len);
  uint64 len = r.fixed<uint32>();
  h->is64 = len == 0xffffffff;
  if (h->is64) len = r.fixed<uint64>();
  if (r.bad || len > static_cast<uint64>(r.end - r.p)) {
    h->next = section.p + section.len;
    return false;
  }
  h->next = r.p + len;
  r.end = h->next;
  h->version = r.fixed<uint16>();
  if (h->version < 3 || h->version > 5) return false;
  if (h->version == 5) {
    h->addressSize = r.u8();
    r.u8();  // segment selectors: none
  }
  uint64 headerLen = h->is64 ? r.fixed<uint64>() : r.fixed<uint32>();
  const uint8* tablesEnd = r.p + headerLen;
  if (r.bad || headerLen > static_cast<uint64>(r.end - r.p)) return false;
  h->minInst = r.u8();
  if (h->version >= 4) h->maxOps = r.u8();
  r.u8();  // whether a line is a statement by default
  h->lineBase = static_cast<int8>(r.u8());
  h->lineRange = r.u8();
  h->opcodeBase = r.u8();
  for (int i = 1; i < h->opcodeBase; i++) h->opcodeLengths[i] = r.u8();
  h->tables = reader(r.p, tablesEnd);
  h->program = reader(tablesEnd, h->next);
  return !r.bad && h->lineRange != 0 && h->addressSize == 8;
}

namespace {

struct row {
  uint64 address;
  uint64 file;
  int64 line;
};

// Runs a unit's program. each(row, endOfSequence) is called for each row; false stops.
template <class F>
void runLines(lineHeader* h, F each) {
  reader& r = h->program;
  row s{0, 1, 1};
  auto advance = [&](uint64 ops) { s.address += ops * h->minInst; };  // no VLIW: one operation an instruction
  while (r.p < r.end && !r.bad) {
    uint8 op = r.u8();
    if (op >= h->opcodeBase) {
      unsigned adjusted = op - h->opcodeBase;
      advance(adjusted / h->lineRange);
      s.line += h->lineBase + static_cast<int>(adjusted % h->lineRange);
      if (!each(s, false)) return;
      continue;
    }
    switch (op) {
      case 0: {  // extended
        uint64 len = r.uleb();
        const uint8* next = r.p + std::min<uint64>(len, static_cast<uint64>(r.end - r.p));
        uint8 sub = len == 0 ? 0 : r.u8();
        if (sub == 1) {  // end of sequence
          if (!each(s, true)) return;
          s = {0, 1, 1};
        } else if (sub == 2) {  // address
          s.address = r.fixed<uint64>();
        }
        r.p = next;
        break;
      }
      case 1:  // copy
        if (!each(s, false)) return;
        break;
      case 2:
        advance(r.uleb());
        break;
      case 3:
        s.line += r.sleb();
        break;
      case 4:
        s.file = r.uleb();
        break;
      case 8:  // as special opcode 255
        advance((255u - h->opcodeBase) / h->lineRange);
        break;
      case 9:
        s.address += r.fixed<uint16>();
        break;
      default:  // of no interest here: column, statement, block, prologue ..., or unknown
        for (int i = 0; i < h->opcodeLengths[op]; i++) r.uleb();
    }
  }
}

// Finds all sequences of an object. Two passes: count, then keep.
void indexLines(object* o) {
  uintptr n = 0;
  for (int pass = 0; pass < 2; pass++) {
    uintptr i = 0;
    for (const uint8* p = o->line.p; p < o->line.p + o->line.len;) {
      uintptr unit = static_cast<uintptr>(p - o->line.p);
      lineHeader h;
      bool ok = readLineHeader(o->line, unit, &h);
      p = h.next;
      if (!ok) continue;
      bool first = true;
      uint64 lo = 0;
      runLines(&h, [&](const row& at, bool end) {
        if (first) lo = at.address;
        first = end;
        // The linker leaves the lines of what it threw away at address 0.
        if (end && lo != 0 && at.address > lo) {
          if (pass == 1 && i < n) o->sequences[i] = {lo, at.address, unit};
          i++;
        }
        return true;
      });
    }
    if (pass == 0) {
      n = i;
      if (n == 0) return;
      void* m = mmap(nullptr, n * sizeof(sequence), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (m == MAP_FAILED) return;
      o->sequences = static_cast<sequence*>(m);
    } else {
      std::atomic_ref<uintptr>(o->nsequences).store(std::min(i, n), std::memory_order_release);
    }
  }
}

// A string in a table of directories or files (DWARF 5), or what has to be skipped.
struct form {
  uint64 content, code;
};

const char* readForm(reader* r, const lineHeader& h, const object& o, uint64 code, uint64* number) {
  auto fromSection = [&](const bytes& section) {
    uint64 offset = h.is64 ? r->fixed<uint64>() : r->fixed<uint32>();
    return offset < section.len ? reinterpret_cast<const char*>(section.p + offset) : "";
  };
  switch (code) {
    case 0x08:
      return r->cstring();
    case 0x1f:
      return fromSection(o.lineStr);
    case 0x0e:
      return fromSection(o.str);
    case 0x0b:
      *number = r->u8();
      break;
    case 0x05:
      *number = r->fixed<uint16>();
      break;
    case 0x0f:
      *number = r->uleb();
      break;
    case 0x06:
      *number = r->fixed<uint32>();
      break;
    case 0x1e:  // an MD5 sum
      r->skip(16);
      break;
    case 0x09:  // a block
      r->skip(r->uleb());
      break;
    default:
      r->bad = true;
  }
  return nullptr;
}

struct fileEntry {
  const char* path = nullptr;
  uint64 dir = 0;
};

// Entry number `want` of the table that r stands at, and leaves r behind the table.
fileEntry readTable5(reader* r, const lineHeader& h, const object& o, uint64 want) {
  form forms[8];
  uint8 nforms = r->u8();
  for (int i = 0; i < nforms; i++) {
    uint64 content = r->uleb();
    uint64 code = r->uleb();
    if (i < 8) forms[i] = {content, code};
  }
  fileEntry found;
  uint64 count = r->uleb();
  if (nforms > 8) r->bad = true;
  for (uint64 i = 0; i < count && !r->bad; i++) {
    fileEntry e;
    for (int k = 0; k < nforms; k++) {
      uint64 number = 0;
      const char* s = readForm(r, h, o, forms[k].code, &number);
      if (forms[k].content == 1) e.path = s;
      if (forms[k].content == 2) e.dir = number;
    }
    if (i == want) found = e;
  }
  return found;
}

}  // namespace

void symtab::fileOf(const lineHeader& h, const object& o, uint64 file, const char** dir, const char** name) {
  *dir = *name = nullptr;
  if (h.version == 5) {
    reader dirs = h.tables;
    reader r = dirs;
    readTable5(&r, h, o, 0);  // to the files
    fileEntry f = readTable5(&r, h, o, file);
    *name = f.path;
    if (f.path != nullptr && f.path[0] != '/') *dir = readTable5(&dirs, h, o, f.dir).path;
    return;
  }
  reader dirs = h.tables;
  reader r = dirs;
  while (!r.bad && *r.cstring() != 0) {
  }
  for (uint64 i = 1; !r.bad; i++) {
    const char* s = r.cstring();
    if (*s == 0) return;
    uint64 d = r.uleb();
    r.uleb();
    r.uleb();
    if (i != file) continue;
    *name = s;
    for (uint64 k = 1; d != 0 && k <= d && !dirs.bad; k++) *dir = dirs.cstring();
    return;
  }
}

// Mangled names are looked through one by one: there is no index, and building one would want memory.
funcInfo findfunc(uintptr pc) {
  funcInfo f;
  object* o = findObject(pc);
  if (o == nullptr) return f;
  f.object = o->path;
  f.base = o->bias;
  uintptr at = pc - o->bias;
  uintptr best = 0;
  for (uintptr i = 0; i < o->nsyms; i++) {
    const ElfW(Sym)& s = o->syms[i];
    if ((s.st_info & 0xf) != STT_FUNC || s.st_shndx == SHN_UNDEF || s.st_name >= o->strings.len) continue;
    if (at < s.st_value || at - s.st_value >= std::max<uint64>(s.st_size, 1) || s.st_value < best) continue;
    best = s.st_value;
    f.entry = o->bias + s.st_value;
    f.name = reinterpret_cast<const char*>(o->strings.p + s.st_name);
  }
  return f;
}

std::string_view funcname(const funcInfo& f, char* buf, int len) {
  if (f.name == nullptr) return "?";
  if (absl::debugging_internal::Demangle(f.name, buf, len)) return buf;
  return f.name;
}

void fileLine::set(const char* dir, const char* name, int32 n) {
  char* p = file;
  char* end = file + sizeof(file) - 1;
  auto append = [&](const char* s) {
    while (*s != 0 && p < end) *p++ = *s++;
  };
  if (dir != nullptr && *dir != 0) {
    append(dir);
    append("/");
  }
  append(name);
  *p = 0;
  line = n;
}

void funcline(uintptr pc, fileLine* to) {
  to->set(nullptr, "?", 0);
  object* o = findObject(pc);
  if (o == nullptr || o->line.len == 0) return;
  if (o->sequences == nullptr && startAdding()) {
    if (o->sequences == nullptr) indexLines(o);
    endAdding();
  }
  uintptr n = std::atomic_ref<uintptr>(o->nsequences).load(std::memory_order_acquire);
  uintptr at = pc - o->bias;
  for (uintptr i = 0; i < n; i++) {
    const sequence& s = o->sequences[i];
    if (at < s.lo || at >= s.hi) continue;
    lineHeader h;
    if (!readLineHeader(o->line, s.unit, &h)) return;
    row before{0, 0, 0};
    bool found = false;
    runLines(&h, [&](const row& r, bool end) {
      if (before.address != 0 && before.address <= at && at < r.address) {
        found = true;
        return false;
      }
      before = end ? row{0, 0, 0} : r;
      return true;
    });
    if (!found) return;
    const char *dir, *name;
    fileOf(h, *o, before.file, &dir, &name);
    if (name == nullptr) return;
    to->set(dir, name, static_cast<int32>(before.line));
    return;
  }
}

}  // namespace runtime
