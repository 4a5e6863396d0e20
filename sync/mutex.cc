// mutex.cc mirrors Go's internal/sync/mutex.go: what Lock and Unlock do when the mutex is not simply free.
//
// A mutex is in one of two modes.
//
// Normal: whoever comes competes. A goroutine that was woken does not own the mutex; it tries to take it like those
// that arrive, which already run and mostly win. That is fast, for one goroutine can take the mutex many times in a row
// without a switch. If the woken one loses, it goes back to sleep at the front of the queue. Before sleeping, a
// goroutine spins a little, if there is another processor on which the owner may be running; it sets mutexWoken, so
// that Unlock wakes nobody for whom there will be nothing.
//
// Starving: a goroutine that has waited longer than starvationThresholdNs, and has lost again, switches to this mode.
// Unlock then leaves mutexLocked off and passes the mutex to the first in the queue, which counts itself out and sets
// the bit; the time slice goes along. Those that arrive do not try, they queue at the end. The mode ends with an owner
// that was the last in the queue or waited less than the threshold.
//
// What must hold: mutexWoken set means that somebody is awake who will clear it; mutexStarving set means that somebody
// waits; the count in state_ says how many sleep on sema_ or are about to. Between the release of sema_ and the waking
// of a sleeper the count is already one less (normal mode) or is still right (starving mode).
//
// Different from Go: a first attempt looks before it exchanges, and takes a mutex for which others wait at once instead
// of on the second attempt, in lockSlow; an Unlock that need not wake anybody returns at once as well. What happens to
// state_ is the same, with one locked instruction less for each Lock under contention.
//
// The semaphore's operations are sequentially consistent, so that a hand-off orders what the owner did before what the
// next one does, as Unlock and Lock of the fast path do.
#include "sync/mutex.h"

#include "runtime/boundary.h"
#include "runtime/proc_decl.h"
#include "runtime/seam.h"
#include "runtime/sema.h"

namespace gort::sync {

namespace {

constexpr std::int64_t starvationThresholdNs = 1'000'000;

// Looks at the P's queue.
bool canSpin(int iter) {
  runtime::fromProgram here;
  return runtime::internal_sync_runtime_canSpin(iter);
}

}  // namespace

void Mutex::lockSlow() {
  constexpr auto acquire = std::memory_order_acquire;
  constexpr auto relaxed = std::memory_order_relaxed;
  std::int64_t waitStartTime = 0;
  bool starving = false;
  bool awoke = false;
  int iter = 0;
  std::int32_t old = state_.load(relaxed);
  for (;;) {
    // Not in starving mode: the mutex will go to one that sleeps.
    if ((old & (mutexLocked | mutexStarving)) == mutexLocked && canSpin(iter)) {
      std::int32_t seen = old;
      if (!awoke && (old & mutexWoken) == 0 && old >> mutexWaiterShift != 0 &&
          state_.compare_exchange_strong(seen, old | mutexWoken, relaxed, relaxed)) {
        awoke = true;
      }
      runtime::internal_sync_runtime_doSpin();
      iter++;
      old = state_.load(relaxed);
      continue;
    }
    std::int32_t next = old;
    if ((old & mutexStarving) == 0) next |= mutexLocked;
    if ((old & (mutexLocked | mutexStarving)) != 0) next += 1 << mutexWaiterShift;
    // Only while it is locked: a starving mutex has somebody waiting, whom Unlock will find.
    if (starving && (old & mutexLocked) != 0) next |= mutexStarving;
    if (awoke) {
      if ((next & mutexWoken) == 0) runtime::throw_("sync: inconsistent mutex state");
      next &= ~mutexWoken;
    }
    if (!state_.compare_exchange_strong(old, next, acquire, relaxed)) continue;  // old is what was seen
    if ((old & (mutexLocked | mutexStarving)) == 0) return;                     // it was free
    // One that waited before keeps its place.
    bool queueLifo = waitStartTime != 0;
    if (waitStartTime == 0) waitStartTime = runtime::internal_sync_nanotime();
    runtime::internal_sync_runtime_SemacquireMutex(&sema_, queueLifo, 2);
    starving = starving || runtime::internal_sync_nanotime() - waitStartTime > starvationThresholdNs;
    old = state_.load(acquire);
    if ((old & mutexStarving) != 0) {
      // It was handed over: not locked, and the count still has this goroutine.
      if ((old & (mutexLocked | mutexWoken)) != 0 || old >> mutexWaiterShift == 0) {
        runtime::throw_("sync: inconsistent mutex state");
      }
      std::int32_t delta = mutexLocked - (1 << mutexWaiterShift);
      // The mode must end here, as early as it can: two goroutines in it would pass the mutex, and a switch with it,
      // back and forth for ever.
      if (!starving || old >> mutexWaiterShift == 1) delta -= mutexStarving;
      state_.fetch_add(delta, acquire);
      return;
    }
    awoke = true;
    iter = 0;
  }
}

void Mutex::unlockSlow(std::int32_t now) {
  if (((now + mutexLocked) & mutexLocked) == 0) runtime::fatal("sync: unlock of unlocked mutex");
  if ((now & mutexStarving) != 0) {
    // Nobody else can take it meanwhile: mutexStarving counts as locked.
    runtime::internal_sync_runtime_Semrelease(&sema_, true, 2);
    return;
  }
  std::int32_t old = now;
  for (;;) {
    // Nobody waits; or one is awake, has the mutex already, or it went to starving mode meanwhile: theirs to go on.
    if (old >> mutexWaiterShift == 0 || (old & (mutexLocked | mutexWoken | mutexStarving)) != 0) return;
    // The right to wake one.
    std::int32_t next = (old - (1 << mutexWaiterShift)) | mutexWoken;
    if (state_.compare_exchange_strong(old, next, std::memory_order_relaxed, std::memory_order_relaxed)) {
      runtime::internal_sync_runtime_Semrelease(&sema_, false, 2);
      return;
    }
  }
}

}  // namespace gort::sync
