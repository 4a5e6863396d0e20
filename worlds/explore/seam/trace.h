// Whether an execution trace is being taken, in the explored world: of a run that is made again, if somebody wants one
// (tracing.cc). What the port does besides when one is taken decides nothing.
#pragma once

#include "runtime/traceruntime.h"

namespace runtime {

inline bool traceEnabled() { return false; }
inline bool traceShuttingDown() { return false; }
traceLocker traceAcquire();
inline void traceExitingSyscall() {}
inline void traceExitedSyscall() {}

}  // namespace runtime
