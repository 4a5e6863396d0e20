// g.h: a goroutine of lessons 1 to 3: a stack, and the function that is called on it.
//
// Stacks are fibers of worlds/lockstep: one function of assembly that keeps the callee-saved registers on the stack
// that is left and continues another. Whoever runs goroutines does so from a stack of its own, called g0 since 2009:
// a goroutine that stops switches to g0, which puts it where it belongs and takes the next one. So no goroutine is
// ever on a queue while its stack is still in use.
#pragma once

#include <functional>
#include <utility>

#include "lessons/sched.h"
#include "worlds/lockstep/fiber.h"

namespace lessons {

enum Status { Gidle, Grunnable, Grunning, Gsyscall, Gwaiting, Gdead };

struct G {
  Status status = Gidle;
  G* schedlink = nullptr;  // in one queue at a time
  Latch* latch = nullptr;  // to be let go when it has parked
  std::function<void()> f;
  lockstep::Fiber stack;

  G() : stack(64 << 10, start, this) {}

 private:
  // The first frame on the stack. A dead goroutine is used again: it goes on behind its own last switch.
  static void start(void* arg);
};

// g, which calls, becomes that and leaves its stack for g0. Each lesson has its own.
void gosched(G* g, Status status);

inline void G::start(void* arg) {
  for (G* me = static_cast<G*>(arg);;) {
    me->f();
    me->f = nullptr;
    gosched(me, Gdead);
  }
}

// A queue of goroutines, linked through schedlink. Not locked.
class Queue {
 public:
  void put(G* g) {
    g->schedlink = nullptr;
    (head_ == nullptr ? head_ : tail_->schedlink) = g;
    tail_ = g;
    size_++;
  }
  G* get() {
    G* g = head_;
    if (g == nullptr) return nullptr;
    head_ = g->schedlink;
    size_--;
    return g;
  }
  int size() const { return size_; }

 private:
  G* head_ = nullptr;
  G* tail_ = nullptr;
  int size_ = 0;
};

}  // namespace lessons
