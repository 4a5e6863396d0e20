// lock.h: what the lessons' threads wait with: a lock and a note, of one futex word each, as Go's runtime had them from
// its first days.
#pragma once

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

namespace lessons {

inline void futexsleep(std::atomic<int>& word, int value) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}
inline void futexwakeup(std::atomic<int>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

// For the processor: somebody waits here.
inline void procyield() {
#if defined(__x86_64__)
  asm volatile("pause");
#else
  asm volatile("yield");
#endif
}

// A lock of threads. Who finds it taken spins a little, gives the processor away once, then sleeps.
class Lock {
 public:
  void lock() {
    const bool free = tryLock(kHeld);
    if (!free) waitFor();
    taken_++;
    found_ += !free;
  }

  void unlock() {
    if (word_.exchange(kFree, std::memory_order_release) == kSlept) futexwakeup(word_);
  }

  // How often it was asked for, and how often somebody else had it. Under the lock.
  long taken() const { return taken_; }
  long foundTaken() const { return found_; }

 private:
  enum { kFree, kHeld, kSlept };

  bool tryLock(int as) {
    int free = kFree;
    return word_.compare_exchange_strong(free, as, std::memory_order_acquire);
  }

  void waitFor() {
    for (int round = 0; round < 4; round++) {
      for (int i = 0; i < 30; i++) procyield();
      if (tryLock(kHeld)) return;
    }
    sched_yield();
    if (tryLock(kHeld)) return;
    // Who has slept takes it as one that somebody may sleep for: there may be others.
    while (word_.exchange(kSlept, std::memory_order_acquire) != kFree) futexsleep(word_, kSlept);
  }

  std::atomic<int> word_{kFree};
  long taken_ = 0, found_ = 0;
};

// One thread sleeps on it, another wakes it once.
class Note {
 public:
  void sleep() {
    while (word_.load(std::memory_order_acquire) == 0) futexsleep(word_, 0);
    word_.store(0, std::memory_order_relaxed);
  }
  void wakeup() {
    word_.store(1, std::memory_order_release);
    futexwakeup(word_);
  }

 private:
  std::atomic<int> word_{0};
};

}  // namespace lessons
