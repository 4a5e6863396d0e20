// The state of an M's ChaCha8 generator (internal/chacha8rand).
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime::chacha8rand {

struct State {
  uint64 buf[32] = {};
  uint64 seed[4] = {};
  uint32 i = 0;  // next value in buf
  uint32 n = 0;  // values in buf
  uint32 c = 0;  // block counter
};

static_assert(sizeof(State) == 304);

}  // namespace runtime::chacha8rand
