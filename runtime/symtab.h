// An M's cache of Go's pc tables. C++ unwinds by CFI; it keeps its place in m.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

struct pcvalueCacheEnt {
  uintptr targetpc = 0;
  uint32 off = 0;
  int32 val = 0;
  uintptr valPC = 0;
};

static_assert(sizeof(pcvalueCacheEnt) == 24);

struct pcvalueCache {
  pcvalueCacheEnt entries[2][8];
  intptr inUse = 0;
};

static_assert(sizeof(pcvalueCache) == 392);

}  // namespace runtime
