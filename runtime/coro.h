// Coroutines (iter.Pull): two goroutines of which one runs.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/runtime2_base.h"

namespace runtime {

// coro holds the goroutine that does not run now; coroswitch swaps it with the caller.
struct coro {
  guintptr gp;
  funcval* f = nullptr;  // the body

  // The thread locks of the creator: a switch on another thread, or with other counts, is an error.
  runtime::m* mp = nullptr;
  uint32 lockedExt = 0;
  uint32 lockedInt = 0;
};

static_assert(sizeof(coro) == 32);

}  // namespace runtime
