// What symtab.cc and symtabinl.cc share: mapped ELF files, and how their debug information is read.
#pragma once

#include <elf.h>
#include <link.h>

#include <cstring>

#include "runtime/internal/goarch.h"

namespace runtime::symtab {

struct bytes {
  const uint8* p = nullptr;
  uintptr len = 0;
};

struct sequence {
  uintptr lo, hi;  // addresses of the file
  uintptr unit;    // offset of its line program
};

struct object {
  uintptr lo, hi;  // in memory
  uintptr bias;    // memory address - file's address
  char path[256];
  bytes file;
  const ElfW(Sym) * syms = nullptr;
  uintptr nsyms = 0;
  bytes strings;
  bytes line, lineStr, str;
  bytes info, abbrev, aranges, rnglists, ranges;
  sequence* sequences = nullptr;
  uintptr nsequences = 0;
};

// The object that pc lies in, or nullptr. Any stack, any thread.
object* findObject(uintptr pc);
// One writer at a time of the tables that only grow: false if there is one already.
bool startAdding();
void endAdding();

// Bytes that are read from front to back. Past the end everything is 0 and `bad`.
struct reader {
  const uint8* p;
  const uint8* end;
  bool bad = false;

  reader(const uint8* p, const uint8* end) : p(p), end(end) {}

  template <class T>
  T fixed() {
    T v{};
    if (static_cast<uintptr>(end - p) < sizeof(T)) {
      bad = true;
      p = end;
      return v;
    }
    std::memcpy(&v, p, sizeof(T));
    p += sizeof(T);
    return v;
  }
  uint8 u8() { return fixed<uint8>(); }
  uint64 uleb() {
    uint64 v = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (p == end) {
        bad = true;
        return 0;
      }
      uint8 b = *p++;
      if (shift < 64) v |= uint64{b & 0x7fu} << shift;
      if ((b & 0x80) == 0) return v;
    }
  }
  int64 sleb() {
    uint64 v = 0;
    unsigned shift = 0;
    uint8 b;
    do {
      if (p == end) {
        bad = true;
        return 0;
      }
      b = *p++;
      if (shift < 64) v |= uint64{b & 0x7fu} << shift;
      shift += 7;
    } while ((b & 0x80) != 0);
    if (shift < 64 && (b & 0x40) != 0) v |= ~uint64{0} << shift;
    return static_cast<int64>(v);
  }
  const char* cstring() {
    const void* nul = std::memchr(p, 0, static_cast<uintptr>(end - p));
    if (nul == nullptr) {
      bad = true;
      p = end;
      return "";
    }
    auto* s = reinterpret_cast<const char*>(p);
    p = static_cast<const uint8*>(nul) + 1;
    return s;
  }
  void skip(uint64 n) {
    if (n > static_cast<uint64>(end - p)) {
      bad = true;
      p = end;
    } else {
      p += n;
    }
  }
};

struct lineHeader {
  uint16 version;
  uint8 addressSize = 8;
  uint8 minInst, maxOps = 1;
  int8 lineBase;
  uint8 lineRange, opcodeBase;
  uint8 opcodeLengths[256];
  reader tables{nullptr, nullptr};  // directories and files
  reader program{nullptr, nullptr};
  const uint8* next;  // the unit after this one
  bool is64;
};

// The header of the line program at that offset of a .debug_line section. False: it is not one that can be read.
bool readLineHeader(const bytes& section, uintptr offset, lineHeader* h);
// Number `file` of its table; *dir may become nullptr.
void fileOf(const lineHeader& h, const object& o, uint64 file, const char** dir, const char** name);

}  // namespace runtime::symtab
