// Linux's part of m.
#pragma once

#include "runtime/internal/goarch.h"
#include "seam/atomic.h"

namespace runtime {

// The kernel's signal mask (os_linux_generic.go).
struct sigset {
  uint32 bits[2];
};

struct mOS {
  int32 profileTimer = 0;                  // per-thread CPU profile timer
  atomic::Bool<> profileTimerValid;        // profileTimer may be used; any thread reads it
  atomic::Uint8<> needPerThreadSyscall;    // a syscall that every thread must make is due
  uintptr vgetrandomState = 0;             // vDSO random; here the address of the thread's errno (asm_amd64.S)
  uint32 waitsema = 0;                     // futex word: parks the M that waits for a mutex
};

static_assert(sizeof(mOS) == 24);

}  // namespace runtime
