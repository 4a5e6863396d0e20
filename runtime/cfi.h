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

}  // namespace runtime
