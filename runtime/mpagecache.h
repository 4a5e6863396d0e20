// A P's cache of free heap pages. C++ allocates elsewhere; it keeps its place in p.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

struct pageCache {
  uintptr base = 0;
  uint64 cache = 0;
  uint64 scav = 0;
};

static_assert(sizeof(pageCache) == 24);

}  // namespace runtime
