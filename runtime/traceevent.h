// The kinds of events of an execution trace, and how one is written: Go's traceevent.go.
#pragma once

#include <string_view>

#include "runtime/tracebuf.h"
#include "runtime/tracestatus.h"

namespace runtime {

// The numbers are the wire format's.
enum traceEv : uint8 {
  traceEvNone,

  // What a trace is made of.
  traceEvEventBatch,  // generation, M, time, length; events of one M follow
  traceEvStacks,      // a batch of stacks
  traceEvStack,       // id, how many frames, for each pc, function (a string), file (a string), line
  traceEvStrings,     // a batch of strings
  traceEvString,      // id, length, bytes
  traceEvCPUSamples,  // a batch of samples
  traceEvCPUSample,   // time, M, P, goroutine, stack
  traceEvFrequency,   // units of time in a second

  // Ps.
  traceEvProcsChange,  // GOMAXPROCS, stack
  traceEvProcStart,    // P, its sequence number
  traceEvProcStop,
  traceEvProcSteal,    // P, its sequence number, the M that had it
  traceEvProcStatus,   // P, status

  // Goroutines.
  traceEvGoCreate,            // goroutine, the stack that it begins with, stack
  traceEvGoCreateSyscall,     // goroutine
  traceEvGoStart,             // goroutine, its sequence number
  traceEvGoDestroy,
  traceEvGoDestroySyscall,
  traceEvGoStop,              // why (a string), stack
  traceEvGoBlock,             // why (a string), stack
  traceEvGoUnblock,           // goroutine, its sequence number, stack
  traceEvGoSyscallBegin,      // the P's sequence number, stack
  traceEvGoSyscallEnd,
  traceEvGoSyscallEndBlocked,
  traceEvGoStatus,            // goroutine, M, status

  // The world.
  traceEvSTWBegin,  // why (a string), stack
  traceEvSTWEnd,

  // The collector's, of which there is none; the numbers are taken.
  traceEvGCActive,
  traceEvGCBegin,
  traceEvGCEnd,
  traceEvGCSweepActive,
  traceEvGCSweepBegin,
  traceEvGCSweepEnd,
  traceEvGCMarkAssistActive,
  traceEvGCMarkAssistBegin,
  traceEvGCMarkAssistEnd,
  traceEvHeapAlloc,
  traceEvHeapGoal,

  // The program's own.
  traceEvGoLabel,          // string
  traceEvUserTaskBegin,    // task, the task that it is part of, kind (a string), stack
  traceEvUserTaskEnd,      // task, stack
  traceEvUserRegionBegin,  // task, kind (a string), stack
  traceEvUserRegionEnd,    // task, kind (a string), stack
  traceEvUserLog,          // task, key (a string), value (a string), stack

  // Coroutines.
  traceEvGoSwitch,         // the goroutine that runs next, its sequence number
  traceEvGoSwitchDestroy,  // the same
  traceEvGoCreateBlocked,  // as GoCreate

  traceEvGoStatusStack,  // goroutine, M, status, stack

  traceEvExperimentalBatch,
};

// traceEventWriter writes events of the current M, once the statuses that they rest on are told: eventWriter makes one.
struct traceEventWriter {
  traceLocker tl;

  template <class... Arg>
  void event(traceEv ev, Arg... args) {
    const traceArg list[sizeof...(args) + 1] = {static_cast<traceArg>(args)...};
    traceWriteEvent(tl, ev, list, sizeof...(args));
  }
};

}  // namespace runtime
