// A walk over the frames of an interrupted goroutine that may be made in a signal's handler: no lock, no memory, no
// call into libc. No Go file has this: Go's compiler knows the safe points, here the call-frame information that every
// C++ compiler writes for exceptions says who called whom.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

// The registers as DWARF numbers them, of those that a caller's frame can depend on.
#if defined(__x86_64__)
inline constexpr int cfiRegs = 17;  // rax rdx rcx rbx rsi rdi rbp rsp r8..r15, return address
inline constexpr int cfiSP = 7;
inline constexpr int cfiPC = 16;
#elif defined(__aarch64__)
inline constexpr int cfiRegs = 33;  // x0..x30, sp, and the pc, which has no number there
inline constexpr int cfiSP = 31;
inline constexpr int cfiPC = 32;
#endif

// One frame. Of a frame that was called, reg[cfiPC] is where the call returns to.
struct cfiFrame {
  uintptr reg[cfiRegs] = {};
};

// The executable's own code and its unwind table; what shared libraries have is not in it.
struct cfiText {
  uintptr lo = 0;  // of all code
  uintptr hi = 0;
  const uint8* header = nullptr;  // .eh_frame_hdr
};

// Finds them. Once, not in a handler. False: the executable has no such table.
bool cfiInit(cfiText* text);

// Makes f its caller's frame. first: f is where the goroutine was interrupted; else f called something. Reads memory
// only in [f's sp, hi). False: it cannot be told, f is spoilt.
bool cfiStep(const cfiText& text, cfiFrame* f, bool first, uintptr hi);

// What a step needs that follows only the stack pointer, the frame pointer (rbp, x29) and the return address, in one
// word: enough for nearly all that compilers write. 0: it cannot be told so.
struct cfiRule {
  uint64 word = 0;

  bool known() const { return (word & 1) != 0; }
  // The caller's stack pointer: cfaOffset from the frame's own, or from its frame pointer; deref: what lies there.
  bool fromFP() const { return (word & 2) != 0; }
  bool deref() const { return (word & 4) != 0; }
  intptr cfaOffset() const { return static_cast<intptr>(static_cast<int64>(word) >> 32); }
  // Where the return address lies, from there.
  intptr retOffset() const { return field(20) * 8; }
  // The caller's frame pointer: saved, fpOffset from there (or from the frame pointer), or lost; else the same.
  bool fpSaved() const { return (word & 8) != 0; }
  bool fpAtFP() const { return (word & 16) != 0; }
  bool fpLost() const { return (word & 32) != 0; }
  intptr fpOffset() const { return field(8) * 8; }

 private:
  intptr field(int at) const { return static_cast<intptr>(static_cast<int64>(word << (52 - at)) >> 52); }
};
static_assert(sizeof(cfiRule) == 8);

// The rule of the frame whose instruction is at pc, by the table of the object that has it. Anywhere.
cfiRule cfiReadRule(const cfiText& text, uintptr pc);

}  // namespace runtime
