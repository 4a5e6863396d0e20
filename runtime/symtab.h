// Which function and which line a program counter belongs to: Go's symtab.go. Go's linker leaves tables for it in
// memory; here they are read from the ELF files of the program and its libraries, by code that may run in a crash: see
// symtab.cc.
#pragma once

#include <string_view>

#include "runtime/internal/goarch.h"

namespace runtime {

// An M's cache of Go's pc tables. C++ unwinds by CFI; it keeps its place in m.
struct pcvalueCacheEnt {
  uintptr targetpc = 0;
  uint32 off = 0;
  int32 val = 0;
  uintptr valPC = 0;
};

static_assert(sizeof(pcvalueCacheEnt) == 24);

struct pcvalueCache {
  pcvalueCacheEnt entries[2][8];
  intptr inUse = 0;
};

static_assert(sizeof(pcvalueCache) == 392);

// A function that is in memory. The names belong to the mapped file and stay for good.
struct funcInfo {
  uintptr entry = 0;            // 0: no function is known there
  const char* name = nullptr;   // as the linker knows it
  const char* object = nullptr;  // the file that it is in, if that much is known
  uintptr base = 0;             // where the file's address 0 lies in memory

  bool valid() const { return entry != 0; }
};

// All of these: any thread, any stack of some 16 KiB, signal handlers too; nothing is allocated by malloc, no lock is
// waited for. The first call maps files.

// The function that pc, an instruction's address, lies in.
funcInfo findfunc(uintptr pc);
// Its demangled name, without argument types, into buf: "main()", "gort::sync::Mutex::Lock()". "?" if there is none.
std::string_view funcname(const funcInfo& f, char* buf, int len);
// Where an instruction comes from.
struct fileLine {
  char file[512];  // "?" if nothing says it
  int32 line = 0;

  void set(const char* dir, const char* name, int32 n);
};
void funcline(uintptr pc, fileLine* to);

// The functions whose code an instruction is part of, when the compiler put one into the other: symtabinl.go. The
// innermost comes first; the last one is what findfunc gives. Each function but the innermost stands at the call of the
// one before.
class inlineUnwinder {
 public:
  // remember: the answer, in a table that has room for some thousands.
  explicit inlineUnwinder(uintptr pc, bool remember = true);

  // What findfunc says of pc.
  const funcInfo& func() const { return f_; }
  bool valid() const { return at_ <= n_; }
  void next() { at_++; }
  // Whether this one's code is part of another one's.
  bool isInlined() const { return at_ < n_; }
  // Its name, without argument types, in buf or in a mapped file.
  std::string_view name(char* buf, int len) const;
  void fileLine(runtime::fileLine* to) const;

 private:
  void declared(uint64* file, uint64* line) const;

  static constexpr int maxDepth = 24;  // beyond, calls are shown as one
  struct call {
    uintptr origin;  // the function, in .debug_info
    uint64 file;     // of the call
    uint64 line;
  };
  struct answer;
  static const answer* find(uintptr pc);
  const answer* keep();
  void readCalls();

  funcInfo f_;
  const answer* known_ = nullptr;  // pc was asked for before
  uintptr pc_;
  uintptr cu_ = 0;        // the unit in .debug_info that the rest refers to
  uintptr function_ = 0;   // the entry of f_ in it
  uintptr lineTable_ = 0;  // its program in .debug_line
  int n_ = 0;             // inlined functions; calls_[n_-1] is the innermost
  int at_ = 0;
  call calls_[maxDepth];
};

}  // namespace runtime
