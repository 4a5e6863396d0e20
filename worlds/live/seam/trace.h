// Whether an execution trace is being taken, in the live world: one load that predicts well, and nothing else while
// nobody traces.
#pragma once

#include "runtime/traceruntime.h"
#include "seam/atomic.h"

namespace runtime {

// Changed by StartTrace and traceAdvance (runtime/trace.cc). The loads are relaxed: whoever sees `enabled` asks again,
// in traceAcquireEnabled, in a way that traceAdvance waits for.
struct traceSwitch {
  atomic::Uint32<> enabled;
  atomic::Uint32<> shutdown;       // off already, but the reader has not got all
  atomic::Int32<> exitingSyscall;  // Ms between traceExitingSyscall and traceExitedSyscall
};
extern traceSwitch traceState;

inline bool traceEnabled() {
  return __builtin_expect(__atomic_load_n(&traceState.enabled.value, __ATOMIC_RELAXED) != 0, false);
}
inline bool traceShuttingDown() {
  return __builtin_expect(__atomic_load_n(&traceState.shutdown.value, __ATOMIC_RELAXED) != 0, false);
}

[[gnu::cold]] traceLocker traceAcquireEnabled();
inline traceLocker traceAcquire() {
  if (!traceEnabled()) return {};
  return traceAcquireEnabled();
}

// Around the change of status of a goroutine whose thread came back from a system call and found no P. It is the one
// change that happens without a P, and so also while the world is stopped: StartTrace waits until nobody is about to.
inline void traceExitingSyscall() { traceState.exitingSyscall.Add(1); }
inline void traceExitedSyscall() { traceState.exitingSyscall.Add(-1); }

}  // namespace runtime
