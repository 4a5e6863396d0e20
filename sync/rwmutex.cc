// rwmutex.cc mirrors Go's sync/rwmutex.go.
//
// A writer first excludes other writers (w_), then takes rwmutexMaxReaders off readerCount_: a reader that comes now
// sees a negative count and sleeps. The readers that were there before are what the old count said; the writer adds
// them to readerWait_, from which each takes one when it leaves, and the one that brings it to 0 wakes the writer. The
// two may happen in either order: a reader that leaves between the writer's two adds brings readerWait_ below 0 for a
// moment. Unlock adds rwmutexMaxReaders again and lets go as many readers as have come.
//
// readerCount_ and readerWait_ change sequentially consistently wherever a goroutine decides by one that it need not
// look at the other.
#include "sync/rwmutex.h"

#include "runtime/race.h"
#include "runtime/seam.h"
#include "runtime/sema.h"

namespace gort::sync {

namespace {

constexpr std::int32_t rwmutexMaxReaders = 1 << 30;

}  // namespace

void RWMutex::rLockSlow() { runtime::sync_runtime_SemacquireRWMutexR(&readerSem_, false, 0); }

void RWMutex::rUnlockSlow(std::int32_t r) {
  if (r + 1 == 0 || r + 1 == -rwmutexMaxReaders) runtime::fatal("sync: RUnlock of unlocked RWMutex");
  // A writer waits.
  if (readerWait_.fetch_sub(1) - 1 == 0) runtime::sync_runtime_Semrelease(&writerSem_, false, 1);
}

void RWMutex::Lock() {
  w_.Lock();
  std::int32_t r = readerCount_.fetch_sub(rwmutexMaxReaders);
  if (r != 0 && readerWait_.fetch_add(r) + r != 0) {
    runtime::sync_runtime_SemacquireRWMutex(&writerSem_, false, 0);
  }
}

bool RWMutex::TryLock() {
  if (!w_.TryLock()) return false;
  std::int32_t none = 0;
  if (!readerCount_.compare_exchange_strong(none, -rwmutexMaxReaders)) {
    w_.Unlock();
    return false;
  }
  return true;
}

void RWMutex::Unlock() {
  runtime::racerelease(&readerSem_);
  std::int32_t r = readerCount_.fetch_add(rwmutexMaxReaders) + rwmutexMaxReaders;
  if (r >= rwmutexMaxReaders) runtime::fatal("sync: Unlock of unlocked RWMutex");
  for (std::int32_t i = 0; i < r; i++) runtime::sync_runtime_Semrelease(&readerSem_, false, 0);
  w_.Unlock();
}

Locker RWMutex::RLocker() {
  return Locker(
      this, [](void* rw) { static_cast<RWMutex*>(rw)->RLock(); },
      [](void* rw) { static_cast<RWMutex*>(rw)->RUnlock(); });
}

}  // namespace gort::sync
