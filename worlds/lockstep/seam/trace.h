// Whether an execution trace is being taken, in the lockstep world: the log answers.
#pragma once

#include "runtime/traceruntime.h"

namespace runtime {

bool traceEnabled();
bool traceShuttingDown();
traceLocker traceAcquire();  // nothing is emitted in a replay
inline void traceExitingSyscall() {}
inline void traceExitedSyscall() {}

}  // namespace runtime
