// The tracer's texts for why a goroutine stops.
#include "runtime/traceruntime.h"

#include <iterator>

namespace runtime {

namespace {

constexpr const char* traceBlockReasonStrings[] = {
    "unspecified",
    "forever",
    "network",
    "select",
    "sync.(*Cond).Wait",
    "sync",
    "chan send",
    "chan receive",
    "GC mark assist wait for work",
    "GC background sweeper wait",
    "system goroutine wait",
    "preempted",
    "wait for debug call",
    "wait until GC ends",
    "sleep",
    "GC weak to strong wait",
    "synctest",
};
static_assert(std::size(traceBlockReasonStrings) == traceNumBlockReasons);

constexpr const char* traceGoStopReasonStrings[] = {"unspecified", "runtime.Gosched", "preempted"};

}  // namespace

// For a goroutine that begins: its events are counted anew. Whether a generation has told its status is not ours to
// forget.
void gTraceState::reset() { traceSchedResourceState.seq[0] = traceSchedResourceState.seq[1] = 0; }

string String(traceBlockReason r) { return traceBlockReasonStrings[r]; }

string String(traceGoStopReason r) { return traceGoStopReasonStrings[r]; }

}  // namespace runtime
