// The execution tracer's part of g, m and p, and its names for why a goroutine stops.
#pragma once

#include <string_view>

#include "runtime/runtime2_base.h"
#include "runtime/string.h"
#include "runtime/traceexp.h"
#include "runtime/tracestatus.h"
#include "seam/atomic.h"

namespace runtime {

enum stwReason : uint8;

struct gTraceState {
  runtime::traceSchedResourceState traceSchedResourceState;

  // For a goroutine that begins: its events are counted anew. Whether a generation knows its status is not forgotten.
  void reset() { traceSchedResourceState.seq[0] = traceSchedResourceState.seq[1] = 0; }
};

static_assert(sizeof(gTraceState) == 32);

struct mTraceState {
  atomic::Uintptr<> seqlock;                     // odd while this M writes to its buffers
  traceBuf* buf[2][traceNumExperiments] = {};    // by generation mod 2
  m* link = nullptr;                             // while a generation ends: this M, until its buffers are taken
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

inline constexpr const char* traceBlockReasonStrings[traceNumBlockReasons] = {
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

// traceGoStopReason is why a goroutine stops running while it could go on.
enum traceGoStopReason : uint8 {
  traceGoStopGeneric,
  traceGoStopGoSched,
  traceGoStopPreempted,
};
inline constexpr int traceNumGoStopReasons = traceGoStopPreempted + 1;
inline constexpr const char* traceGoStopReasonStrings[traceNumGoStopReasons] = {"unspecified", "runtime.Gosched",
                                                                               "preempted"};

struct traceEventWriter;
struct traceWriter;
using traceArg = uint64;

// An M holds a traceLocker while it emits and changes a status, so that the two are one step for the trace. The M is
// not preempted meanwhile. traceAcquire makes one, traceRelease ends it; an event may be emitted only if it is ok().
// Nests.
struct traceLocker {
  m* mp = nullptr;
  uintptr gen = 0;  // 0: no trace is being taken

  bool ok() const { return gen != 0; }

  // The scheduler tells what it does. The skip counts are Go's; here frames are left out by their names.
  [[gnu::cold]] void Gomaxprocs(int32 procs) const;
  [[gnu::cold]] void ProcStart() const;
  [[gnu::cold]] void ProcStop(p* pp) const;
  [[gnu::cold]] void STWStart(stwReason reason) const;
  [[gnu::cold]] void STWDone() const;
  [[gnu::cold]] void GoCreate(g* newg, uintptr pc, bool blocked) const;
  [[gnu::cold]] void GoStart() const;
  [[gnu::cold]] void GoEnd() const;
  [[gnu::cold]] void GoSched() const;
  [[gnu::cold]] void GoPreempt() const;
  void GoStop(traceGoStopReason reason) const;
  [[gnu::cold]] void GoPark(traceBlockReason reason, int skip) const;
  [[gnu::cold]] void GoUnpark(g* gp, int skip) const;
  [[gnu::cold]] void GoSwitch(g* next, bool destroy) const;
  void emitUnblockStatus(g* gp) const;
  [[gnu::cold]] void GoSysCall() const;
  [[gnu::cold]] void GoSysExit(bool lostP) const;
  [[gnu::cold]] void ProcSteal(p* pp, bool inSyscall) const;
  [[gnu::cold]] void GoCreateSyscall(g* gp) const;
  [[gnu::cold]] void GoDestroySyscall() const;
  // Not Go's. The goroutine and the P of this M run: their statuses, while the M still has them.
  [[gnu::cold]] void Running() const;
  // handoff.cc. On behalf of mp, which is not the caller's M (traceAcquireFor): its goroutine seems to enter a system
  // call, and to leave it with pp.
  [[gnu::cold]] void GoHandoff() const;
  [[gnu::cold]] void GoHandoffEnd(p* pp) const;

  // traceevent.cc, tracebuf.cc.
  traceEventWriter eventWriter(traceGoStatus goStatus, traceProcStatus procStatus) const;
  traceWriter writer() const;
  traceArg stack() const;
  traceArg startPC(const g* newg, uintptr pc) const;
  traceArg string(std::string_view s) const;
  traceArg uniqueString(std::string_view s) const;
};

}  // namespace runtime
