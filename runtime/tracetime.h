// The clock of execution traces: Go's tracetime.go.
#pragma once

#include "runtime/seam.h"
#include "runtime/tracebuf.h"

namespace runtime {

// nanotime in units of 64 ns: events come no closer, and the differences take fewer bytes.
inline constexpr uint64 traceTimeDiv = 64;

inline traceTime traceClockNow() { return static_cast<traceTime>(nanotime()) / traceTimeDiv; }
inline uint64 traceClockUnitsPerSecond() { return 1000000000 / traceTimeDiv; }

// Writes the batch that says how long a unit is. Each generation has one.
void traceFrequency(uintptr gen);

}  // namespace runtime
