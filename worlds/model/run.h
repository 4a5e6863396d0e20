// Runs a workload through the port, in simulated time.
#pragma once

#include <cstdint>
#include <string>

#include "worlds/model/workload.h"

namespace model {

struct Outcome {
  Measured measured;
  uint64_t unfinished = 0;  // programs that did not come to their end
  std::string lost;         // not empty: why the port could not go on
};

// With that many Ps, 1 to 1024. Once in a process, on its only thread: the port's state is global.
Outcome Run(const Workload& workload, int32_t procs);

}  // namespace model
