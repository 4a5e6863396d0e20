// sched.h: what a scheduler of these lessons offers to the programs, and all that it offers.
//
// Every lesson implements the same ten functions, and is linked with the same programs (programs.cc): a lesson is
// chosen when a program is linked, as a world is for the port. There are no channels here: chan.h makes them of park
// and ready, which is all that a scheduler knows of waiting.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace lessons {

// A goroutine. Each lesson has its own.
struct G;

// Something measured or counted.
struct Figure {
  std::string what;
  double value;
  std::string unit;
};

// Runs main as the first goroutine, at most `procs` goroutines at a time; ends the process with what main returns.
// Called once, by the thread that the process began with.
[[noreturn]] void run(int procs, int (*main)());

// From here on: by a goroutine.

// Starts a goroutine that calls f.
void go(std::function<void()> f);

// Lets others run first.
void yield();

// The goroutine that calls.
G* self();

// Stops the caller until somebody calls ready for it. The latch, which the caller holds, is let go when the caller no
// longer uses its stack, so that whoever finds it under the latch may ready it at once.
class Latch;
void park(Latch& latch);

// Makes a goroutine runnable that has parked.
void ready(G* g);

// Around a system call that may block.
void entersyscall();
void exitsyscall();

// What the scheduler has counted of itself so far.
std::vector<Figure> counted();

// A lock of goroutines: held for a few instructions, never across a park. Who finds it taken lets others run, so a
// holder that was taken off its thread does not hold up a thread.
class Latch {
 public:
  void lock() {
    for (int tries = 0; taken_.exchange(true, std::memory_order_acquire); tries++) {
      if (tries >= 20) yield();
    }
  }
  void unlock() { taken_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> taken_{false};
};

}  // namespace lessons
