// The story of a C++ program from the recorder's events.
#ifndef CONFORMANCE_TWINS_FROM_TRACE_H_
#define CONFORMANCE_TWINS_FROM_TRACE_H_

#include <string>
#include <vector>

#include "runtime/trace.h"

namespace twins {

// events: from the creation of the first goroutine on, at GOMAXPROCS=1.
std::string StoryOfTrace(const std::vector<runtime::traceEvent>& events);

}  // namespace twins

#endif  // CONFORMANCE_TWINS_FROM_TRACE_H_
