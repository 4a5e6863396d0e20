// RWMutex: many readers or one writer. Mirrors Go's sync/rwmutex.go.
//
//   gort::sync::RWMutex mu;
//   { std::shared_lock read(mu); ... }    { std::unique_lock write(mu); ... }
//
// A writer that waits keeps new readers out, so writers do not starve; therefore a goroutine must not RLock while it
// already holds the mutex for reading. As a Mutex, an RWMutex belongs to nobody, is unlocked at zero, must not be
// destroyed before every call has returned, and is used on a goroutine's stack.
#pragma once

#include <atomic>
#include <cstdint>

#include "runtime/sanitizers.h"
#include "sync/locker.h"
#include "sync/mutex.h"

#if PROGRAM_TSAN
extern "C" void __tsan_acquire(void* addr);
#endif

namespace gort::sync {

class RWMutex {
 public:
  constexpr RWMutex() = default;
  RWMutex(const RWMutex&) = delete;
  RWMutex& operator=(const RWMutex&) = delete;

  // Waits until no writer has the mutex or wants it, and takes it for reading. Throws nothing.
  void RLock() {
    // Acquire pairs with the writer's release in Unlock.
    if (readerCount_.fetch_add(1, acquire) + 1 < 0) rLockSlow();
    behindWriter();
  }

  // Takes the mutex for reading unless a writer has it or wants it. Does not wait.
  bool TryRLock() {
    std::int32_t c = readerCount_.load(std::memory_order_relaxed);
    while (c >= 0) {
      if (readerCount_.compare_exchange_strong(c, c + 1, acquire, std::memory_order_relaxed)) {
        behindWriter();
        return true;
      }
    }
    return false;
  }

  // Gives up one RLock. If there is none, the program dies ("fatal error: sync: RUnlock of unlocked RWMutex").
  void RUnlock() {
    std::int32_t r = readerCount_.fetch_sub(1, std::memory_order_release) - 1;
    if (r < 0) rUnlockSlow(r);
  }

  // Waits until nobody has the mutex and takes it for writing. Throws nothing.
  void Lock();

  // Takes the mutex for writing if nobody has it. Does not wait.
  bool TryLock();

  // Gives up Lock. If it is not locked for writing, the program dies ("fatal error: sync: Unlock of unlocked RWMutex").
  void Unlock();

  // A Locker whose Lock and Unlock are RLock and RUnlock; for Cond.
  Locker RLocker();

  // The same for std::unique_lock, std::shared_lock and std::scoped_lock.
  void lock() { Lock(); }
  bool try_lock() { return TryLock(); }
  void unlock() { Unlock(); }
  void lock_shared() { RLock(); }
  bool try_lock_shared() { return TryRLock(); }
  void unlock_shared() { RUnlock(); }

 private:
  // In ThreadSanitizer's eyes a reader is behind the writers of before, and behind no reader: two that write under
  // RLock race, also if they never do so at once.
#if PROGRAM_TSAN
  static constexpr std::memory_order acquire = std::memory_order_relaxed;
  void behindWriter() { __tsan_acquire(&readerSem_); }
#else
  static constexpr std::memory_order acquire = std::memory_order_acquire;
  void behindWriter() {}
#endif

  void rLockSlow();
  void rUnlockSlow(std::int32_t r);

  Mutex w_;                       // a writer that has it or waits for readers
  std::uint32_t writerSem_ = 0;   // the writer waits here for readers
  std::uint32_t readerSem_ = 0;   // readers wait here for the writer
  std::atomic<std::int32_t> readerCount_{0};  // readers; less rwmutexMaxReaders while there is a writer
  std::atomic<std::int32_t> readerWait_{0};   // readers that the writer still waits for
};

}  // namespace gort::sync
