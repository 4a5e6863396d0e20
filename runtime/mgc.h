// How a P works for the collector, if it does.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/string.h"

namespace runtime {

enum gcMarkWorkerMode : int64 {
  gcMarkWorkerNotWorker,       // the goroutine that comes next is no mark worker
  gcMarkWorkerDedicatedMode,   // the P does nothing else, and is not preempted
  gcMarkWorkerFractionalMode,  // a share of the P, until preempted
  gcMarkWorkerIdleMode,        // the P had nothing else to do
};

// The label of a worker of that mode in a trace: "GC (dedicated)" and so on.
string gcMarkWorkerModeString(gcMarkWorkerMode mode);

}  // namespace runtime
