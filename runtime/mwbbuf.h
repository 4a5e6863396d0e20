// A P's write barrier buffer. C++ has no write barriers; it keeps its place in p.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

inline constexpr intptr wbBufEntries = 512;

struct wbBuf {
  uintptr next = 0;
  uintptr end = 0;
  uintptr buf[wbBufEntries] = {};

  void reset() { next = end = 0; }
};

static_assert(sizeof(wbBuf) == 4112);

}  // namespace runtime
