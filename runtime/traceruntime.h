// The execution tracer's part of g, m and p, and its names for why a goroutine stops.
#pragma once

#include "runtime/runtime2_base.h"
#include "runtime/string.h"
#include "runtime/traceexp.h"
#include "runtime/tracestatus.h"
#include "seam/atomic.h"

namespace runtime {

enum stwReason : uint8;

struct gTraceState {
  runtime::traceSchedResourceState traceSchedResourceState;

  void reset();  // as for a goroutine that no trace has seen
};

static_assert(sizeof(gTraceState) == 32);

struct mTraceState {
  atomic::Uintptr<> seqlock;                     // odd while this M writes to its buffers
  traceBuf* buf[2][traceNumExperiments] = {};    // by generation mod 2
  m* link = nullptr;                             // the tracer's list of all Ms
  uint32 reentered = 0;                          // depth of tracing from within tracing
  bool oldthrowsplit = false;                    // Go's check against stack growth; unused
};

static_assert(sizeof(mTraceState) == 56);

struct pTraceState {
  runtime::traceSchedResourceState traceSchedResourceState;
  int64 mSyscallID = 0;   // the M that holds this P across a syscall, for steals
  bool maySweep = false;  // sweep events of the collector: they keep their place
  bool inSweep = false;
  uintptr swept = 0;
  uintptr reclaimed = 0;
};

static_assert(sizeof(pTraceState) == 64);

// traceBlockReason is why a goroutine parks, as traces say it.
enum traceBlockReason : uint8 {
  traceBlockGeneric,
  traceBlockForever,
  traceBlockNet,
  traceBlockSelect,
  traceBlockCondWait,
  traceBlockSync,
  traceBlockChanSend,
  traceBlockChanRecv,
  traceBlockGCMarkAssist,
  traceBlockGCSweep,
  traceBlockSystemGoroutine,
  traceBlockPreempted,
  traceBlockDebugCall,
  traceBlockUntilGCEnds,
  traceBlockSleep,
  traceBlockGCWeakToStrongWait,
  traceBlockSynctest,
};
inline constexpr int traceNumBlockReasons = traceBlockSynctest + 1;

string String(traceBlockReason r);

// traceGoStopReason is why a goroutine stops running while it could go on.
enum traceGoStopReason : uint8 {
  traceGoStopGeneric,
  traceGoStopGoSched,
  traceGoStopPreempted,
};

string String(traceGoStopReason r);

// An M holds a traceLocker while it emits and changes a status, so that the two are one step for the trace. The M is
// not preempted meanwhile. traceAcquire makes one, traceRelease ends it; an event may be emitted only if it is ok().
// Nests.
struct traceLocker {
  bool ok() const { return gen != 0; }
  [[gnu::cold]] void GoUnpark(g* gp, int skip);
  [[gnu::cold]] void GoStart();
  [[gnu::cold]] void GoPark(traceBlockReason reason, int skip);
  [[gnu::cold]] void GoPreempt();
  [[gnu::cold]] void GoSched();
  [[gnu::cold]] void GoEnd();
  [[gnu::cold]] void GoSysCall();
  [[gnu::cold]] void GoSysExit(bool lostP);
  [[gnu::cold]] void GoHandoff(m* from);           // the goroutine on that M seems to enter a system call (handoff.cc)
  [[gnu::cold]] void GoHandoffEnd(m* from, p* pp);  // and to leave it, with pp
  [[gnu::cold]] void GoCreate(g* newg, uintptr pc, bool blocked);
  [[gnu::cold]] void GoCreateSyscall(g* gp);
  [[gnu::cold]] void GoDestroySyscall();
  [[gnu::cold]] void GoSwitch(g* next, bool destroy);
  [[gnu::cold]] void ProcStart();
  [[gnu::cold]] void ProcStop(p* pp);
  [[gnu::cold]] void ProcSteal(p* pp, bool inSyscall);
  [[gnu::cold]] void STWStart(stwReason reason);
  [[gnu::cold]] void STWDone();
  [[gnu::cold]] void Gomaxprocs(int32 procs);
  m* mp = nullptr;
  uintptr gen = 0;  // 0: no trace is being taken
};

}  // namespace runtime
