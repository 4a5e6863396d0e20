// What the execution tracer remembers about every G and P, and the statuses that traces know: Go's tracestatus.go.
#pragma once

#include "runtime/internal/goarch.h"
#include "seam/atomic.h"

namespace runtime {

enum waitReason : uint8;

enum traceGoStatus : uint8 { traceGoBad, traceGoRunnable, traceGoRunning, traceGoSyscall, traceGoWaiting };

enum traceProcStatus : uint8 {
  traceProcBad,
  traceProcRunning,
  traceProcIdle,
  traceProcSyscall,
  traceProcSyscallAbandoned,  // it was in a system call, and who had it there is about to lose it
};

inline uintptr traceNextGen(uintptr gen) {
  // Generations are taken mod 2 and mod 3: both go on where the numbers begin anew.
  return gen == ~uintptr{0} ? 4 : gen + 1;
}

struct traceSchedResourceState {
  atomic::Uint32<> statusTraced[3];  // by generation mod 3: has its status been written?
  uint64 seq[2] = {};                // by generation mod 2: its sequence counter

  // Whether it is the caller who is to write the status.
  bool acquireStatus(uintptr gen) {
    if (!statusTraced[gen % 3].CompareAndSwap(0, 1)) return false;
    readyNextGen(gen);
    return true;
  }
  void readyNextGen(uintptr gen) {
    const uintptr next = traceNextGen(gen);
    seq[next % 2] = 0;
    statusTraced[next % 3].Store(0);
  }
  bool statusWasTraced(uintptr gen) const { return statusTraced[gen % 3].Load() != 0; }
  void setStatusTraced(uintptr gen) { statusTraced[gen % 3].Store(1); }
  uint64 nextSeq(uintptr gen) { return ++seq[gen % 2]; }
};

static_assert(sizeof(traceSchedResourceState) == 32);

// As traces say it. Not of a dead one.
traceGoStatus goStatusToTraceGoStatus(uint32 status, waitReason wr);

}  // namespace runtime
