// The profilers' part of g and m.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/slice.h"
#include "seam/atomic.h"

namespace runtime {

// mLockProfile gathers an M's waits for runtime locks; the M's own, but for waitTime.
struct mLockProfile {
  atomic::Int64<> waitTime;  // ns, all waits
  slice<uintptr> stack;      // where it last waited
  uintptr pending = 0;       // the mutex whose stack is still to be taken
  int64 cycles = 0;
  int64 cyclesLost = 0;
  bool haveStack = false;
  bool disabled = false;
};

static_assert(sizeof(mLockProfile) == 64);

// goroutineProfileStateHolder: has the goroutine profile under way seen this g?
struct goroutineProfileStateHolder {
  atomic::Uint32<> value;  // 0 absent, 1 in progress, 2 satisfied
};

static_assert(sizeof(goroutineProfileStateHolder) == 4);

}  // namespace runtime
