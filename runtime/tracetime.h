// The clock of execution traces: Go's tracetime.go.
#pragma once

#include "runtime/seam.h"
#include "runtime/tracebuf.h"

namespace runtime {

// nanotime in units of 64 ns: events come no closer, and the differences take fewer bytes.
inline constexpr uint64 traceTimeDiv = 64;

// The same by the processor's own counter, which takes a third of the time to read. Where the kernel itself goes by it.
struct traceCounter {
  uint64 start = 0;   // its value then
  traceTime at = 0;   // and the time
  uint64 perTick = 0;  // units of a tick, times 2^64; 0: nanotime it is
};
extern traceCounter traceTicks;

// Finds out whether the counter can be used and how fast it is, once. Takes up to two milliseconds, and none when the
// program is older than that. On a goroutine.
void traceClockInit();

inline traceTime traceClockNow() {
#if defined(__x86_64__)
  if (traceTicks.perTick != 0) {
    const unsigned __int128 units = (unsigned __int128){__builtin_ia32_rdtsc() - traceTicks.start} * traceTicks.perTick;
    return traceTicks.at + static_cast<traceTime>(units >> 64);
  }
#endif
  return static_cast<traceTime>(nanotime()) / traceTimeDiv;
}
inline uint64 traceClockUnitsPerSecond() { return 1000000000 / traceTimeDiv; }

// Writes the batch that says how long a unit is. Each generation has one.
void traceFrequency(uintptr gen);

}  // namespace runtime
