// Asynchronous preemption: Go's preempt.go. What it rests on stands at the head of preempt.cc.
#pragma once

#include "runtime/runtime2.h"
#include "runtime/stubs.h"

// For a function of the runtime that calls the program's code on a goroutine and holds nothing meanwhile: its frame
// does not keep that code from being preempted. It must not be inlined into another function of the runtime.
#define RUNTIME_CALLS_PROGRAM [[gnu::section("gort_calls"), gnu::noinline]]

namespace runtime {

struct cfiFrame;

// Once, before the first signal may come. Throws if the runtime's code is not in a section of its own: the program was
// linked from objects that did not go through runtime/separate_text.sh.
void preemptinit();

// Whether pc lies in the executable's code, the runtime's included. Anywhere, after preemptinit.
bool isProgramText(uintptr pc);

// Whether pc lies in the runtime's code. Anywhere, at any time.
bool isRuntimeText(uintptr pc);

// The synchronous safe point: what a goroutine does about a request that it finds when it enters the runtime
// (boundary.h). On a goroutine; the caller holds no lock.
void newstackPreempt();

// From now on every goroutine is asked to give way every so many microseconds, instead of when its slice is over: for
// tests, which are over sooner. On a goroutine, in the runtime, once. GODEBUG=preemptevery.
void preemptEvery(int32 us);

// Whether a preemption of gp is asked for. On the thread that runs gp.
bool wantAsyncPreempt(g* gp);

enum class safePoint : uint32 {
  yes,
  notRunning,   // the thread runs the scheduler, or a g of its own
  busy,         // it holds locks of the runtime, or has no p to give away
  noRoom,       // the stack is nearly full
  leaf,         // interrupted outside the program's code
  caller,       // called, perhaps indirectly, by code outside the program's
  unknown,      // a frame that the call-frame information does not explain
};

// Whether gp, interrupted with these registers, may lose the thread right there. In the handler.
safePoint isAsyncSafePoint(g* gp, const cfiFrame& at);

// Whether all that gp, interrupted with these registers, has on its stack is the program's own code, the runtime's
// under it left out. In the handler.
bool hasOnlyProgramFrames(g* gp, const cfiFrame& at);

// How many goroutines were stopped at an asynchronous safe point, and how many signals found none, by reason.
struct preemptStats {
  uint64 taken;
  uint64 refused[8];
};
preemptStats readPreemptStats();
void countRefused(safePoint why);

}  // namespace runtime
