// waitgroup.cc mirrors Go's sync/waitgroup.go.
//
// The count and the number of goroutines that wait are the two halves of one word, so an Add learns of both at once.
// The Add that takes the count to 0 while somebody waits is alone from then on: a further Add would be misuse, a Wait
// sees 0 and does not wait. It clears the word and lets one goroutine go for each that waits.
//
// All operations are sequentially consistent: what was done before a Done is seen after the Wait that it lets go.
#include "sync/waitgroup.h"

#include "api/panic.h"
#include "runtime/race.h"
#include "runtime/sema.h"

namespace gort::sync {

void WaitGroup::Add(int delta) {
  std::uint64_t change = static_cast<std::uint64_t>(static_cast<std::int64_t>(delta)) << 32;
  // In ThreadSanitizer's eyes an Add is behind no Done of before, as in Go's race detector: else goroutines that are
  // started one after the other would seem to be in order whenever the first was quick.
  std::uint64_t state = change;
  if (runtime::raceenabled && delta > 0) {
    state += state_.fetch_add(change, std::memory_order_relaxed);
  } else {
    state += state_.fetch_add(change);
  }
  std::int32_t v = static_cast<std::int32_t>(state >> 32);
  std::uint32_t w = static_cast<std::uint32_t>(state);
  if (v < 0) gort::panic("sync: negative WaitGroup counter");
  if (w != 0 && delta > 0 && v == delta) gort::panic("sync: WaitGroup misuse: Add called concurrently with Wait");
  if (v > 0 || w == 0) return;
  if (state_.load() != state) gort::panic("sync: WaitGroup misuse: Add called concurrently with Wait");
  state_.store(0);
  for (; w != 0; w--) runtime::sync_runtime_Semrelease(&sema_, false, 0);
}

void WaitGroup::Wait() {
  std::uint64_t state = state_.load();
  for (;;) {
    if (static_cast<std::int32_t>(state >> 32) == 0) return;
    if (!state_.compare_exchange_strong(state, state + 1)) continue;
    runtime::sync_runtime_SemacquireWaitGroup(&sema_);
    if (state_.load() != 0) gort::panic("sync: WaitGroup is reused before previous Wait has returned");
    return;
  }
}

}  // namespace gort::sync
