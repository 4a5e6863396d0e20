// The tracer of a replay, and of a run of the explored world. One thread at a time moves, so an event and the change
// that it tells of are one by nature, and the order of events is that of the calls; what is left of Go's tracer are the
// statuses and sequence numbers that a reader wants to see.
#include "worlds/lockstep/trace.h"

#include <initializer_list>

#include "runtime/proc_decl.h"
#include "runtime/seam.h"

namespace lockstep {

void (*traceSink)(const TraceEvent& event) = nullptr;

namespace {

constexpr uintptr_t kGen = 1;
constexpr int64_t kUnit = 64;  // ns: traces know no shorter time

int64_t now = 0;

void put(const runtime::m* mp, runtime::traceEv kind, std::initializer_list<uint64_t> args,
         std::string_view name = "") {
  now += kUnit;
  TraceEvent e{now, static_cast<uint32_t>(mp->id), kind, static_cast<int>(args.size()), {}, name};
  int i = 0;
  for (uint64_t a : args) e.args[i++] = a;
  traceSink(e);
}

// The status of mp's P and goroutine before the first event that rests on it.
void tell(const runtime::m* mp, runtime::traceGoStatus goStatus, runtime::traceProcStatus procStatus) {
  if (runtime::p* pp = mp->p.ptr(); pp != nullptr && !pp->trace.traceSchedResourceState.statusWasTraced(kGen)) {
    pp->trace.traceSchedResourceState.setStatusTraced(kGen);
    put(mp, runtime::traceEvProcStatus, {static_cast<uint64_t>(pp->id), procStatus});
  }
  if (runtime::g* gp = mp->curg.plain(); gp != nullptr && !gp->trace.traceSchedResourceState.statusWasTraced(kGen)) {
    gp->trace.traceSchedResourceState.setStatusTraced(kGen);
    put(mp, runtime::traceEvGoStatus, {uint64_t{gp->goid}, static_cast<uint64_t>(mp->id), goStatus});
  }
}

}  // namespace

void traceTime(int64_t ns) {
  if (ns > now) now = ns;
}

}  // namespace lockstep

