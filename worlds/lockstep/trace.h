// What the port does in a replay, told as an execution trace tells it: the same calls of the tracer, at the same
// places, as in a program that runs by itself.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/traceevent.h"

namespace runtime {
struct funcval;
}

namespace lockstep {

// One event. Strings and stacks are not numbers of tables here:
//
//   GoCreate, GoCreateBlocked   args[1] is 0; name is the function that the goroutine begins with, "" if unknown
//   GoStop, GoBlock, STWBegin   args[0] is 0; name says why
//   stacks                      0
//
// Everything else is as in the format. Ms have their ids. G's and P's sequence numbers and statuses are those of a
// trace of one generation that begins with the program.
struct TraceEvent {
  int64_t time;  // ns, later than the event before
  uint32_t m;
  runtime::traceEv kind;
  int nargs;
  uint64_t args[4];
  std::string_view name;
};

// Gets every event of the replay, in the order in which they happened. Set it before Replay; nullptr: nobody does.
extern void (*traceSink)(const TraceEvent& event);

// The clock was read.
void traceTime(int64_t ns);

// The world's: what it calls a goroutine's function, "" if it does not know.
std::string_view startName(const runtime::funcval* fn);

}  // namespace lockstep
