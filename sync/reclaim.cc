// reclaim.cc: epochs. It stands where Go's collector does for package sync's Map.
//
// A Reading counts itself in, by the parity of the epoch in which it begins, and makes sure afterwards that the epoch
// has not changed meanwhile; so it is counted where the epoch's end looks for it. Epoch e may end when no Reading of
// e-1 is left. What was retired before e began (waiting_) can only have been found by Readings of e-1 or earlier: those
// of e began after it was out of sight. So the end of e is when it may be freed, and what was retired during e becomes
// waiting_.
//
// All operations on the epoch and the counts are sequentially consistent: a Reading adds to a count and then looks at
// the epoch; who ends an epoch has changed the epoch and then looks at the counts. One of them sees the other.
#include "sync/reclaim.h"

#include <mutex>
#include <utility>

namespace gort::sync::internal {

Reclaimer::Reading::Reading(Reclaimer& r) {
  // Goroutines have stacks of their own, far apart: their addresses spread the counting over several cache lines.
  auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  Slot& slot = r.slots_[(here >> 18 ^ here >> 21) % numSlots];
  for (;;) {
    std::uint64_t e = r.epoch_.load();
    count_ = &slot.readers[e & 1];
    count_->fetch_add(1);
    if (r.epoch_.load() == e) return;
    count_->fetch_sub(1);
  }
}

Reclaimer::Reading::~Reading() { count_->fetch_sub(1); }

void Reclaimer::retire(Retired* n) {
  n->nextRetired = current_.load(std::memory_order_relaxed);
  while (!current_.compare_exchange_weak(n->nextRetired, n)) {
  }
  retired_.fetch_add(1, std::memory_order_relaxed);
}

void Reclaimer::reclaim() {
  if (retired_.load(std::memory_order_relaxed) < batch) return;
  Retired* list = nullptr;
  {
    std::unique_lock hold(mu_, std::try_to_lock);
    if (!hold) return;
    std::uint64_t e = epoch_.load();
    for (const Slot& slot : slots_) {
      if (slot.readers[(e + 1) & 1].load() != 0) return;
    }
    retired_.store(0, std::memory_order_relaxed);
    list = std::exchange(waiting_, current_.exchange(nullptr));
    epoch_.store(e + 1);
  }
  freeAll(list);
}

void Reclaimer::freeAll(Retired* list) {
  while (list != nullptr) free_(std::exchange(list, list->nextRetired));
}

Reclaimer::~Reclaimer() {
  freeAll(waiting_);
  freeAll(current_.load());
}

}  // namespace gort::sync::internal
