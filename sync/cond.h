// Cond: goroutines that wait until something may have changed. Mirrors Go's sync/cond.go.
//
//   gort::sync::Mutex mu;
//   gort::sync::Cond cond(mu);
//   { std::lock_guard hold(mu); while (!ready) cond.Wait(); ... }        // or cond.Wait([&] { return ready; })
//   { std::lock_guard hold(mu); ready = true; cond.Signal(); }
//
// Every function is called on a goroutine's stack. Signal and Broadcast need not hold the lock.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sync/locker.h"

namespace gort::sync {

class Cond {
 public:
  // l is what Wait gives up and takes again; it must outlive the Cond. A Mutex, an RWMutex (for writing), or a Locker.
  explicit Cond(Locker l) : L(l) {}
  template <class T>
    requires requires(T& l) { Locker(&l); }
  explicit Cond(T& l) : L(&l) {}
  Cond(const Cond&) = delete;
  Cond& operator=(const Cond&) = delete;

  // Gives up L, sleeps until Signal or Broadcast, takes L. L is held by the caller. As another may take L first, the
  // caller looks again at what it waits for. Panics if the Cond was copied after its first use ("sync.Cond is copied").
  void Wait();

  // Waits until ready() is true. L is held by the caller, and while ready is called.
  template <class F>
  void Wait(F&& ready) {
    while (!ready()) Wait();
  }

  // Wakes the one that has waited longest, if there is one. Panics as Wait does.
  void Signal();
  // Wakes all that wait. Panics as Wait does.
  void Broadcast();

  Locker L;

 private:
  void check();

  alignas(8) unsigned char notify_[32] = {};  // a notifyList of the runtime
  std::uintptr_t checker_ = 0;                // this address, once used
};

}  // namespace gort::sync
