// Memory for a generation's tables, given back at once: Go's traceregion.go.
#pragma once

#include "runtime/runtime2_base.h"
#include "seam/atomic.h"

namespace runtime {

struct traceRegionAllocBlock;

// Hands out pieces, from several threads. drop gives all of them back; nobody may be in alloc then.
struct traceRegionAlloc {
  mutex lock;
  atomic::Bool<> dropping;  // to catch misuse
  atomic::Pointer<traceRegionAllocBlock> current;
  traceRegionAllocBlock* full = nullptr;

  void* alloc(uintptr n);  // zeroed, aligned to 8; n up to some 64 KiB. On the system stack
  void drop();
};

}  // namespace runtime
