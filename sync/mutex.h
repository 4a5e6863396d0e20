// Mutex: one goroutine at a time. Mirrors Go's internal/sync and sync, mutex.go.
//
//   gort::sync::Mutex mu;
//   { std::lock_guard hold(mu); ... }      // or mu.Lock(); ... mu.Unlock();
//
// A Mutex belongs to nobody: one goroutine may lock it and another unlock it. Its zero value is unlocked; it can be a
// constant-initialised global. It must not be destroyed before every Lock and every Unlock has returned: an Unlock that
// wakes somebody still looks at the mutex when the next owner may have it already. Every function is called on a
// goroutine's stack. While a goroutine waits it gives its processor to others.
#pragma once

#include <atomic>
#include <cstdint>

namespace gort::sync {

class Mutex {
 public:
  constexpr Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  // Waits until the mutex is free and takes it. Throws nothing.
  void Lock() {
    if (!TryLock()) lockSlow();
  }

  // Takes the mutex if nobody has it; false: somebody has, or waits and was promised it. Does not wait.
  bool TryLock() {
    std::int32_t old = state_.load(std::memory_order_relaxed);
    if ((old & (mutexLocked | mutexStarving)) != 0) return false;
    // Others may wait, and one of them be on the way here from sleep; whoever runs already may be faster. Acquire pairs
    // with the release of Unlock.
    return state_.compare_exchange_strong(old, old | mutexLocked, std::memory_order_acquire, std::memory_order_relaxed);
  }

  // Frees the mutex. If it is not locked, the program dies ("fatal error: sync: unlock of unlocked mutex").
  void Unlock() {
    std::int32_t now = state_.fetch_sub(mutexLocked, std::memory_order_release) - mutexLocked;
    // Nobody waits; or one that waited is awake already.
    if (now == 0 || (now & (mutexLocked | mutexWoken | mutexStarving)) == mutexWoken) return;
    unlockSlow(now);
  }

  // The same for std::lock_guard, std::unique_lock and std::scoped_lock.
  void lock() { Lock(); }
  bool try_lock() { return TryLock(); }
  void unlock() { Unlock(); }

 private:
  // Bits of state_; the rest of it is the number of goroutines that wait.
  static constexpr std::int32_t mutexLocked = 1;
  static constexpr std::int32_t mutexWoken = 2;     // one that waited is awake, or spins: wake no other
  static constexpr std::int32_t mutexStarving = 4;  // Unlock gives the mutex to the first that waits
  static constexpr int mutexWaiterShift = 3;

  void lockSlow();
  void unlockSlow(std::int32_t now);

  std::atomic<std::int32_t> state_{0};
  std::uint32_t sema_ = 0;
};

}  // namespace gort::sync
