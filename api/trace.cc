// Public names of the recorder.
#include "api/trace.h"

#include "runtime/boundary.h"

namespace gort::trace {

bool Start() {
  runtime::fromAnyThread here;
  return runtime::traceStart();
}

std::vector<Event> Stop() {
  runtime::fromProgram here;
  return runtime::traceStop();
}

}  // namespace gort::trace
