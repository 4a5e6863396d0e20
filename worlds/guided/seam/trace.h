// Whether an execution trace is being taken, in the guided world: one is, for the events that the port emits are what
// the world holds against the trace.
#pragma once

#include "runtime/traceruntime.h"

namespace runtime {

inline bool traceEnabled() { return true; }
inline bool traceShuttingDown() { return false; }
traceLocker traceAcquire();
inline void traceExitingSyscall() {}
inline void traceExitedSyscall() {}

}  // namespace runtime
