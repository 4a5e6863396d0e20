// Public names of the recorder.
#include "api/trace.h"

namespace gort::trace {

bool Start() { return runtime::traceStart(); }

std::vector<Event> Stop() { return runtime::traceStop(); }

}  // namespace gort::trace
