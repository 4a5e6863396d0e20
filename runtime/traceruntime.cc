// What the scheduler tells the tracer: Go's traceruntime.go. The protocol between the two is explained in trace.cc.
//
// Events with a stack are written on the system stack: the goroutine's registers then lie where its g says
// (tracestack.cc).
#include "runtime/traceruntime.h"

#include "runtime/proc_decl.h"
#include "runtime/seam.h"
#include "runtime/trace.h"
#include "runtime/traceevent.h"
#include "runtime/tracerecord.h"

namespace runtime {

// traceAcquire while a trace is being taken.
traceLocker traceAcquireEnabled() {
  m* mp = acquirem();
  // Tracing inside of tracing: the outer locker keeps the generation from ending.
  uintptr* seqlock = &mp->trace.seqlock.value;
  const uintptr seq = __atomic_load_n(seqlock, __ATOMIC_RELAXED);
  if (seq % 2 == 1) {
    mp->trace.reentered++;
    return {mp, tracer.gen.Load()};
  }
  // Nobody else changes it now: who writes on behalf of this M keeps it out of the runtime. A signal's handler may come
  // in between, and leaves it as odd or even as it was.
  __atomic_store_n(seqlock, seq + 1, __ATOMIC_RELAXED);
  asm volatile("" ::: "memory");  // pairs with the fence in traceAdvance
  if (unlockNeedsFence) [[unlikely]] __atomic_thread_fence(__ATOMIC_SEQ_CST);
  // Only now: traceAdvance changes the generation first, and then looks at the seqlocks.
  const uintptr gen = tracer.gen.Load();
  if (gen == 0) {
    __atomic_store_n(seqlock, seq + 2, __ATOMIC_RELEASE);
    releasem(mp);
    return {};
  }
  return {mp, gen};
}

void traceRelease(traceLocker tl) {
  if (tl.mp->trace.reentered > 0) {
    tl.mp->trace.reentered--;
  } else {
    uintptr* seqlock = &tl.mp->trace.seqlock.value;
    __atomic_store_n(seqlock, __atomic_load_n(seqlock, __ATOMIC_RELAXED) + 1, __ATOMIC_RELEASE);
  }
  releasem(tl.mp);
}

traceLocker traceAcquireFor(m* mp) {
  if (!traceEnabled()) return {};
  acquirem();
  // A signal's handler on that thread may have it for a moment.
  for (;;) {
    const uintptr seq = mp->trace.seqlock.Load();
    if (seq % 2 == 0 && mp->trace.seqlock.CompareAndSwap(seq, seq + 1)) break;
    procyield(1);
  }
  const uintptr gen = tracer.gen.Load();
  if (gen == 0) {
    traceReleaseFor({mp, 0});
    return {};
  }
  return {mp, gen};
}

void traceReleaseFor(traceLocker tl) {
  tl.mp->trace.seqlock.Add(1);
  releasem(getg()->m);
}

void traceLocker::Gomaxprocs(int32 procs) const {
  if (recording) return;
  systemstack([&] {
    eventWriter(traceGoRunning, traceProcRunning).event(traceEvProcsChange, static_cast<uint32>(procs), stack());
  });
}

// This M has a P. If it has a goroutine as well, that one is in a system call.
void traceLocker::ProcStart() const {
  if (recording) return;
  p* pp = mp->p.ptr();
  eventWriter(traceGoSyscall, traceProcIdle)
      .event(traceEvProcStart, static_cast<uint32>(pp->id), pp->trace.traceSchedResourceState.nextSeq(gen));
}

void traceLocker::ProcStop(p*) const {
  if (recording) return;
  eventWriter(traceGoSyscall, traceProcRunning).event(traceEvProcStop);
}

// The P may be in _Pgcstop by now: traces say that it runs.
void traceLocker::STWStart(stwReason reason) const {
  if (recording) return;
  systemstack([&] {
    eventWriter(traceGoRunning, traceProcRunning)
        .event(traceEvSTWBegin, string(std::string_view(String(reason))), stack());
  });
}

void traceLocker::STWDone() const {
  if (recording) return;
  eventWriter(traceGoRunning, traceProcRunning).event(traceEvSTWEnd);
}

void traceLocker::GoCreate(g* newg, uintptr pc, bool blocked) const {
  const traceEv ev = blocked ? traceEvGoCreateBlocked : traceEvGoCreate;
  if (recording) return record(mp, ev, newg->goid, isSystemGoroutine(newg, false));
  newg->trace.traceSchedResourceState.setStatusTraced(gen);
  systemstack([&] {
    eventWriter(traceGoRunning, traceProcRunning).event(ev, newg->goid, startPC(newg, pc), stack());
  });
}

// This M has a P.
void traceLocker::GoStart() const {
  g* gp = getg()->m->curg.plain();
  if (recording) {
    if (gp == nullptr) return;  // schedinit: procresize gives the first P to whoever calls it
    return record(mp, traceEvGoStart, gp->goid, gp->m->p.ptr()->schedtick.plain());
  }
  eventWriter(traceGoRunnable, traceProcRunning)
      .event(traceEvGoStart, gp->goid, gp->trace.traceSchedResourceState.nextSeq(gen));
}

void traceLocker::GoEnd() const {
  if (recording) return record(mp, traceEvGoDestroy);
  eventWriter(traceGoRunning, traceProcRunning).event(traceEvGoDestroy);
}

void traceLocker::GoSched() const { GoStop(traceGoStopGoSched); }

void traceLocker::GoPreempt() const { GoStop(traceGoStopPreempted); }

void traceLocker::GoStop(traceGoStopReason reason) const {
  if (recording) return record(mp, traceEvGoStop, reason);
  systemstack([&] {
    eventWriter(traceGoRunning, traceProcRunning)
        .event(traceEvGoStop, tracer.goStopReasons[gen % 2][reason], stack());
  });
}

void traceLocker::GoPark(traceBlockReason reason, int) const {
  g* gp = mp->curg.plain();
  if (recording) return record(mp, traceEvGoBlock, gp != nullptr ? gp->waitreason : 0);
  systemstack([&] {
    eventWriter(traceGoRunning, traceProcRunning)
        .event(traceEvGoBlock, tracer.goBlockReasons[gen % 2][reason], stack());
  });
}

void traceLocker::GoUnpark(g* gp, int) const {
  if (recording) return record(mp, traceEvGoUnblock, gp->goid);
  systemstack([&] {
    emitUnblockStatus(gp);
    eventWriter(traceGoRunning, traceProcRunning)
        .event(traceEvGoUnblock, gp->goid, gp->trace.traceSchedResourceState.nextSeq(gen), stack());
  });
}

// destroy: the goroutine that calls ends with it, and this M has let go of it (Running).
void traceLocker::GoSwitch(g* next, bool destroy) const {
  const traceEv ev = destroy ? traceEvGoSwitchDestroy : traceEvGoSwitch;
  if (recording) return record(mp, ev, next->goid);
  emitUnblockStatus(next);
  eventWriter(traceGoRunning, traceProcRunning)
      .event(ev, next->goid, next->trace.traceSchedResourceState.nextSeq(gen));
}

// gp waits, and is about to be woken. Its stack is not the caller's to read.
void traceLocker::emitUnblockStatus(g* gp) const {
  traceSchedResourceState& r = gp->trace.traceSchedResourceState;
  if (!r.statusWasTraced(gen) && r.acquireStatus(gen)) writer().writeGoStatus(gp->goid, -1, traceGoWaiting, 0).end();
}

// This M has a P, and notes for who takes it away whose it was.
void traceLocker::GoSysCall() const {
  if (recording) return record(mp, traceEvGoSyscallBegin);
  p* pp = mp->p.ptr();
  pp->trace.mSyscallID = static_cast<int64>(mp->procid);
  systemstack([&] {
    eventWriter(traceGoRunning, traceProcRunning)
        .event(traceEvGoSyscallBegin, pp->trace.traceSchedResourceState.nextSeq(gen), stack());
  });
}

// lostP: the goroutine has no P, or another one, or its own again after somebody else has had it.
void traceLocker::GoSysExit(bool lostP) const {
  if (recording) return record(mp, traceEvGoSyscallEnd);
  if (!lostP) mp->p.ptr()->trace.mSyscallID = -1;
  eventWriter(traceGoSyscall, lostP ? traceProcRunning : traceProcSyscall)
      .event(lostP ? traceEvGoSyscallEndBlocked : traceEvGoSyscallEnd);
}

// The caller owns pp, which was another M's in a system call, or its own (inSyscall).
void traceLocker::ProcSteal(p* pp, bool inSyscall) const {
  if (recording) return;
  const int64 from = pp->trace.mSyscallID;
  pp->trace.mSyscallID = -1;
  traceSchedResourceState& r = pp->trace.traceSchedResourceState;
  if (!r.statusWasTraced(gen) && r.acquireStatus(gen)) {
    writer().writeProcStatus(static_cast<uint64>(pp->id), traceProcSyscallAbandoned).end();
  }
  eventWriter(inSyscall ? traceGoSyscall : traceGoRunning, inSyscall ? traceProcSyscallAbandoned : traceProcRunning)
      .event(traceEvProcSteal, static_cast<uint32>(pp->id), r.nextSeq(gen), from);
}

// The caller runs on gp, which was dead.
void traceLocker::GoCreateSyscall(g* gp) const {
  if (recording) return;
  gp->trace.traceSchedResourceState.setStatusTraced(gen);
  eventWriter(traceGoBad, traceProcBad).event(traceEvGoCreateSyscall, gp->goid);
}

// This M has no P.
void traceLocker::GoDestroySyscall() const {
  if (recording) return;
  eventWriter(traceGoSyscall, traceProcBad).event(traceEvGoDestroySyscall);
}

// ---- What package runtime/trace calls.

// f(tl) on the system stack, if a trace is being taken. On a goroutine.
template <class F>
static void annotate(F f) {
  traceLocker tl = traceAcquire();
  if (!tl.ok()) return;
  if (!recording) systemstack([&] { f(tl, tl.eventWriter(traceGoRunning, traceProcRunning)); });
  traceRelease(tl);
}

void trace_userTaskCreate(uint64 id, uint64 parentID, std::string_view taskType) {
  annotate([&](const traceLocker& tl, traceEventWriter w) {
    w.event(traceEvUserTaskBegin, id, parentID, tl.string(taskType), tl.stack());
  });
}

void trace_userTaskEnd(uint64 id) {
  annotate([&](const traceLocker& tl, traceEventWriter w) { w.event(traceEvUserTaskEnd, id, tl.stack()); });
}

void trace_userRegion(uint64 id, bool begin, std::string_view name) {
  annotate([&](const traceLocker& tl, traceEventWriter w) {
    w.event(begin ? traceEvUserRegionBegin : traceEvUserRegionEnd, id, tl.string(name), tl.stack());
  });
}

void trace_userLog(uint64 id, std::string_view category, std::string_view message) {
  annotate([&](const traceLocker& tl, traceEventWriter w) {
    w.event(traceEvUserLog, id, tl.string(category), tl.uniqueString(message), tl.stack());
  });
}

// mp's thread has ended, and mp leaves sched.freem: nobody would look for its buffers. sched.lock is held.
void traceThreadDestroy(m* mp) {
  assertLockHeld(&sched.lock);
  mp->trace.seqlock.Add(1);
  systemstack([=] {
    lock(&tracer.lock);
    for (uintptr i = 0; i < 2; i++) {
      for (traceBuf*& buf : mp->trace.buf[i]) {
        if (buf != nullptr) traceBufFlush(buf, i);
        buf = nullptr;
      }
    }
    unlock(&tracer.lock);
  });
  mp->trace.seqlock.Add(1);
}

// ---- gort's own.

void traceLocker::Running() const {
  if (!recording) eventWriter(traceGoRunning, traceProcRunning);
}

void traceLocker::GoHandoff() const {
  if (recording) return record(mp, traceEvGoSyscallBegin);
  p* pp = mp->p.ptr();
  pp->trace.mSyscallID = static_cast<int64>(mp->procid);
  eventWriter(traceGoRunning, traceProcRunning)
      .event(traceEvGoSyscallBegin, pp->trace.traceSchedResourceState.nextSeq(gen), 0);
}

void traceLocker::GoHandoffEnd(p* pp) const {
  if (recording) return record(mp, traceEvGoSyscallEnd);
  pp->trace.mSyscallID = -1;
  traceSchedResourceState& r = pp->trace.traceSchedResourceState;
  if (!r.statusWasTraced(gen) && r.acquireStatus(gen)) {
    writer().writeProcStatus(static_cast<uint64>(pp->id), traceProcSyscall).end();
  }
  eventWriter(traceGoSyscall, traceProcSyscall).event(traceEvGoSyscallEnd);
}

}  // namespace runtime