namespace runtime {

using lockstep::kGen;
using lockstep::put;
using lockstep::tell;

static uint64 nextSeq(traceSchedResourceState* r) { return r->nextSeq(kGen); }
static uint64 id(const p* pp) { return static_cast<uint32>(pp->id); }

traceLocker traceAcquire() {
  if (lockstep::traceSink == nullptr) return {};
  return {getg()->m, kGen};
}
void traceRelease(traceLocker) {}
void traceThreadDestroy(m*) {}

// A reader wants a goroutine for it; the first time there is none yet.
void traceLocker::Gomaxprocs(int32 procs) const {
  if (mp->curg.plain() == nullptr) return;
  tell(mp, traceGoRunning, traceProcRunning);
  put(mp, traceEvProcsChange, {static_cast<uint32>(procs), 0});
}

void traceLocker::ProcStart() const {
  tell(mp, traceGoSyscall, traceProcIdle);
  p* pp = mp->p.ptr();
  put(mp, traceEvProcStart, {id(pp), nextSeq(&pp->trace.traceSchedResourceState)});
}

void traceLocker::ProcStop(p*) const {
  tell(mp, traceGoSyscall, traceProcRunning);
  put(mp, traceEvProcStop, {});
}

void traceLocker::STWStart(stwReason reason) const {
  if (mp->curg.plain() == nullptr) return;
  tell(mp, traceGoRunning, traceProcRunning);
  put(mp, traceEvSTWBegin, {0, 0}, std::string_view(String(reason)));
}

void traceLocker::STWDone() const {
  if (mp->curg.plain() == nullptr) return;
  tell(mp, traceGoRunning, traceProcRunning);
  put(mp, traceEvSTWEnd, {});
}

void traceLocker::GoCreate(g* newg, uintptr, bool blocked) const {
  newg->trace.traceSchedResourceState.setStatusTraced(kGen);
  tell(mp, traceGoRunning, traceProcRunning);
  put(mp, blocked ? traceEvGoCreateBlocked : traceEvGoCreate, {uint64{newg->goid}, 0, 0},
      lockstep::startName(static_cast<const funcval*>(newg->sched.ctxt)));
}

void traceLocker::GoStart() const {
  g* gp = mp->curg.plain();
  if (gp == nullptr) return;  // schedinit
  tell(mp, traceGoRunnable, traceProcRunning);
  put(mp, traceEvGoStart, {uint64{gp->goid}, nextSeq(&gp->trace.traceSchedResourceState)});
}

void traceLocker::GoEnd() const {
  tell(mp, traceGoRunning, traceProcRunning);
  put(mp, traceEvGoDestroy, {});
}

void traceLocker::GoSched() const { GoStop(traceGoStopGoSched); }
void traceLocker::GoPreempt() const { GoStop(traceGoStopPreempted); }

void traceLocker::GoStop(traceGoStopReason reason) const {
  if (mp->curg.plain() == nullptr) return;  // procresize
  tell(mp, traceGoRunning, traceProcRunning);
  put(mp, traceEvGoStop, {0, 0}, traceGoStopReasonStrings[reason]);
}

void traceLocker::GoPark(traceBlockReason reason, int) const {
  tell(mp, traceGoRunning, traceProcRunning);
  put(mp, traceEvGoBlock, {0, 0}, traceBlockReasonStrings[reason]);
}

void traceLocker::GoUnpark(g* gp, int) const {
  emitUnblockStatus(gp);
  tell(mp, traceGoRunning, traceProcRunning);
  put(mp, traceEvGoUnblock, {uint64{gp->goid}, nextSeq(&gp->trace.traceSchedResourceState), 0});
}

void traceLocker::GoSwitch(g* next, bool destroy) const {
  emitUnblockStatus(next);
  tell(mp, traceGoRunning, traceProcRunning);
  put(mp, destroy ? traceEvGoSwitchDestroy : traceEvGoSwitch,
      {uint64{next->goid}, nextSeq(&next->trace.traceSchedResourceState)});
}

void traceLocker::emitUnblockStatus(g* gp) const {
  traceSchedResourceState& r = gp->trace.traceSchedResourceState;
  if (r.statusWasTraced(kGen)) return;
  r.setStatusTraced(kGen);
  put(mp, traceEvGoStatus, {uint64{gp->goid}, ~uint64{0}, traceGoWaiting});
}

void traceLocker::GoSysCall() const {
  p* pp = mp->p.ptr();
  pp->trace.mSyscallID = mp->id;
  tell(mp, traceGoRunning, traceProcRunning);
  put(mp, traceEvGoSyscallBegin, {nextSeq(&pp->trace.traceSchedResourceState), 0});
}

void traceLocker::GoSysExit(bool lostP) const {
  if (!lostP) mp->p.ptr()->trace.mSyscallID = -1;
  tell(mp, traceGoSyscall, lostP ? traceProcRunning : traceProcSyscall);
  put(mp, lostP ? traceEvGoSyscallEndBlocked : traceEvGoSyscallEnd, {});
}

void traceLocker::ProcSteal(p* pp, bool inSyscall) const {
  const int64 from = pp->trace.mSyscallID;
  pp->trace.mSyscallID = -1;
  traceSchedResourceState& r = pp->trace.traceSchedResourceState;
  if (!r.statusWasTraced(kGen)) {
    r.setStatusTraced(kGen);
    put(mp, traceEvProcStatus, {id(pp), traceProcSyscallAbandoned});
  }
  tell(mp, inSyscall ? traceGoSyscall : traceGoRunning, inSyscall ? traceProcSyscallAbandoned : traceProcRunning);
  put(mp, traceEvProcSteal, {id(pp), nextSeq(&r), static_cast<uint64>(from)});
}

void traceLocker::GoCreateSyscall(g* gp) const {
  gp->trace.traceSchedResourceState.setStatusTraced(kGen);
  put(mp, traceEvGoCreateSyscall, {uint64{gp->goid}});
}

void traceLocker::GoDestroySyscall() const {
  tell(mp, traceGoSyscall, traceProcBad);
  put(mp, traceEvGoDestroySyscall, {});
}

void traceLocker::Running() const { tell(mp, traceGoRunning, traceProcRunning); }

}  // namespace runtime
