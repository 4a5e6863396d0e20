// A fast walk over the frames of a goroutine that stands still. No Go file has this: Go's code keeps frame pointers.
#pragma once

#include "runtime/runtime2.h"

namespace runtime {

// Where a walk begins: a frame's registers.
struct traceFrom {
  uintptr pc;
  uintptr sp;
  uintptr fp;  // 0: not known
  bool exact;  // pc is an instruction that was about to run, not a return address
};

// The words of a stack that a walk looked at: where, from the walk's first sp on in words, and what was there. Whoever
// begins at the same place and finds the same in all of them sees the same frames.
struct traceSeen {
  static constexpr int most = 40;
  int n = 0;  // most + 1: there were more
  uint32 at[most];
  uintptr value[most];
};

// The return addresses of gp's frames from there on, innermost first, at most n; those of the runtime's own functions
// only if there are no others. Returns how many. gp does not run meanwhile, or is who calls, on its system stack; or
// copy has what its stack was like from at.sp on, that many bytes of it. Takes no lock, allocates nothing. A frame that
// cannot be explained, or is not in the copy, ends the walk.
int traceUnwind(const g* gp, traceFrom at, uintptr* pcs, int n, traceSeen* seen, const void* copy = nullptr,
                uintptr bytes = 0);

}  // namespace runtime
