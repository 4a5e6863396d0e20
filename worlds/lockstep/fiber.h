// fiber.h: a simulated M of the lockstep world is a fiber: a stack, and a symmetric switch
// between stacks on one operating-system thread.
//
// Nothing here knows the scheduler. In particular a switch does not touch the thread's g: who
// switches must keep getg() before and setg() it when control is back.
#pragma once

#include <cstddef>

namespace lockstep {

// One fiber. Not copyable, not movable: its own stack may hold its address. Used by one thread.
class Fiber {
 public:
  // Adopts the stack this thread runs on; there is nothing to enter, only to come back to.
  Fiber();

  // A fiber of `stack_bytes` (rounded up to pages) with an unmapped page below, which will call
  // entry(arg) when it is first switched to. entry must not return: it switches away for good,
  // and no exception may leave it. The stack is touched page by page.
  // Aborts with a message when the system has no memory for it.
  Fiber(size_t stack_bytes, void (*entry)(void*), void* arg);

  // The same on memory of the caller's, which must outlive it.
  Fiber(void* stack_lo, size_t stack_bytes, void (*entry)(void*), void* arg);

  // Must not be the running fiber. What lives on its stack is not destroyed, only unmapped.
  ~Fiber();

  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Leaves `from`, which must be the running fiber, and continues `to`. Returns when somebody
  // switches back to `from`.
  static void Switch(Fiber& from, Fiber& to);

  // The usable stack: [stack_lo, stack_hi). For the adopting constructor, the thread's own.
  void* stack_lo() const { return lo_; }
  void* stack_hi() const { return hi_; }

 private:
  void* sp_ = nullptr;
  void* lo_ = nullptr;
  void* hi_ = nullptr;
  void* map_ = nullptr;  // start of the mapping with its guard page; nullptr when adopted, or the caller's
  size_t map_bytes_ = 0;
};

}  // namespace lockstep
