// The execution tracer of the live world: Go's trace.go and traceruntime.go, as far as events are made and kept. Their
// form on disk is not this file's business.
//
// Every place of the scheduler that changes who runs where asks traceAcquire. While no trace is being taken that is one
// load. Otherwise the M makes its seqlock odd, emits, changes the status, and makes the seqlock even again
// (traceRelease), so that for whoever ends the trace an event and the change that it tells of are one.
//
// Events lie in chunks of one M each, so that Ms do not share a cache line for what they write. They do share one
// counter: an event's seq is drawn from it between traceAcquire and the change of status, or right after the change was
// won. Whoever can see the change (and so can only emit later) draws a higher number. Hence the numbers are an order in
// which the events could have happened one by one, whatever the clocks of the cores say. Go stores a counter for each G
// and P instead and leaves the sorting to the reader; those counters are kept here as well, in args.
//
// The end of a trace: traceStop makes traceGen 0 and then waits until it has seen every M's seqlock even. traceAcquire
// makes it odd and then reads traceGen. Both are sequentially consistent, so one of the two sees the other: an M either
// finds 0 and emits nothing, or is waited for. Chunks hang on a global list from their birth, so an M that ends need
// not hand its own over; when nobody writes any more, traceStop takes every M's pointer to its chunk away, and the
// chunks are free for the next trace, which may give them to other Ms.
//
// The start of a trace: the world is stopped, sysmon is held, and exitsyscall0 (the one change of status that needs no
// P) is held up by traceExitingSyscall. Hence the statuses that traceStatuses tells are those of one moment. Go counts
// the same exits, but only waits until none is under way that has not seen the trace: a goroutine tells its own status.
//
// Differences from Go: there is one generation for each trace, the statuses of all Gs and Ps are written when a trace
// starts instead of before the first event of each, and nobody reads while the trace is being taken.
#include "runtime/trace.h"

#include <sys/mman.h>

#include <algorithm>

#include "runtime/proc_decl.h"
#include "runtime/runtime2.h"
#include "runtime/seam.h"
#include "runtime/traceruntime.h"

