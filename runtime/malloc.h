// A P's chunk of memory that is never freed. C++ allocates elsewhere; it keeps its place.
#pragma once

#include "runtime/runtime2_base.h"

namespace runtime {

struct persistentAlloc {
  notInHeap* base = nullptr;
  uintptr off = 0;
};

static_assert(sizeof(persistentAlloc) == 16);

}  // namespace runtime
