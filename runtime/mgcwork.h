// A P's share of the collector's work. There is no collector here; it keeps its place in p.
#pragma once

#include "runtime/runtime2_base.h"

namespace runtime {

struct gcWork {
  workbuf* wbuf1 = nullptr;
  workbuf* wbuf2 = nullptr;
  uint64 bytesMarked = 0;
  int64 heapScanWork = 0;
  bool flushedWork = false;
};

static_assert(sizeof(gcWork) == 40);

}  // namespace runtime