namespace runtime {

// A chunk of events. Only the M that it belongs to writes to it, under its seqlock.
struct traceBuf {
  traceBuf* link;   // on traceFull or traceFree; set before it is published
  uintptr n;        // events in it
  traceEvent events[1023];
};

static_assert(sizeof(traceBuf) <= 65536);

constinit traceSwitch traceState;

namespace {

constinit atomic::Uintptr<> traceGen;          // the trace that is being taken; 0: none
constinit atomic::Uintptr<> traceLastGen;      // it, or the last one
constinit atomic::Uint64<> traceSeq;           // events so far
constinit atomic::Uint32<> traceStarting;      // statuses are being told: see traceExitingSyscall
constinit atomic::Int32<> traceSyscallExits;   // Ms between traceExitingSyscall and traceExitedSyscall
constinit mutex traceLock;                     // guards the two below
constinit traceBuf* traceFull = nullptr;       // the chunks of this trace, newest first
constinit traceBuf* traceFree = nullptr;       // chunks of earlier ones
constinit uint32 traceAdvanceSema = 1;         // one start or stop at a time

// A fresh chunk for mp, on traceFull.
traceBuf* traceNewBuf(m* mp) {
  lock(&traceLock);
  traceBuf* buf = traceFree;
  if (buf != nullptr) {
    traceFree = buf->link;
  } else {
    void* mem = mmap(nullptr, sizeof(traceBuf), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mem == MAP_FAILED) throw_("trace: out of memory");
    buf = static_cast<traceBuf*>(mem);
  }
  buf->n = 0;
  buf->link = traceFull;
  traceFull = buf;
  unlock(&traceLock);
  mp->trace.buf[0][traceNoExperiment] = buf;
  return buf;
}

// The place of mp's next event; the caller fills in kind and args.
traceEvent* traceWrite(m* mp) {
  traceBuf* buf = mp->trace.buf[0][traceNoExperiment];
  if (buf == nullptr || buf->n == std::size(buf->events)) buf = traceNewBuf(mp);
  traceEvent* ev = &buf->events[buf->n++];
  *ev = {};
  ev->time = nanotime();
  g* gp = mp->curg.plain();
  ev->goid = gp != nullptr ? gp->goid : 0;
  ev->m = static_cast<int32>(mp->id);
  p* pp = mp->p.ptr();
  ev->p = pp != nullptr ? pp->id : -1;
  ev->seq = traceSeq.Add(1);
  return ev;
}

void emit(const traceLocker& tl, traceEv kind, uint64 a0 = 0, uint64 a1 = 0, uint64 a2 = 0) {
  traceEvent* ev = traceWrite(tl.mp);
  ev->kind = kind;
  ev->args[0] = a0;
  ev->args[1] = a1;
  ev->args[2] = a2;
}

// The next sequence number of a G or P in trace gen. The caller owns the resource.
uint64 nextSeq(traceSchedResourceState* r, uintptr gen) { return ++r->seq[gen % 2]; }

// On g0 with the world stopped: the counters begin anew and everybody's status is told.
void traceStatuses(m* mp, uintptr gen) {
  traceLocker tl{mp, gen};
  for (intptr i = 0; i < allp.len; i++) {
    p* pp = allp.array[i];
    pp->trace.traceSchedResourceState.seq[gen % 2] = 0;
    pp->trace.mSyscallID = -1;
    // The caller's own P runs although the world is stopped.
    emit(tl, traceEvProcStatus, static_cast<uint64>(pp->id), pp == mp->p.ptr() ? _Prunning : pp->status.plain());
  }
  forEachGRace([&](g* gp) {
    gp->trace.traceSchedResourceState.seq[gen % 2] = 0;
    uint32 status = readgstatus(gp) & ~_Gscan;
    if (status == _Gdead || status == _Gidle) return;
    if (gp == mp->curg.plain()) status = _Grunning;
    emit(tl, traceEvGoStatus, gp->goid, status, gp->waitreason);
  });
  emit(tl, traceEvSTWBegin, stwStartTrace);
}

// f(mp) for each M that may have written. An M that is on neither list has not begun or has ended.
template <class F>
void traceForEachM(F f) {
  lock(&sched.lock);
  for (m* mp = allm; mp != nullptr; mp = mp->alllink) f(mp);
  for (m* mp = sched.freem.Load(); mp != nullptr; mp = mp->freelink) f(mp);
  unlock(&sched.lock);
}

// Waits until no M is writing to the trace that has just been switched off. Whoever starts to write now sees that it
// is. sched.lock is let go between the looks: a writer may want it.
void traceWaitForWriters() {
  for (;;) {
    bool any = false;
    traceForEachM([&](m* mp) { any |= mp->trace.seqlock.Load() % 2 != 0; });
    if (!any) return;
    osyield();
  }
}

// An M that has let go of its goroutine before it tells what that one did last (coroexit, preemptPark) could not name
// it. It is the one that the M ran until then.
void traceNameLeavers(std::vector<traceEvent>& all) {
  std::vector<uint64> ran;  // by M
  for (traceEvent& ev : all) {
    uintptr id = static_cast<uintptr>(ev.m);
    if (id >= ran.size()) ran.resize(id + 1, 0);
    if (ev.goid == 0 && (ev.kind == traceEvGoSwitchDestroy || ev.kind == traceEvGoBlock)) ev.goid = ran[id];
    bool switched = ev.kind == traceEvGoSwitch || ev.kind == traceEvGoSwitchDestroy;
    if (switched || ev.goid != 0) ran[id] = switched ? ev.args[0] : ev.goid;
  }
}

}  // namespace

bool traceStart() {
  if (getg() == nullptr || !mainStarted) {
    // Nobody else is there.
    if (traceGen.Load() != 0) return false;
    traceSeq.Store(0);
    traceGen.Store(traceLastGen.Add(1));
    traceState.enabled.Store(1);
    return true;
  }
  semacquire(&traceAdvanceSema);
  if (traceGen.Load() != 0) {
    semrelease(&traceAdvanceSema);
    return false;
  }
  worldStop stw = stopTheWorldGC(stwStartTrace);
  systemstack([] {
    m* mp = getg()->m;
    // Sysmon runs without a P: it may make goroutines runnable that the network is done with.
    lock(&sched.sysmonlock);
    // Nobody else but who comes back from a system call. Both sides announce themselves, then look (all sequentially
    // consistent): either this loop sees the exit that is under way, or that one sees `traceStarting` and waits.
    traceStarting.Store(1);
    while (traceSyscallExits.Load() != 0) osyield();
    traceSeq.Store(0);
    uintptr gen = traceLastGen.Add(1);
    mp->trace.seqlock.Add(1);
    traceStatuses(mp, gen);
    mp->trace.seqlock.Add(1);
    traceGen.Store(gen);
    traceState.enabled.Store(1);
    traceStarting.Store(0);
    unlock(&sched.sysmonlock);
  });
  startTheWorldGC(stw);
  semrelease(&traceAdvanceSema);
  return true;
}

std::vector<traceEvent> traceStop() {
  semacquire(&traceAdvanceSema);
  // At the end, also if there is no memory for the answer: the chunks are free again.
  struct Finish {
    ~Finish() {
      systemstack([] {
        lock(&traceLock);
        while (traceFull != nullptr) {
          traceBuf* buf = traceFull;
          traceFull = buf->link;
          buf->link = traceFree;
          traceFree = buf;
        }
        unlock(&traceLock);
      });
      semrelease(&traceAdvanceSema);
    }
  } finish;

  std::vector<traceEvent> all;
  if (traceGen.Load() == 0) return all;
  traceState.shutdown.Store(1);
  traceState.enabled.Store(0);
  traceGen.Store(0);
  systemstack([] {
    traceWaitForWriters();
    traceForEachM([](m* mp) { mp->trace.buf[0][traceNoExperiment] = nullptr; });
  });
  traceState.shutdown.Store(0);

  // Nobody changes traceFull any more.
  uintptr n = 0;
  for (traceBuf* buf = traceFull; buf != nullptr; buf = buf->link) n += buf->n;
  all.reserve(n);
  for (traceBuf* buf = traceFull; buf != nullptr; buf = buf->link) {
    all.insert(all.end(), buf->events, buf->events + buf->n);
  }
  std::sort(all.begin(), all.end(), [](const traceEvent& a, const traceEvent& b) { return a.seq < b.seq; });
  traceNameLeavers(all);
  return all;
}

// Nobody reads while a trace is being taken.
g* traceReader() { return nullptr; }
bool traceReaderAvailable() { return false; }

// mp's thread has ended: what it wrote hangs on traceFull. sched.lock is held.
void traceThreadDestroy(m* mp) { mp->trace.buf[0][traceNoExperiment] = nullptr; }

// The world is stopped while somebody waits here, and whoever starts the trace needs nothing of this M.
void traceExitingSyscall() {
  for (;;) {
    traceSyscallExits.Add(1);
    if (traceStarting.Load() == 0) return;
    traceSyscallExits.Add(-1);
    osyield();
  }
}

void traceExitedSyscall() { traceSyscallExits.Add(-1); }

// ---- traceruntime.go

// traceAcquire while a trace is being taken.
traceLocker traceAcquireEnabled() {
  m* mp = acquirem();
  if (mp->trace.seqlock.Load() % 2 == 1) {
    // The outer locker is ok, and keeps its trace from ending: the next one has not begun.
    mp->trace.reentered++;
    return {mp, traceLastGen.Load()};
  }
  mp->trace.seqlock.Add(1);
  uintptr gen = traceGen.Load();
  if (gen == 0) {
    mp->trace.seqlock.Add(1);
    releasem(mp);
    return {};
  }
  return {mp, gen};
}

void traceRelease(traceLocker tl) {
  if (tl.mp->trace.reentered > 0) {
    tl.mp->trace.reentered--;
  } else {
    tl.mp->trace.seqlock.Add(1);
  }
  releasem(tl.mp);
}

void traceLocker::Gomaxprocs(int32 procs) { emit(*this, traceEvProcsChange, static_cast<uint64>(procs)); }

void traceLocker::ProcStart() {
  p* pp = mp->p.ptr();
  emit(*this, traceEvProcStart, static_cast<uint64>(pp->id), nextSeq(&pp->trace.traceSchedResourceState, gen));
}

void traceLocker::ProcStop(p* pp) { emit(*this, traceEvProcStop, static_cast<uint64>(pp->id)); }

void traceLocker::STWStart(stwReason reason) { emit(*this, traceEvSTWBegin, reason); }

void traceLocker::STWDone() { emit(*this, traceEvSTWEnd); }

void traceLocker::GoCreate(g* newg, uintptr pc, bool blocked) {
  emit(*this, blocked ? traceEvGoCreateBlocked : traceEvGoCreate, newg->goid, pc, isSystemGoroutine(newg, false));
}

void traceLocker::GoStart() {
  g* gp = getg()->m->curg.plain();
  if (gp == nullptr) return;  // schedinit: procresize gives the first P to whoever calls it
  emit(*this, traceEvGoStart, gp->goid, nextSeq(&gp->trace.traceSchedResourceState, gen),
       gp->m->p.ptr()->schedtick.plain());
}

void traceLocker::GoEnd() { emit(*this, traceEvGoDestroy); }

void traceLocker::GoSched() { emit(*this, traceEvGoStop, traceGoStopGoSched); }

void traceLocker::GoPreempt() { emit(*this, traceEvGoStop, traceGoStopPreempted); }

void traceLocker::GoPark(traceBlockReason reason, int) {
  emit(*this, traceEvGoBlock, reason, mp->curg.plain() != nullptr ? mp->curg.plain()->waitreason : 0);
}

void traceLocker::GoUnpark(g* gp, int) {
  emit(*this, traceEvGoUnblock, gp->goid, nextSeq(&gp->trace.traceSchedResourceState, gen));
}

void traceLocker::GoSwitch(g* next, bool destroy) {
  emit(*this, destroy ? traceEvGoSwitchDestroy : traceEvGoSwitch, next->goid,
       nextSeq(&next->trace.traceSchedResourceState, gen));
}

// Notes which thread the P goes with into the system call, for who takes it away.
void traceLocker::GoSysCall() {
  p* pp = mp->p.ptr();
  pp->trace.mSyscallID = static_cast<int64>(mp->procid);
  emit(*this, traceEvGoSyscallBegin, nextSeq(&pp->trace.traceSchedResourceState, gen));
}

// Written by the M that takes the P, in the name of the other.
static void emitFor(const traceLocker& tl, m* from, p* pp, traceEv kind, uint64 a0) {
  traceEvent* ev = traceWrite(tl.mp);
  ev->kind = kind;
  ev->args[0] = a0;
  ev->goid = from->curg.plain()->goid;
  ev->m = static_cast<int32>(from->id);
  ev->p = pp->id;
}

void traceLocker::GoHandoff(m* from) {
  p* pp = from->p.ptr();
  pp->trace.mSyscallID = static_cast<int64>(from->procid);
  emitFor(*this, from, pp, traceEvGoSyscallBegin, nextSeq(&pp->trace.traceSchedResourceState, gen));
}

void traceLocker::GoHandoffEnd(m* from, p* pp) {
  pp->trace.mSyscallID = -1;
  emitFor(*this, from, pp, traceEvGoSyscallEnd, 0);
}

void traceLocker::GoSysExit(bool lostP) {
  if (!lostP) mp->p.ptr()->trace.mSyscallID = -1;
  emit(*this, lostP ? traceEvGoSyscallEndBlocked : traceEvGoSyscallEnd);
}

// The caller owns pp.
void traceLocker::ProcSteal(p* pp, bool) {
  int64 from = pp->trace.mSyscallID;
  pp->trace.mSyscallID = -1;
  emit(*this, traceEvProcSteal, static_cast<uint64>(pp->id), nextSeq(&pp->trace.traceSchedResourceState, gen),
       static_cast<uint64>(from));
}

void traceLocker::GoCreateSyscall(g* gp) { emit(*this, traceEvGoCreateSyscall, gp->goid); }

void traceLocker::GoDestroySyscall() { emit(*this, traceEvGoDestroySyscall); }

}  // namespace runtime
