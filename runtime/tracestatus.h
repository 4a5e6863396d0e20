// What the execution tracer remembers about every G and P.
#pragma once

#include "runtime/internal/goarch.h"
#include "seam/atomic.h"

namespace runtime {

struct traceSchedResourceState {
  atomic::Uint32<> statusTraced[3];  // by generation mod 3: has its status been written?
  uint64 seq[2] = {};                // by generation mod 2: its sequence counter
};

static_assert(sizeof(traceSchedResourceState) == 32);

}  // namespace runtime
