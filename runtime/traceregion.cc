// Memory for tables: Go's traceregion.go.
#include "runtime/traceregion.h"

#include "runtime/seam.h"
#include "runtime/tracebuf.h"

namespace runtime {

struct traceRegionAllocBlock {
  traceRegionAllocBlock* next;
  atomic::Uintptr<> off;
  uint8 data[(64 << 10) - 2 * sizeof(uintptr)];

  void* take(uintptr n) {
    const uintptr end = off.Add(n);
    return end <= sizeof data ? data + (end - n) : nullptr;
  }
};

static_assert(sizeof(traceRegionAllocBlock) == 64 << 10);

void* traceRegionAlloc::alloc(uintptr n) {
  n = (n + 7) & ~uintptr{7};
  if (n > sizeof(traceRegionAllocBlock::data)) throw_("traceRegion: alloc too large");
  if (dropping.Load()) throw_("traceRegion: alloc with concurrent drop");

  traceRegionAllocBlock* block = current.Load();
  if (block != nullptr) {
    if (void* at = block->take(n)) return at;
  }

  runtime::lock(&lock);
  // Somebody else may have put a new one there.
  block = current.Load();
  if (block != nullptr) {
    if (void* at = block->take(n)) {
      unlock(&lock);
      return at;
    }
    block->next = full;
    full = block;
  }
  block = static_cast<traceRegionAllocBlock*>(traceSysAlloc(sizeof(traceRegionAllocBlock)));
  void* at = block->take(n);
  current.Store(block);
  unlock(&lock);
  return at;
}

void traceRegionAlloc::drop() {
  dropping.Store(true);
  while (full != nullptr) {
    traceRegionAllocBlock* block = full;
    full = block->next;
    traceSysFree(block, sizeof *block);
  }
  if (traceRegionAllocBlock* block = current.Load(); block != nullptr) {
    traceSysFree(block, sizeof *block);
    current.Store(nullptr);
  }
  dropping.Store(false);
}

}  // namespace runtime
