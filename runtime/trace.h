// The execution tracer: what each goroutine, M and P did, kept in memory while a trace is being taken.
#pragma once

#include <vector>

#include "runtime/internal/goarch.h"
#include "runtime/runtime2_base.h"

namespace runtime {

// The kinds of events, with the numbers that they have in Go's trace format.
enum traceEv : uint8 {
  traceEvNone = 0,
  traceEvProcsChange = 9,
  traceEvProcStart = 10,
  traceEvProcStop = 11,
  traceEvProcSteal = 12,
  traceEvProcStatus = 13,
  traceEvGoCreate = 14,
  traceEvGoCreateSyscall = 15,
  traceEvGoStart = 16,
  traceEvGoDestroy = 17,
  traceEvGoDestroySyscall = 18,
  traceEvGoStop = 19,
  traceEvGoBlock = 20,
  traceEvGoUnblock = 21,
  traceEvGoSyscallBegin = 22,
  traceEvGoSyscallEnd = 23,
  traceEvGoSyscallEndBlocked = 24,
  traceEvGoStatus = 25,
  traceEvSTWBegin = 26,
  traceEvSTWEnd = 27,
  traceEvGoSwitch = 45,
  traceEvGoSwitchDestroy = 46,
  traceEvGoCreateBlocked = 47,
};

// An event. Who did it is in m, p and g; to what, in args:
//
//   ProcsChange                    number of Ps
//   ProcStart                      P, its sequence number
//   ProcStop, ProcStatus           P, for the latter its status (_Pidle ...)
//   ProcSteal                      P, its sequence number, the thread that had it (-1: none)
//   GoCreate, GoCreateBlocked      goroutine, entry pc, 1 if it is the runtime's own
//   GoCreateSyscall                goroutine
//   GoStart                        goroutine, its sequence number, the P's schedtick
//   GoUnblock                      goroutine, its sequence number
//   GoSwitch, GoSwitchDestroy      the goroutine that runs next, its sequence number
//   GoStop                         traceGoStopReason
//   GoBlock                        traceBlockReason, waitReason
//   GoSyscallBegin                 the P's sequence number
//   GoStatus                       goroutine, its status (_Grunnable ...), waitReason
//   STWBegin                       stwReason
//   the rest                       nothing
//
// A goroutine's sequence number counts its GoStart, GoUnblock and GoSwitch events, a P's its ProcStart, ProcSteal and
// GoSyscallBegin events, both from the start of the trace.
struct traceEvent {
  uint64 seq;      // place in the order in which the events happened
  int64 time;      // nanotime
  uint64 goid;     // 0: not on behalf of a goroutine
  uint64 args[3];
  int32 m;         // m.id
  int32 p;         // p.id, -1: none
  traceEv kind;
  uint8 reserved[3];
  uint32 stack;    // 0: not recorded
};

static_assert(sizeof(traceEvent) == 64);

// Starts a trace. false: one is being taken already. Before the scheduler runs (from a constructor of static lifetime,
// or main before the runtime's start) it only turns the tracer on, and the trace begins with the first goroutine's
// creation. Later it stops the world, and the trace begins with the status of each P and each live goroutine; then it
// must be called on a goroutine.
bool traceStart();

// Ends the trace and returns its events in the order in which they happened; empty if none is being taken. On a
// goroutine. Waits until no M is writing. Throws std::bad_alloc; the trace has ended then, too.
std::vector<traceEvent> traceStop();

}  // namespace runtime
