// The story of a C++ program from the recorder's events.
#ifndef CONFORMANCE_TWINS_FROM_TRACE_H_
#define CONFORMANCE_TWINS_FROM_TRACE_H_

#include <span>
#include <string>

#include "runtime/tracerecord.h"

namespace twins {

// events: from the creation of the first goroutine on, at GOMAXPROCS=1.
std::string StoryOfTrace(std::span<const runtime::recordedEvent> events);

}  // namespace twins

#endif  // CONFORMANCE_TWINS_FROM_TRACE_H_
