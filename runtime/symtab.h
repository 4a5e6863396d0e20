// Which function and which line a program counter belongs to: Go's symtab.go. Go's linker leaves tables for it in memory;
// here they are read from the ELF files of the program and its libraries, by code that may run in a crash: see symtab.cc.
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

// These four: any thread, any stack of some 4 KiB, signal handlers too; nothing is allocated by malloc, no lock is waited
// for. The first call maps files.

// The function that pc, an instruction's address, lies in.
funcInfo findfunc(uintptr pc);
// Its demangled name, without argument types, into buf: "main()", "gort::sync::Mutex::Lock()". "?" if there is none.
std::string_view funcname(const funcInfo& f, char* buf, int len);
// Where an instruction comes from.
struct fileLine {
  char file[512];  // "?" if nothing says it
  int32 line = 0;
};
void funcline(uintptr pc, fileLine* to);

}  // namespace runtime
