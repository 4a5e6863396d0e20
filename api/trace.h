// gort::trace: what the goroutines of a program did, recorded in memory.
//
//   gort::trace::Start();
//   ...
//   for (const gort::trace::Event& e : gort::trace::Stop()) ...
//
// While nobody traces, the recorder costs the scheduler one load that predicts well at each event. While one does, an
// event costs a reading of the clock, a number from a counter that all threads share, and 64 bytes until Stop.
#pragma once

#include <vector>

#include "runtime/trace.h"

namespace gort::trace {

// runtime/trace.h says what each kind's arguments are. m and p are numbers of threads and processors, goid is the
// goroutine on whose behalf it happened, time is of the monotonic clock in nanoseconds.
using Event = runtime::traceEvent;
using Kind = runtime::traceEv;

// Starts to record; false if that is being done already. From a goroutine: stops the world for a moment, and the record
// begins with where everybody stands. Or from main before gort::Run: the record begins with the first goroutine. Throws
// nothing. trace.Start.
bool Start();

// Ends the record and returns the events in an order in which they could have happened one after the other; the
// caller owns them. Empty if nobody recorded. From a goroutine. Throws std::bad_alloc. trace.Stop.
std::vector<Event> Stop();

}  // namespace gort::trace
