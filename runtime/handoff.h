// Taking the P from a goroutine that stays on its thread: gort's own kind of preemption. How and why: handoff.cc.
#pragma once

#include "runtime/runtime2.h"

namespace runtime {

// What happens to a goroutine whose time slice is over while it runs the program's code. GODEBUG=asyncpreempt.
enum class asyncPreemptMode : uint32 {
  handoff,  // it goes on, on its thread, without a P
  move,     // it is taken off its thread between two instructions, as in Go (preempt.cc)
  off,      // it goes on, with its P, until it calls the runtime
};
extern asyncPreemptMode preemptMode;  // set at the start, before there is a second thread

// Takes the P from the goroutine that runs on mp, if it runs the program's code and a request stands (stackguard0). On
// g0 or a goroutine of another thread, or in a signal's handler on this one; the caller may hold sched.lock or
// allpLock. Does nothing when it cannot be: the caller asks again, as sysmon and who stops the world do.
void handoffM(m* mp);

// Whether gp runs the program's code on its thread without a P. Anywhere; a moment's truth unless the caller owns gp's
// status. Where its frames are nobody knows but itself.
bool isHandedOff(const g* gp);

// How many threads without a P may compute at the same time; sysmon leaves slices be beyond it. n <= 0 asks. Returns
// the number before. Any thread. GODEBUG=handoffmax.
int32 setHandoffMax(int32 n);

struct handoffStats {
  uint64 taken;    // Ps taken
  uint64 inside;   // refused: the goroutine was in the runtime, or about to be
  uint64 full;     // refused: enough threads compute without a P
  uint64 undone;   // given back at once, since the world was just being stopped
  int32 now;       // goroutines without a P, computing or not
};
handoffStats readHandoffStats();

// Around a call of libc's that may block. Unlike entersyscall and exitsyscall it never moves the goroutine to another
// thread: if there is no P afterwards the goroutine goes on without. Anywhere; where there is nothing to do (no
// goroutine, inside the runtime) it does nothing. Keeps errno as the call left it. The signal that preempts, where it
// is a signal, waits until the call is over.
class libcCall {
 public:
  libcCall();
  ~libcCall();
  libcCall(const libcCall&) = delete;
  libcCall& operator=(const libcCall&) = delete;

 private:
  void leave();

  g* gp_ = nullptr;
  bool holds_ = false;  // the signal is held back on this thread until the end
};

// enterRequested's share: gp is in no handoff any more, and has a P. On gp's thread.
void handoffEnd(g* gp);

}  // namespace runtime
