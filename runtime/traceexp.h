// Experiments of the execution tracer: each writes to buffers of its own.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

enum traceExperiment : uint8 {
  traceNoExperiment,
  traceExperimentAllocFree,
  traceNumExperiments,
};

}  // namespace runtime
