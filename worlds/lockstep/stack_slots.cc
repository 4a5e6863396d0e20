// Stacks of one size, in slabs.
#include "worlds/lockstep/stack_slots.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "runtime/proc_decl.h"

namespace runtime {

static constexpr size_t kSlab = 256;  // stacks that are mapped at a time
static std::vector<void*> freeStacks;

stack stackalloc(uint32) {
  using lockstep::kStackBytes;
  void* lo;
  if (!freeStacks.empty()) {
    lo = freeStacks.back();
    freeStacks.pop_back();
  } else {
    // A slab of many, so that a million stacks need few mappings.
    void* slab = mmap(nullptr, kSlab * kStackBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (slab == MAP_FAILED) {
      std::fprintf(stderr, "gort: no memory for the stacks of goroutines\n");
      std::_Exit(2);
    }
    madvise(slab, kSlab * kStackBytes, MADV_NOHUGEPAGE);  // a huge page would hold 32 stacks, hardly used
    for (size_t i = kSlab; i-- > 1;) {
      freeStacks.push_back(static_cast<char*>(slab) + i * kStackBytes);
    }
    lo = slab;
  }
  auto base = reinterpret_cast<uintptr>(lo);
  return {base, base + kStackBytes};
}

void stackfree(stack stk) {
  if (stk.lo != 0) freeStacks.push_back(reinterpret_cast<void*>(stk.lo));
}

}  // namespace runtime
