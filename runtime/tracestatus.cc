// Statuses of goroutines and Ps in a trace: Go's tracestatus.go.
#include "runtime/tracestatus.h"

#include "runtime/proc_decl.h"
#include "runtime/runtime2.h"
#include "runtime/seam.h"
#include "runtime/traceevent.h"

namespace runtime {

// mid: the M that it runs or sits in a system call on; -1: none.
traceWriter traceWriter::writeGoStatus(uint64 goid, int64 mid, traceGoStatus status, uint64 stackID) const {
  if (status == traceGoBad) {
    print("runtime: goid=", goid, "\n");
    throw_("attempted to trace a bad status for a goroutine");
  }
  const traceArg args[] = {goid, static_cast<traceArg>(mid), status, stackID};
  return stackID == 0 ? event(traceEvGoStatus, args, 3) : event(traceEvGoStatusStack, args, 4);
}

// The caller owns pp, or keeps it from changing. inSTW: pp's holder has stopped the world; traces say that it runs.
traceWriter traceWriter::writeProcStatusForP(p* pp, bool inSTW) const {
  if (!pp->trace.traceSchedResourceState.acquireStatus(tl.gen)) return *this;
  traceProcStatus status = traceProcBad;
  switch (pp->status.plain()) {
    case _Pidle:
    case _Pgcstop:
      status = pp->status.plain() == _Pgcstop && inSTW ? traceProcRunning : traceProcIdle;
      break;
    case _Prunning:
      status = traceProcRunning;
      // Its goroutine may be about to enter a system call, and has said so.
      if (tl.mp->p.ptr() == pp && tl.mp->curg.plain() != nullptr &&
          (readgstatus(tl.mp->curg.plain()) & ~_Gscan) == _Gsyscall) {
        status = traceProcSyscall;
      }
      break;
    case _Psyscall:
      status = traceProcSyscall;
      break;
    default:
      throw_("attempt to trace invalid or unsupported P status");
  }
  return writeProcStatus(static_cast<uint64>(pp->id), status);
}

traceWriter traceWriter::writeProcStatus(uint64 pid, traceProcStatus status) const {
  if (status == traceProcBad) {
    print("runtime: pid=", pid, "\n");
    throw_("attempted to trace a bad status for a proc");
  }
  const traceArg args[] = {pid, status};
  return event(traceEvProcStatus, args, 2);
}

traceGoStatus goStatusToTraceGoStatus(uint32 status, waitReason wr) {
  switch (status & ~_Gscan) {
    case _Grunnable:
      return traceGoRunnable;
    case _Grunning:
    case _Gcopystack:
      return traceGoRunning;
    case _Gsyscall:
      return traceGoSyscall;
    case _Gwaiting:
      // Some say that they wait and do not: stopping the world, for one.
      return isWaitingForGC(wr) ? traceGoRunning : traceGoWaiting;
    case _Gpreempted:
      return traceGoWaiting;
    case _Gdead:
      throw_("tried to trace dead goroutine");
  }
  throw_("tried to trace goroutine with invalid or unsupported status");
}

}  // namespace runtime
