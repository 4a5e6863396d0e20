// A record of what goroutines do, in memory and in order: for tests that compare it step by step with what Go does
// (conformance/twins). No Go file has this. It listens where the tracer does (traceruntime.cc), in its place.
#pragma once

#include <span>

#include "runtime/traceevent.h"

namespace runtime {

// One step. goid did it, 0: not on behalf of a goroutine. args:
//
//   GoCreate, GoCreateBlocked      goroutine, 1 if it is the runtime's own
//   GoStart                        goroutine, the P's schedtick
//   GoUnblock                      goroutine
//   GoSwitch, GoSwitchDestroy      the goroutine that runs next
//   GoStop                         traceGoStopReason
//   GoBlock                        waitReason
struct recordedEvent {
  uint64 goid;
  uint64 args[2];
  traceEv kind;
};

// Whether a record is being made. Then no trace is taken.
extern bool recording;

// Starts one; before the scheduler runs. It is for programs with one P.
void recordStart();

// Ends it. What was recorded stays where it is.
std::span<const recordedEvent> recordStop();

void record(m* mp, traceEv kind, uint64 a0 = 0, uint64 a1 = 0);

}  // namespace runtime
