// Whether an execution trace is being taken, in the explored world: none is.
#pragma once

#include "runtime/traceruntime.h"

namespace runtime {

inline bool traceEnabled() { return false; }
inline bool traceShuttingDown() { return false; }
inline traceLocker traceAcquire() { return {}; }
inline void traceExitingSyscall() {}
inline void traceExitedSyscall() {}

}  // namespace runtime
