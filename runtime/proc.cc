// The goroutine scheduler: Go's proc.go, function by function and in its order.
//
// The job is to hand runnable goroutines (g) to operating-system threads (m). A thread runs Go code only
// while it holds a p, the licence that carries a local run queue; there are GOMAXPROCS of them.
//
//   g   a goroutine: a stack, a saved context (gobuf) and a status word that only moves by compare-and-swap
//   m   a thread: its own system stack g0, the g it runs (curg), the p it holds or is about to receive
//   p   a processor: a 256-slot ring of runnable gs, one privileged slot (runnext), caches
//
// What the design turns on, and what would break without it:
//
//   * Work is spread over per-p rings so that the common case takes no lock. Only the owner appends; anybody
//     takes from the head by CAS. A ring that overflows gives its older half to the global queue.
//   * Parking and waking threads is the hard part. Waking one for every new g wastes CPU, waking too few
//     strands work. The rule: a thread that looks for work is "spinning" and counted in sched.nmspinning. Who
//     makes work wakes a thread only if nobody spins; the last spinner that finds work wakes a successor
//     (resetspinning), so one spinner at least stays while work arrives.
//   * The rule has one gap: a spinner gives up just while a new g is queued by someone who saw it spinning. So a
//     spinner first drops nmspinning and then looks at every queue again; the submitter first queues and then
//     loads nmspinning. Each side stores before it loads (both sequentially consistent), so at least one sees the
//     other. Every "check again" in findRunnable exists for this pair; none is an optimisation.
//   * sched.needspinning closes a second gap: a waker that found no idle p leaves the flag, and the next thread
//     that would park without spinning turns into a spinner instead.
//
// Rejected, as in Go: one central queue (contention), handing a g straight to a parked thread at readying time
// (it thrashes threads and loses locality), and unparking a thread for every wakeup without the spinning count.
//
// What differs here from Go, and why:
//   * `throw` is a C++ keyword: it is throw_ here. panic_ likewise.
//   * Shared fields that Go touches plainly are racy<T>: Load/Store are the shared accesses, plain() is what only
//     the owner, or the holder of the lock named beside the field, may use.
//   * at<"name">(...) marks a point where a world may look on: a call that enters the scheduler, or something it
//     decided. It has no effect on what happens next and is empty in the live world.
//   * Go moves to the system stack (systemstack) for what may need more room than a goroutine's small stack has. A C++
//     stack is large from the start, so goready and newproc, the two that every program calls all the time, stay where
//     they are. No preemption comes in between either way: it is refused in the runtime's own code (preempt.cc).
//   * No write barriers, no msan/asan hooks, no linker module data; docs/port-map.md has the list.
#include "runtime/proc_decl.h"

#include <iterator>
#include <limits>

#include "runtime/proc_hot.h"
#include "runtime/race.h"
#include "seam/slog.h"

namespace runtime {

using slog::at;

// What a function answers is told as well.
template <fixed_string Name, class T>
static T answers(T answer) {
  at<Name>(answer);
  return answer;
}

m m0;
g g0;
mcache* mcache0;

funcval mainPC{reinterpret_cast<uintptr>(&main)};
funcval forcegchelperPC{reinterpret_cast<uintptr>(&forcegchelper)};

// Tasks that run before main_main: the runtime's own, then the program's.
bool mainStarted;        // set once, before any second thread exists
int64 runtimeInitTime;   // nanotime at start
sigset initSigmask;      // what every new thread starts with

namespace {

findRunnableResult found(why reason, g* gp, bool inheritTime, bool tryWakeP) {
  at<"found">(static_cast<uint8>(reason), gp, inheritTime, tryWakeP);
  return {gp, inheritTime, tryWakeP};
}

// A poll, a timer or a GC hand-off produced gp, which nobody else can see: make it runnable.
void unpark(g* gp, int skip) {
  auto trace = traceAcquire();
  casgstatus(gp, _Gwaiting, _Grunnable);
  if (trace.ok()) {
    trace.GoUnpark(gp, skip);
    traceRelease(trace);
  }
}

// Conditions over two words that others change. Go reads operands from left to right, C++ leaves their order open; so
// each load has a statement of its own, in Go's order.

int32 spinningPlusIdle() {
  int32 spinning = sched.nmspinning.Load();
  return spinning + sched.npidle.Load();
}

bool roomForSpinner() {
  int32 spinning = sched.nmspinning.Load();
  return 2 * spinning < gomaxprocs.plain() - sched.npidle.Load();
}

// Whether all ps are idle but for so many.
bool idleBut(int32 busy) {
  int32 idle = sched.npidle.Load();
  return idle == gomaxprocs.Load() - busy;
}

// A C++ caller may use the frame-pointer register for anything: what does not point into the stack is none.
uintptr onStack(uintptr fp) {
  g* gp = getg();
  return gp->stack.lo <= fp && fp < gp->stack.hi ? fp : 0;
}

}  // namespace

// The first goroutine.
void main() {
  m* mp = getg()->m;

  // Only the limit is remembered: C++ stacks do not grow, a goroutine that passes its range is told by the guard.
  maxstacksize = 1000000000;
  maxstackceiling = 2 * maxstacksize;

  mainStarted = true;

  if (haveSysmon) {
    systemstack([] { newm(sysmon, nullptr, -1); });
  }

  // The initialisers run wired to the main thread: some libraries insist on it.
  lockOSThread();
  if (mp != &m0) throw_("runtime.main not on m0");

  runtimeInitTime = nanotime();
  if (runtimeInitTime == 0) throw_("nanotime returning zero");

  doInit(runtime_inittasks);
  at<"doInit.ret">();

  gcenable();
  at<"gcenable.ret">();

  if (iscgo) {
    startTemplateThread();
  }

  doInit(main_inittasks);
  at<"doInit.ret">();

  unlockOSThread();

  if (isarchive || islibrary) return;

  main_main();
  at<"main_main.ret">();

  // Another goroutine may be half-way through printing a panic: give it a while.
  if (runningPanicDefers.Load() != 0) {
    for (int c = 0; c < 1000; c++) {
      if (runningPanicDefers.Load() == 0) break;
      Gosched();
    }
  }
  if (panicking.Load() != 0) {
    gopark(nullptr, nullptr, waitReasonPanicWait, traceBlockForever, 1);
  }
  runExitHooks(0);
  at<"runExitHooks.ret">();

  at<"exit">(0);
  exit(0);
}

// Called by os.Exit of a program before it leaves.
void os_beforeExit(int32 exitCode) {
  at<"os_beforeExit">(exitCode);
  runExitHooks(exitCode);
  at<"runExitHooks.ret">();
}

// Starts the helper that forces a collection every two minutes. In Go this is an init function of the package.
void init() { newproc(&forcegchelperPC); }

void forcegchelper() {
  forcegc.g = getg();
  lockInit(&forcegc.lock, lockRankForcegc);
  for (;;) {
    lock(&forcegc.lock);
    if (forcegc.idle.Load()) throw_("forcegc: phase error");
    forcegc.idle.Store(true);
    goparkunlock(&forcegc.lock, waitReasonForceGCIdle, traceBlockSystemGoroutine, 1);
    // sysmon cleared idle and put this goroutine on a queue.
    if (debug.gctrace > 0) print("GC forced\n");
    gcStart(gcTrigger{gcTriggerTime, nanotime(), 0});
    at<"gcStart.ret">();
  }
}

// Yields the processor; the goroutine goes to the global queue.
void Gosched() {
  at<"Gosched">();
  checkTimeouts();
  mcall(gosched_m);
}

// Like Gosched, but does nothing in states where the thread must not switch.
void goschedguarded() {
  at<"goschedguarded">();
  mcall(goschedguarded_m);
}

// Like Gosched, but stays if an idle p could take other work anyway and nobody asked for the processor.
void goschedIfBusy() {
  const bool preempt = getg()->preempt;  // once: others set it
  at<"goschedIfBusy">(preempt);
  if (!preempt && sched.npidle.Load() > 0) return;
  mcall(gosched_m);
}

// Parks the current goroutine. unlockf runs on g0 after the goroutine is off its stack; when it says
// false the goroutine resumes at once. It must not touch the goroutine's stack: somebody may run it already.
void gopark(waitunlock_fn unlockf, void* lock, waitReason reason, traceBlockReason traceReason, int traceskip) {
  at<"gopark">(slog::unlockClass(unlockf), slog::unlockLock(unlockf, lock), static_cast<uint8>(reason),
               static_cast<uint8>(traceReason));
  if (reason != waitReasonSleep) checkTimeouts();
  m* mp = acquirem();
  g* gp = mp->curg.plain();
  uint32 status = readgstatus(gp);
  if (status != _Grunning && status != _Gscanrunning) throw_("gopark: bad g status");
  mp->waitlock = lock;
  mp->waitunlockf = unlockf;
  gp->waitreason = reason;
  mp->waitTraceBlockReason = traceReason;
  mp->waitTraceSkip = traceskip;
  releasem(mp);
  mcall(park_m);
}

// Parks and releases lock; whoever then takes the lock may ready the goroutine.
void goparkunlock(mutex* lock, waitReason reason, traceBlockReason traceReason, int traceskip) {
  gopark(parkunlock_c, lock, reason, traceReason, traceskip);
}

void goready(g* gp, int traceskip) {
  at<"goready">(gp);
  ready(gp, traceskip, true);
}

// Takes a sudog from the p's cache, refilled in batches of half the cache from the central list.
sudog* acquireSudog() {
  // The owner may not move to another p while it holds the cache: acquirem forbids preemption.
  m* mp = acquirem();
  p* pp = mp->p.ptr();
  if (pp->sudogcache.len == 0) {
    lock(&sched.sudoglock);
    while (pp->sudogcache.len < pp->sudogcache.cap / 2 && sched.sudogcache != nullptr) {
      sudog* s = sched.sudogcache;
      sched.sudogcache = s->next;
      s->next = nullptr;
      pp->sudogcache.push(s);
    }
    unlock(&sched.sudoglock);
    if (pp->sudogcache.len == 0) pp->sudogcache.push(newobject<sudog>());
  }
  sudog* s = pp->sudogcache.pop();
  if (s->elem != nullptr) throw_("acquireSudog: found s.elem != nil in cache");
  releasem(mp);
  return s;
}

void releaseSudog(sudog* s) {
  if (s->elem != nullptr) throw_("runtime: sudog with non-nil elem");
  if (s->isSelect) throw_("runtime: sudog with non-false isSelect");
  if (s->next != nullptr) throw_("runtime: sudog with non-nil next");
  if (s->prev != nullptr) throw_("runtime: sudog with non-nil prev");
  if (s->waitlink != nullptr) throw_("runtime: sudog with non-nil waitlink");
  if (s->c != nullptr) throw_("runtime: sudog with non-nil c");
  g* gp = getg();
  if (gp->param != nullptr) throw_("runtime: releaseSudog with non-nil gp.param");
  m* mp = acquirem();
  p* pp = mp->p.ptr();
  if (pp->sudogcache.len == pp->sudogcache.cap) {
    // Move half of the full cache to the central list.
    sudog* first = nullptr;
    sudog* last = nullptr;
    while (pp->sudogcache.len > pp->sudogcache.cap / 2) {
      sudog* moved = pp->sudogcache.pop();
      if (first == nullptr) {
        first = moved;
      } else {
        last->next = moved;
      }
      last = moved;
    }
    lock(&sched.sudoglock);
    last->next = sched.sudogcache;
    sched.sudogcache = first;
    unlock(&sched.sudoglock);
  }
  pp->sudogcache.push(s);
  releasem(mp);
}

// Which g0 is crashing; see switchToCrashStack.
atomic::Pointer<g> crashingG;

// Called from the assembly of mcall.
void badmcall() { throw_("runtime: mcall called on m->g0 stack"); }

void badmcall2() { throw_("runtime: mcall function returned"); }

// A thread ran over its system stack. There is no room to report on it, so the report is made on the crash stack.
void badmorestackg0() {
  switchToCrashStack([] {
    g* gp = crashingG.Load();  // the g0 that ran out
    print("runtime: morestack on g0, stack [", hex(gp->stack.lo), " ", hex(gp->stack.hi), "], sp=", hex(gp->sched.sp),
          ", called from\n");
    gp->m->traceback = 2;
    traceback1(gp->sched.pc, gp->sched.sp, gp->sched.lr, gp, 0);
    print("\n");
    throw_("morestack on g0");
  });
}

void badmorestackgsignal() { writeErrStr("fatal: morestack on gsignal\n"); }

void badctxt() { throw_("ctxt != 0"); }

// The g of the crash stack, on which a thread that ran out of its own reports and dies. Only one thread gets it.
g gcrash;

void switchToCrashStack(void (*fn)()) {
  g* me = getg();
  if (crashingG.CompareAndSwap(nullptr, me)) {
    switchToCrashStack0(fn);
    abort();
  }
  if (crashingG.Load() == me) {
    writeErrStr("fatal: recursive switchToCrashStack\n");
    abort();
  }
  usleep_no_g(100);  // let the other thread finish its report
  writeErrStr("fatal: concurrent switchToCrashStack\n");
  abort();
}

bool lockedOSThread() {
  g* gp = getg();
  return gp->lockedm != 0 && gp->m->lockedg != 0;
}

// All goroutines ever made, live or dead. Only grows: a dead g is reused, never freed, so a reader that took the
// pointer and then the length may walk them without the lock.
mutex allglock;
slice<g*> allgs;                 // written under allglock; an outgrown array stays, readers may be on it
atomic::Uintptr<> allglen;       // published after the slot is filled
atomic::Pointer<g*> allgptr;     // base of allgs, published before allglen

void allgadd(g* gp) {
  if (readgstatus(gp) == _Gidle) throw_("allgadd: bad status Gidle");
  lock(&allglock);
  if (allgs.len == allgs.cap) {
    intptr len = allgs.len;
    allgs = allgs.regrown(len == 0 ? 64 : 2 * len).first(len);
  }
  allgs.push(gp);
  if (allgs.array != allgptr.Load()) allgptr.Store(allgs.array);
  allglen.Store(static_cast<uintptr>(allgs.len));
  unlock(&allglock);
}

// The goroutines at this moment. The world is stopped, or the caller holds allglock.
std::span<g* const> allGsSnapshot() { return {allgs.array, static_cast<uintptr>(allgs.len)}; }

// Base and length for a walk without the lock. The length is read first: a base read later holds at least as many.
std::pair<g**, uintptr> atomicAllG() {
  uintptr length = allglen.Load();
  return {allgptr.Load(), length};
}

g* atomicAllGIndex(g** ptr, uintptr i) { return ptr[i]; }

void forEachG(function_ref<void(g*)> fn) {
  lock(&allglock);
  for (g* gp : allgs) fn(gp);
  unlock(&allglock);
}

// Without the lock: sees every goroutine made before the call, perhaps some made during it.
void forEachGRace(function_ref<void(g*)> fn) {
  auto [ptr, length] = atomicAllG();
  for (uintptr i = 0; i < length; i++) fn(atomicAllGIndex(ptr, i));
}

// Bootstrap: osinit, then this, then a goroutine for main, then mstart.
// The world starts stopped; procresize hands this thread P0.
void schedinit() {
  at<"schedinit">(ncpu);
  lockInit(&sched.lock, lockRankSched);
  lockInit(&sched.sysmonlock, lockRankSysmon);
  lockInit(&sched.deferlock, lockRankDefer);
  lockInit(&sched.sudoglock, lockRankSudog);
  lockInit(&deadlock, lockRankDeadlock);
  lockInit(&allglock, lockRankAllg);
  lockInit(&allpLock, lockRankAllp);
  allocmLock.init(lockRankAllocmR, lockRankAllocmRInternal, lockRankAllocmW);
  execLock.init(lockRankExecR, lockRankExecRInternal, lockRankExecW);

  g* gp = getg();

  sched.maxmcount = 10000;

  worldStopped();

  stackinit();
  randinit();
  mcommoninit(gp->m, -1);

  sigsave(&gp->m->sigmask);
  initSigmask = gp->m->sigmask;

  goargs();
  goenvs();
  parsedebugvars();
  gcinit();

  // The crash stack is taken now: later there may be no memory for it.
  gcrash.stack = stackalloc(16384);
  gcrash.stackguard0 = gcrash.stack.lo + 1000;
  gcrash.stackguard1 = gcrash.stack.lo + 1000;

  lock(&sched.lock);
  sched.lastpoll.Store(nanotime());
  int32 procs = ncpu;
  if (auto n = gomaxprocsFromEnv(); n > 0) procs = n;
  if (procresize(procs) != nullptr) throw_("unknown runnable goroutine during bootstrap");
  unlock(&sched.lock);

  // The world runs from here: this thread holds P0.
  worldStarted();
}

void dumpgstatus(g* gp) {
  g* thisg = getg();
  print("runtime:   gp: gp=", static_cast<void*>(gp), ", goid=", gp->goid,
        ", gp->atomicstatus=", readgstatus(gp), "\n");
  print("runtime: getg:  g=", static_cast<void*>(thisg), ", goid=", thisg->goid,
        ",  g->atomicstatus=", readgstatus(thisg), "\n");
}

// sched.lock is held.
void checkmcount() {
  assertLockHeld(&sched.lock);
  // Threads that foreign code brought along and that wait to be used again are not ours to count.
  int32 count = mcount() - static_cast<int32>(extraMInUse.Load()) - static_cast<int32>(extraMLength.Load());
  if (count > sched.maxmcount) {
    print("runtime: program exceeds ", sched.maxmcount, "-thread limit\n");
    throw_("thread exhaustion");
  }
}

// The next thread id. sched.lock is held.
int64 mReserveID() {
  assertLockHeld(&sched.lock);
  if (sched.mnext == std::numeric_limits<int64>::max()) throw_("runtime: thread ID overflow");
  int64 id = sched.mnext;
  sched.mnext++;
  checkmcount();
  return id;
}

// What every m needs before its thread starts. id < 0: take a fresh one.
void mcommoninit(m* mp, int64 id) {
  lock(&sched.lock);

  if (id >= 0) {
    mp->id = id;
  } else {
    mp->id = mReserveID();
  }

  mrandinit(mp);

  mpreinit(mp);
  if (mp->gsignal != nullptr) mp->gsignal->stackguard1 = mp->gsignal->stack.lo + stackGuard;

  // allm is walked without a lock by readers that only follow alllink: link first, publish then.
  mp->alllink = allm;
  storeRelease(&allm, mp);
  unlock(&sched.lock);

  mProfStackInit(mp);
}

// The thread has no profile stacks of its own here: sampling profiles of C++ are made from outside.
void mProfStackInit(m*) {}

// This thread starts to look for work. The count goes up before needspinning is cleared, so that a waker that
// reads the flag as clear finds the spinner counted.
void m::becomeSpinning() {
  spinning = true;
  sched.nmspinning.Add(1);
  sched.needspinning.Store(0);
}

bool m::hasCgoOnStack() { return ncgo > 0 || isextra; }

// Marks gp runnable and queues it on this p. next: into runnext.
void ready(g* gp, int traceskip, bool next) {
  at<"ready">(gp, next);
  uint32 status = readgstatus(gp);

  m* mp = acquirem();  // the p must stay ours until the queue is written
  if ((status & ~_Gscan) != _Gwaiting) {
    dumpgstatus(gp);
    throw_("bad g->status in ready");
  }

  // _Gwaiting -> _Grunnable, or a scan is in progress and this waits for it.
  auto trace = traceAcquire();
  casgstatus(gp, _Gwaiting, _Grunnable);
  if (trace.ok()) {
    trace.GoUnpark(gp, traceskip);
    traceRelease(trace);
  }
  runqput(mp->p.ptr(), gp, next);
  wakep();
  releasem(mp);
}

// A value that stopwait never takes otherwise: the world is being frozen for a crash.
constexpr int32 freezeStopWait = 0x7fffffff;

atomic::Bool<> freezing;

// Best effort to keep other threads from scribbling over a crash report. It cannot use stopTheWorld: the
// scheduler's locks may be held by this very thread.
void freezetheworld() {
  freezing.Store(true);
  if (debug.dontfreezetheworld > 0) {
    // The report wants the scheduler as it is; a moment for other threads to reach the deadlock in schedule.
    usleep(1000);
    return;
  }

  // Preemption requests can be missed by a thread that is just leaving the scheduler: ask a few times.
  for (int i = 0; i < 5; i++) {
    sched.stopwait = freezeStopWait;
    sched.gcwaiting.Store(true);
    if (!preemptall()) break;  // nobody runs
    usleep(1000);
  }
  usleep(1000);
  preemptall();
  usleep(1000);
}

uint32 readgstatus(g* gp) { return gp->atomicstatus.Load(); }

// Leaves a scan state: the caller holds the scan bit and so owns the status. Who holds it is not preempted, as if it
// held a lock: castogscanstatus and casGToPreemptScan take the m, this gives it back.
void casfrom_Gscanstatus(g* gp, uint32 oldval, uint32 newval) {
  bool success = false;
  switch (oldval) {
    default:
      print("runtime: casfrom_Gscanstatus bad oldval gp=", static_cast<void*>(gp), ", oldval=", hex(oldval),
            ", newval=", hex(newval), "\n");
      dumpgstatus(gp);
      throw_("casfrom_Gscanstatus:top gp->status is not in scan state");
    case _Gscanrunnable:
    case _Gscanwaiting:
    case _Gscanrunning:
    case _Gscansyscall:
    case _Gscanpreempted:
      if (newval == (oldval & ~_Gscan)) success = gp->atomicstatus.CompareAndSwap(oldval, newval);
  }
  if (!success) {
    print("runtime: casfrom_Gscanstatus failed gp=", static_cast<void*>(gp), ", oldval=", hex(oldval),
          ", newval=", hex(newval), "\n");
    dumpgstatus(gp);
    throw_("casfrom_Gscanstatus: gp->status is not in scan state");
  }
  releaseLockRankAndM(lockRankGscan);
}

// Tries to take the scan bit. False: the status moved, look again.
bool castogscanstatus(g* gp, uint32 oldval, uint32 newval) {
  switch (oldval) {
    case _Grunnable:
    case _Grunning:
    case _Gwaiting:
    case _Gsyscall:
      if (newval == (oldval | _Gscan)) {
        bool won = gp->atomicstatus.CompareAndSwap(oldval, newval);
        if (won) acquireLockRankAndM(lockRankGscan);
        return won;
      }
  }
  print("runtime: castogscanstatus oldval=", hex(oldval), " newval=", hex(newval), "\n");
  throw_("castogscanstatus");
}

namespace {

// casgstatus while a scan holds the status: waits for it to be dropped.
[[gnu::noinline]] void casgstatusScanned(g* gp, uint32 oldval, uint32 newval) {
  // A scan of a stack takes microseconds: spin for five, then let others run.
  constexpr int64 yieldDelay = 5 * 1000;
  int64 nextYield = 0;

  for (;;) {
    if (oldval == _Gwaiting && gp->atomicstatus.Load() == _Grunnable) {
      systemstack([] { throw_("casgstatus: waiting for Gwaiting but is Grunnable"); });
    }
    if (nextYield == 0) nextYield = nanotime() + yieldDelay;
    if (nanotime() < nextYield) {
      for (int x = 0; x < 10 && gp->atomicstatus.Load() != oldval; x++) procyield(1);
    } else {
      osyield();
      nextYield = nanotime() + yieldDelay / 2;
    }
    if (gp->atomicstatus.CompareAndSwap(oldval, newval)) return;
  }
}

// Latency statistics of a goroutine that is followed from one status to the next.
[[gnu::noinline]] void trackStatus(g* gp, uint32 oldval, uint32 newval) {
  switch (oldval) {
    case _Grunnable: {
      // The stamp was set when it became runnable.
      int64 now = nanotime();
      gp->runnableTime += now - gp->trackingStamp;
      gp->trackingStamp = 0;
      break;
    }
    case _Gwaiting: {
      if (!isMutexWait(gp->waitreason)) break;
      // Sampled one in gTrackingPeriod, so weighed by it.
      int64 now = nanotime();
      sched.totalMutexWaitTime.Add((now - gp->trackingStamp) * gTrackingPeriod);
      gp->trackingStamp = 0;
      break;
    }
  }
  switch (newval) {
    case _Gwaiting:
      if (!isMutexWait(gp->waitreason)) break;
      gp->trackingStamp = nanotime();
      break;
    case _Grunnable:
      gp->trackingStamp = nanotime();
      break;
    case _Grunning:
      gp->tracking = false;
      sched.timeToRun.record(gp->runnableTime);
      gp->runnableTime = 0;
      break;
  }
}

}  // namespace

// Moves gp between two non-scan states. While a scan holds the status this waits for it to be dropped.
void casgstatus(g* gp, uint32 oldval, uint32 newval) {
  if ((oldval & _Gscan) != 0 || (newval & _Gscan) != 0 || oldval == newval) [[unlikely]] {
    systemstack([=] {
      print("runtime: casgstatus: oldval=", hex(oldval), " newval=", hex(newval), "\n");
      throw_("casgstatus: bad incoming values");
    });
  }

  // Go's CAS is for the collector, which may hold a status. Two that move one g out of the same state there are never:
  // what runs or makes a system call is moved by its own thread (by another under handoffLock, when it cannot do so
  // itself), what waits by who took it off the queue, the timer or the poller, what is runnable by who took it off its
  // queue, what is dead by who took it off a free list. Where nobody scans, the world need not lock the bus for it.
  bool won = gp->atomicstatus.CompareAndSwapOwned(oldval, newval);
  if (!won) [[unlikely]] casgstatusScanned(gp, oldval, newval);

  if (gp->syncGroup != nullptr) {
    systemstack([=] {
      gp->syncGroup->changegstatus(gp, oldval, newval);
      at<"synctest.ret">();
    });
  }

  // Latency statistics: one in gTrackingPeriod departures from running is followed until it runs again.
  if (oldval == _Grunning) {
    if (casgstatusAlwaysTrack || gp->trackingSeq % gTrackingPeriod == 0) gp->tracking = true;
    gp->trackingSeq++;
  }
  if (gp->tracking) [[unlikely]] trackStatus(gp, oldval, newval);
}

void casGToWaiting(g* gp, uint32 old, waitReason reason) {
  gp->waitreason = reason;  // before the status, so that who sees _Gwaiting sees why
  casgstatus(gp, old, _Gwaiting);
}

// For a goroutine that stays on its thread and only lets the collector look at its stack.
void casGToWaitingForGC(g* gp, uint32 old, waitReason reason) {
  if (!isWaitingForGC(reason)) throw_("casGToWaitingForGC with non-isWaitingForGC wait reason");
  casGToWaiting(gp, old, reason);
}

// _Grunning -> _Gscan|_Gpreempted: the goroutine stops itself for a suspender. It owns its status but for the
// scan bit, which a suspender holds only for a moment.
void casGToPreemptScan(g* gp, uint32 old, uint32 new_) {
  if (old != _Grunning || new_ != (_Gscan | _Gpreempted)) throw_("bad g transition");
  acquireLockRankAndM(lockRankGscan);
  while (!gp->atomicstatus.CompareAndSwap(_Grunning, _Gscan | _Gpreempted)) {
  }
}

// A suspender claims a goroutine that stopped itself. False: somebody else was first.
bool casGFromPreempted(g* gp, uint32 old, uint32 new_) {
  if (old != _Gpreempted || new_ != _Gwaiting) throw_("bad g transition");
  gp->waitreason = waitReasonPreempted;
  if (!gp->atomicstatus.CompareAndSwap(_Gpreempted, _Gwaiting)) return false;
  if (synctestGroup* sg = gp->syncGroup; sg != nullptr) {
    sg->changegstatus(gp, _Gpreempted, _Gwaiting);
    at<"synctest.ret">();
  }
  return true;
}

// What a trace and the stopped goroutine's thread (preemptoff) say.
constexpr const char* stwReasonStrings[] = {
    "unknown",
    "GC mark termination",
    "GC sweep termination",
    "write heap dump",
    "goroutine profile",
    "goroutine profile cleanup",
    "all goroutines stack trace",
    "read mem stats",
    "AllThreadsSyscall",
    "GOMAXPROCS",
    "start trace",
    "stop trace",
    "CountPagesInUse (test)",
    "ReadMetricsSlow (test)",
    "ReadMemStatsSlow (test)",
    "PageCachePagesLeaked (test)",
    "ResetDebugLog (test)",
};

string String(stwReason r) { return stwReasonStrings[r]; }

bool isGC(stwReason r) { return r == stwGCMarkTerm || r == stwGCSweepTerm; }

// The result of a stop that only this goroutine reads; a global because systemstack cannot return a value.
worldStop stopTheWorldContext;

// Stops every p between two safe points; returns with the world stopped and this goroutine the only one that runs.
// startTheWorld must follow. Must not be called on a system stack and not with locks held.
worldStop stopTheWorld(stwReason reason) {
  at<"stopTheWorld">(static_cast<uint8>(reason));
  semacquire(&worldsema);
  at<"semacquire.ret">();
  g* gp = getg();
  gp->m->preemptoff = String(reason);
  systemstack([=] {
    // As far as the collector is concerned this goroutine waits: two stoppers would otherwise deadlock, each
    // waiting for the other to reach a safe point.
    casGToWaitingForGC(gp, _Grunning, waitReasonStoppingTheWorld);
    stopTheWorldContext = stopTheWorldWithSema(reason);
    casgstatus(gp, _Gwaiting, _Grunning);
  });
  return stopTheWorldContext;
}

void startTheWorld(worldStop w) {
  at<"startTheWorld">();
  systemstack([&] { startTheWorldWithSema(0, w); });

  // The semaphore is released with a hand-off, or a stopper that waits could starve: this goroutine may be the
  // next one to ask. Nothing may preempt it between the two steps.
  m* mp = acquirem();
  mp->preemptoff = string{};
  semrelease1(&worldsema, true, 0);
  at<"semrelease.ret">();
  releasem(mp);
}

// Also keeps a collection from being in progress.
worldStop stopTheWorldGC(stwReason reason) {
  at<"stopTheWorldGC">(static_cast<uint8>(reason));
  semacquire(&gcsema);
  at<"semacquire.ret">();
  return stopTheWorld(reason);
}

void startTheWorldGC(worldStop w) {
  at<"startTheWorldGC">();
  startTheWorld(w);
  semrelease(&gcsema);
  at<"semrelease.ret">();
}

uint32 worldsema = 1;  // who holds it may stop the world
uint32 gcsema = 1;     // who holds it keeps the collector out; taken before worldsema

// The core of stopTheWorld. On the system stack, worldsema held, not preemptible.
worldStop stopTheWorldWithSema(stwReason reason) {
  at<"stopTheWorldWithSema">(static_cast<uint8>(reason));
  auto trace = traceAcquire();
  if (trace.ok()) {
    trace.STWStart(reason);
    traceRelease(trace);
  }
  g* gp = getg();

  // A thread that waits for this one's lock could never be stopped.
  if (gp->m->locks > 0) throw_("stopTheWorld: holding locks");

  lock(&sched.lock);
  int64 start = nanotime();
  sched.stopwait = gomaxprocs.plain();
  sched.gcwaiting.Store(true);
  preemptall();
  // This p.
  gp->m->p.ptr()->status.Store(_Pgcstop);
  gp->m->p.ptr()->gcStopTime = start;
  sched.stopwait--;
  // Those in system calls: whoever wins the CAS owns the p.
  trace = traceAcquire();
  for (p* pp : allp) {
    uint32 s = pp->status.Load();
    if (s == _Psyscall && pp->status.Cas(s, _Pgcstop)) {
      if (trace.ok()) trace.ProcSteal(pp, false);
      pp->syscalltick.Add(1);
      pp->gcStopTime = nanotime();
      sched.stopwait--;
    }
  }
  if (trace.ok()) traceRelease(trace);

  // The idle ones.
  int64 now = nanotime();
  for (;;) {
    p* pp = pidleget(now).pp;
    if (pp == nullptr) break;
    pp->status.Store(_Pgcstop);
    pp->gcStopTime = nanotime();
    sched.stopwait--;
  }
  bool wait = sched.stopwait > 0;
  unlock(&sched.lock);

  // The rest run Go code: they stop themselves, and the last one wakes this thread. Ask again every 100 us, a
  // request can be lost on a thread that changes goroutines just then.
  if (wait) {
    for (;;) {
      if (notetsleep(&sched.stopnote, 100 * 1000)) {
        noteclear(&sched.stopnote);
        break;
      }
      preemptall();
    }
  }

  int64 finish = nanotime();
  int64 startTime = finish - start;
  if (isGC(reason)) {
    sched.stwStoppingTimeGC.record(startTime);
  } else {
    sched.stwStoppingTimeOther.record(startTime);
  }

  // Trust, then verify.
  int64 stoppingCPUTime = 0;
  const char* bad = "";
  if (sched.stopwait != 0) {
    bad = "stopTheWorld: not stopped (stopwait != 0)";
  } else {
    for (p* pp : allp) {
      if (pp->status.Load() != _Pgcstop) bad = "stopTheWorld: not stopped (status != _Pgcstop)";
      if (pp->gcStopTime == 0 && *bad == '\0') bad = "stopTheWorld: broken CPU time accounting";
      stoppingCPUTime += finish - pp->gcStopTime;
      pp->gcStopTime = 0;
    }
  }
  if (freezing.Load()) {
    // Another thread is crashing: stay out of its way for good.
    lock(&deadlock);
    lock(&deadlock);
  }
  if (*bad != '\0') throw_(bad);

  worldStopped();

  return worldStop{reason, start, finish, stoppingCPUTime};
}

// Restarts the world; now == 0: the time is read here. Returns the time.
int64 startTheWorldWithSema(int64 now, worldStop w) {
  at<"startTheWorldWithSema">(slog::time{now}, static_cast<uint8>(w.reason));
  assertWorldStopped();

  m* mp = acquirem();  // no preemption: a p may sit in a local variable
  if (netpollinited()) {
    auto [list, delta] = netpoll(0);
    injectglist(&list);
    netpollAdjustWaiters(delta);
  }
  lock(&sched.lock);

  int32 procs = gomaxprocs.plain();
  if (newprocs != 0) {
    procs = newprocs;
    newprocs = 0;
  }
  p* p1 = procresize(procs);
  sched.gcwaiting.Store(false);
  if (sched.sysmonwait.Load()) {
    sched.sysmonwait.Store(false);
    notewakeup(&sched.sysmonnote);
  }
  unlock(&sched.lock);

  worldStarted();

  // The ps that have local work, each to a thread.
  while (p1 != nullptr) {
    p* pp = p1;
    p1 = p1->link.ptr();
    if (pp->m.plain() != 0) {
      m* wakee = pp->m.plain().ptr();
      pp->m.Store(0);
      if (wakee->nextp != 0) throw_("startTheWorld: inconsistent mp->nextp");
      wakee->nextp.set(pp);
      notewakeup(&wakee->park);
    } else {
      // A new thread of its own: startm could find no p idle.
      newm(nullptr, pp, -1);
    }
  }

  if (now == 0) now = nanotime();
  int64 totalTime = now - w.startedStopping;
  if (isGC(w.reason)) {
    sched.stwTotalTimeGC.record(totalTime);
  } else {
    sched.stwTotalTimeOther.record(totalTime);
  }
  auto trace = traceAcquire();
  if (trace.ok()) {
    trace.STWDone();
    traceRelease(trace);
  }

  // There may be global work that no p was started for.
  wakep();

  releasem(mp);

  return now;
}

// On Linux neither holds: libc is called on goroutine stacks here only through the system-call wrappers.
bool usesLibcall() { return false; }
bool mStackIsSystemAllocated() { return false; }

// The first C++ code of a thread, on its g0, called by the assembly of mstart. Returns when the thread must exit.
void mstart0() {
  g* gp = getg();

  bool osStack = gp->stack.lo == 0;
  if (osStack) {
    // The system made the stack: its size, if it was told, stands in hi; the local below marks the top.
    uintptr size = gp->stack.hi;
    if (size == 0) size = 16384;
    gp->stack.hi = reinterpret_cast<uintptr>(&size);
    gp->stack.lo = gp->stack.hi - size + 1024;
  }
  gp->stackguard0 = gp->stack.lo + stackGuard;
  gp->stackguard1 = gp->stackguard0;
  // Saves this place in g0.sched: mcall and systemstack build on the stack below it, and gdestroy jumps back to it
  // to end the thread of a locked goroutine.
  gosave_call(&gp->sched, mstart1);

  if (mStackIsSystemAllocated()) osStack = true;
  mexit(osStack);
}

void mstart1() {
  at<"mstart1">();
  g* gp = getg();
  if (gp != gp->m->g0) throw_("bad runtime·mstart");
  gp->sched.g.set(gp);

  asminit();
  minit();

  // m0 installs the signal handlers once minit has prepared the thread for them.
  if (gp->m == &m0) mstartm0();

  if (auto fn = gp->m->mstartfn; fn != nullptr) fn();

  if (gp->m != &m0) {
    acquirep(gp->m->nextp.ptr());
    gp->m->nextp = 0;
  }
  schedule();
}

void mstartm0() {
  if (iscgo && !cgoHasExtraM) {
    cgoHasExtraM = true;
    newextram();
  }
  initsig(false);
}

// Sleeps until somebody gives this thread something to do.
void mPark() {
  g* gp = getg();
  notesleep(&gp->m->park);
  noteclear(&gp->m->park);
}

// Ends this thread. Its p goes to others first. m0 cannot end (the process would): it parks for good.
void mexit(bool osStack) {
  m* mp = getg()->m;
  at<"mexit">();

  if (mp == &m0) {
    handoffp(releasep());
    lock(&sched.lock);
    sched.nmfreed++;
    checkdead();
    unlock(&sched.lock);
    mPark();
    throw_("locked m0 woke up");
  }

  sigblock(true);
  unminit();

  if (mp->gsignal != nullptr) {
    stackfree(mp->gsignal->stack);
    deletegsignal(mp);
  }

  vgetrandomDestroy(mp);

  // Off allm.
  lock(&sched.lock);
  for (m** pprev = &allm; *pprev != nullptr; pprev = &(*pprev)->alllink) {
    if (*pprev == mp) {
      *pprev = mp->alllink;
      goto found;
    }
  }
  throw_("m not found in allm");
found:
  // Events may still be emitted, and g0's stack is in use to the last instruction: the memory is freed by a later
  // allocm, once freeWait says that the thread is off it.
  mp->freeWait.Store(freeMWait);
  mp->freelink = sched.freem.plain();
  sched.freem.Store(mp);
  unlock(&sched.lock);

  sched.totalRuntimeLockWaitTime.Add(mp->mLockProfile.waitTime.Load());

  handoffp(releasep());
  // From here on no p: nothing that could allocate.

  // checkdead counts threads; this one is gone.
  lock(&sched.lock);
  sched.nmfreed++;
  checkdead();
  unlock(&sched.lock);

  mdestroy(mp);

  if (osStack) {
    mp->freeWait.Store(freeMRef);
    return;  // into the system's thread exit
  }

  exitThread(&mp->freeWait);
}

// Runs fn(pp) once for every p at a safe point: a running p does it on its own thread, this one does it for the rest.
void forEachP(waitReason reason, void (*fn)(p*)) {
  at<"forEachP">(static_cast<uint8>(reason));
  systemstack([=] {
    g* gp = getg()->m->curg.plain();
    // Preemptible as far as others can see, or two of these would wait for each other.
    casGToWaitingForGC(gp, _Grunning, reason);
    forEachPInternal(fn);
    casgstatus(gp, _Gwaiting, _Grunning);
  });
}

void forEachPInternal(void (*fn)(p*)) {
  m* mp = acquirem();
  p* pp = getg()->m->p.ptr();

  lock(&sched.lock);
  if (sched.safePointWait != 0) throw_("forEachP: sched.safePointWait != 0");
  sched.safePointWait = gomaxprocs.plain() - 1;
  sched.safePointFn = fn;

  for (p* p2 : allp) {
    if (p2 != pp) p2->runSafePointFn.Store(1);
  }
  preemptall();

  // A p that is idle, or goes idle from here on, is seen under sched.lock by one of us.
  for (p* p2 = sched.pidle.plain().ptr(); p2 != nullptr; p2 = p2->link.ptr()) {
    if (p2->runSafePointFn.Cas(1, 0)) {
      fn(p2);
      at<"safePointFn.ret">(p2);
      sched.safePointWait--;
    }
  }

  bool wait = sched.safePointWait > 0;
  unlock(&sched.lock);

  fn(pp);
  at<"safePointFn.ret">(pp);

  // Ps in system calls: take them and hand them off, handoffp runs the function.
  for (p* p2 : allp) {
    uint32 s = p2->status.Load();

    auto trace = traceAcquire();
    if (s == _Psyscall && p2->runSafePointFn.Load() == 1 && p2->status.Cas(s, _Pidle)) {
      if (trace.ok()) {
        trace.ProcSteal(p2, false);
        traceRelease(trace);
      }
      p2->syscalltick.Add(1);
      handoffp(p2);
    } else if (trace.ok()) {
      traceRelease(trace);
    }
  }

  if (wait) {
    for (;;) {
      if (notetsleep(&sched.safePointNote, 100 * 1000)) {
        noteclear(&sched.safePointNote);
        break;
      }
      preemptall();
    }
  }
  if (sched.safePointWait != 0) throw_("forEachP: not done");
  for (p* p2 : allp) {
    if (p2->runSafePointFn.Load() != 0) throw_("forEachP: P did not run fn");
  }

  lock(&sched.lock);
  sched.safePointFn = nullptr;
  unlock(&sched.lock);
  releasem(mp);
}

// The p's part of forEachP, at a safe point of its thread. The CAS decides between this thread and whoever takes
// the p while it is in a call or idle.
void runSafePointFn() {
  p* pp = getg()->m->p.ptr();
  if (!pp->runSafePointFn.Cas(1, 0)) return;
  sched.safePointFn(pp);
  at<"safePointFn.ret">(pp);
  lock(&sched.lock);
  sched.safePointWait--;
  if (sched.safePointWait == 0) notewakeup(&sched.safePointNote);
  unlock(&sched.lock);
}

// Makes an m that is not yet a thread. pp is borrowed for allocation when the caller has no p.
m* allocm(p* pp, void (*fn)(), int64 id) {
  allocmLock.rlock();

  // Not preemptible: a p may be borrowed, and the caller's g0 must stay on this thread.
  acquirem();

  g* gp = getg();
  if (gp->m->p == 0) acquirep(pp);

  // Ended threads whose stack is free by now.
  if (sched.freem.Load() != nullptr) {
    lock(&sched.lock);
    m* newList = nullptr;
    for (m* freem = sched.freem.plain(); freem != nullptr;) {
      uint32 wait = freem->freeWait.Load();
      if (wait == freeMWait) {
        m* next = freem->freelink;
        freem->freelink = newList;
        newList = freem;
        freem = next;
        continue;
      }
      if (traceEnabled() || traceShuttingDown()) traceThreadDestroy(freem);
      m* dead = freem;
      freem = freem->freelink;
      systemstack([=] { freedeadm(dead, wait == freeMStack); });
    }
    sched.freem.Store(newList);
    unlock(&sched.lock);
  }

  m* mp = newobject<m>();
  mp->mstartfn = fn;
  mcommoninit(mp, id);

  mp->g0 = malg(g0StackSize);
  mp->g0->m = mp;

  if (pp == gp->m->p.ptr()) releasep();

  releasem(gp->m);
  allocmLock.runlock();
  return mp;
}

// Gives a foreign thread that calls into Go an m from the list of extra ones. It has no g yet: nothing here may
// assume one, and signals are blocked until it has.
void needm(bool signal) {
  if (iscgo && !cgoHasExtraM) {
    writeErrStr("fatal error: cgo callback before cgo call\n");
    exit(1);
  }

  sigset sigmask;
  sigsave(&sigmask);
  sigblock(false);

  auto [mp, last] = getExtraM();

  // Whoever took the last one makes the next: from Go code, a little later.
  mp->needextram = last;

  mp->sigmask = sigmask;

  osSetupTLS(mp);

  setg(mp->g0);
  uintptr sp = reinterpret_cast<uintptr>(__builtin_frame_address(0));
  callbackUpdateSystemStack(mp, sp, signal);

  mp->isExtraInC = false;

  asminit();
  minit();

  traceLocker trace;
  if (!signal) trace = traceAcquire();

  casgstatus(mp->curg.plain(), _Gdead, _Gsyscall);
  sched.ngsys.Add(-1);

  if (!signal) {
    if (trace.ok()) {
      trace.GoCreateSyscall(mp->curg.plain());
      traceRelease(trace);
    }
  }
  mp->isExtraInSig = signal;
}

// For a foreign thread that keeps its m until it ends.
void needAndBindM() {
  needm(false);
  cgoBindM();
}

// Makes as many extra ms as threads wait for one, or one if there is none.
void newextram() {
  uint32 c = extraMWaiters.Swap(0);
  if (c > 0) {
    for (uint32 i = 0; i < c; i++) oneNewExtraM();
  } else if (extraMLength.Load() == 0) {
    oneNewExtraM();
  }
}

// An m with a goroutine that looks as if it had called out: the foreign thread returns into it.
void oneNewExtraM() {
  m* mp = allocm(nullptr, nullptr, -1);
  g* gp = malg(4096);
  gp->sched.pc = goexitPC();
  gp->sched.sp = gp->stack.hi;
  gp->sched.sp -= 4 * goarch::PtrSize;  // room for what a caller's frame would hold
  gp->sched.lr = 0;
  gp->sched.g.set(gp);
  gp->syscallpc = gp->sched.pc;
  gp->syscallsp = gp->sched.sp;
  gp->stktopsp = gp->sched.sp;
  // From idle to dead: a stack walk must not look at it while it is not a real goroutine.
  casgstatus(gp, _Gidle, _Gdead);
  gp->m = mp;
  mp->curg.plainStore(gp);
  mp->isextra = true;
  mp->isExtraInC = true;
  mp->lockedInt++;
  mp->lockedg.set(gp);
  gp->lockedm.set(mp);
  gp->goid.StoreRel(sched.goidgen.Add(1));
  allgadd(gp);

  // Not a user goroutine until a thread takes it: it counts as a system one.
  sched.ngsys.Add(1);

  addExtraM(mp);
}

// The foreign thread leaves Go: its m goes back on the list.
void dropm() {
  m* mp = getg()->m;

  traceLocker trace;
  if (!mp->isExtraInSig) trace = traceAcquire();

  casgstatus(mp->curg.plain(), _Gsyscall, _Gdead);
  mp->curg.plain()->preemptStop = false;
  sched.ngsys.Add(1);

  if (!mp->isExtraInSig) {
    if (trace.ok()) {
      trace.GoDestroySyscall();
      traceRelease(trace);
    }
  }

  // A p that was taken from this call must not look like the one it will get next.
  mp->syscalltick--;

  mp->curg.plain()->trace.reset();

  if (traceEnabled() || traceShuttingDown()) {
    lock(&sched.lock);
    traceThreadDestroy(mp);
    unlock(&sched.lock);
  }
  mp->isExtraInSig = false;

  // After unminit and putExtraM the m belongs to others: the mask is kept here.
  sigset sigmask = mp->sigmask;
  sigblock(false);
  unminit();

  setg(nullptr);

  // The stack belongs to the foreign thread.
  g* g0 = mp->g0;
  g0->stack.hi = 0;
  g0->stack.lo = 0;
  g0->stackguard0 = 0;
  g0->stackguard1 = 0;
  mp->g0StackAccurate = false;

  putExtraM(mp);

  msigrestore(sigmask);
}

// Registers a thread-exit action that drops the m.
void cgoBindM() {
  g* gp = getg();
  if (gp->m->g0 != gp) fatal("the current g is not g0");
  bindmAtThreadExit(gp);
}

uintptr getm() { return reinterpret_cast<uintptr>(getg()->m); }

// The extra ms: a stack whose head is either an m, 0, or the value 1 = locked. Threads without an m take it, so
// no runtime lock can guard it.
atomic::Uintptr<> extraM;
atomic::Uint32<> extraMLength;   // number of ms on the list
atomic::Uint32<> extraMWaiters;  // threads that found it empty
atomic::Uint32<> extraMInUse;    // ms taken from it

// Takes the list's head and leaves it locked. Waits for a non-empty one unless nilokay.
m* lockextra(bool nilokay) {
  constexpr uintptr locked = 1;

  bool incr = false;
  for (;;) {
    uintptr old = extraM.Load();
    if (old == locked) {
      osyield_no_g();
      continue;
    }
    if (old == 0 && !nilokay) {
      if (!incr) {
        // Once a thread: newextram makes one for each.
        extraMWaiters.Add(1);
        incr = true;
      }
      usleep_no_g(1);
      continue;
    }
    if (extraM.CompareAndSwap(old, locked)) return reinterpret_cast<m*>(old);
    osyield_no_g();
  }
}

void unlockextra(m* mp, int32 delta) {
  extraMLength.Add(static_cast<uint32>(delta));
  extraM.Store(reinterpret_cast<uintptr>(mp));
}

std::pair<m*, bool> getExtraM() {
  m* mp = lockextra(false);
  extraMInUse.Add(1);
  unlockextra(mp->schedlink.ptr(), -1);
  return {mp, mp->schedlink.ptr() == nullptr};
}

void putExtraM(m* mp) {
  extraMInUse.Add(static_cast<uint32>(-1));
  addExtraM(mp);
}

void addExtraM(m* mp) {
  m* mnext = lockextra(true);
  mp->schedlink.set(mnext);
  unlockextra(mp, 1);
}

// Readers: everybody who makes an m, or a thread. Writer: who must see all threads, or none being made (exec).
rwmutex allocmLock;
rwmutex execLock;

[[maybe_unused]] const char* const failthreadcreate = "runtime: failed to create new OS thread\n";
[[maybe_unused]] const char* const failallocatestack = "runtime: failed to allocate stack for the new OS thread\n";

// Threads to be started from a clean thread: one that was locked may carry a state (namespaces, priority) that
// a child must not inherit.
newmHandoffState newmHandoff;

// Makes a thread that runs fn, then the scheduler with pp. fn == nullptr: the scheduler at once.
// id: as reserved by mReserveID, or -1.
void newm(void (*fn)(), p* pp, int64 id) {
  at<"newm">(pp, id);
  // allocm makes an m that is not on any list until it runs: no preemption in between.
  acquirem();

  m* mp = allocm(pp, fn, id);
  mp->nextp.set(pp);
  mp->sigmask = initSigmask;
  if (g* gp = getg(); gp != nullptr && gp->m != nullptr && (gp->m->lockedExt != 0 || gp->m->incgo)) {
    // Let the template thread clone itself instead.
    lock(&newmHandoff.lock);
    if (newmHandoff.haveTemplateThread.plain() == 0) throw_("on a locked thread with no template thread");
    mp->schedlink = newmHandoff.newm;
    newmHandoff.newm.set(mp);
    if (newmHandoff.waiting) {
      newmHandoff.waiting = false;
      notewakeup(&newmHandoff.wake);
    }
    unlock(&newmHandoff.lock);
    releasem(getg()->m);
    return;
  }
  newm1(mp);
  releasem(getg()->m);
}

void newm1(m* mp) {
  execLock.rlock();  // no thread may be made while the process execs
  at<"newosproc">(mp);
  newosproc(mp);
  execLock.runlock();
}

// Starts the template thread, once. The caller is not locked yet, so its thread is still clean.
void startTemplateThread() {
  at<"startTemplateThread">();
  // No preemption: with the flag set and the thread not yet made, a newm on a locked thread would wait for ever.
  m* mp = acquirem();
  if (!newmHandoff.haveTemplateThread.Cas(0, 1)) {
    releasem(mp);
    return;
  }
  newm(templateThread, nullptr, -1);
  releasem(mp);
}

// Runs on a thread of its own, without a p, for ever: clones itself on request.
void templateThread() {
  lock(&sched.lock);
  sched.nmsys++;
  checkdead();
  unlock(&sched.lock);

  for (;;) {
    lock(&newmHandoff.lock);
    while (newmHandoff.newm != 0) {
      m* mp = newmHandoff.newm.ptr();
      newmHandoff.newm = 0;
      unlock(&newmHandoff.lock);
      while (mp != nullptr) {
        m* next = mp->schedlink.ptr();
        mp->schedlink = 0;
        newm1(mp);
        mp = next;
      }
      lock(&newmHandoff.lock);
    }
    newmHandoff.waiting = true;
    noteclear(&newmHandoff.wake);
    unlock(&newmHandoff.lock);
    notesleep(&newmHandoff.wake);
  }
}

// Parks this thread on the idle list until it is given a p.
void stopm() {
  at<"stopm">();
  g* gp = getg();

  if (gp->m->locks != 0) throw_("stopm holding locks");
  if (gp->m->p != 0) throw_("stopm holding p");
  if (gp->m->spinning) throw_("stopm spinning");

  lock(&sched.lock);
  mput(gp->m);
  unlock(&sched.lock);
  mPark();
  acquirep(gp->m->nextp.ptr());
  gp->m->nextp = 0;
}

// The start function of a thread that was counted as spinning before it was born.
void mspinning() { getg()->m->spinning = true; }

// Puts a thread to work on pp; pp == nullptr: on any idle p, if there is one. spinning: the caller raised
// nmspinning for it. lockheld: the caller holds sched.lock; it is dropped and taken again when a thread has to be
// made. The caller passes on its ownership of pp, so it must not be preempted in between.
void startm(p* pp, bool spinning, bool lockheld) {
  at<"startm">(pp, spinning, lockheld);
  // A preempted startm would keep a p from a stop of the world for as long as it is not run again.
  m* mp = acquirem();
  if (!lockheld) lock(&sched.lock);
  if (pp == nullptr) {
    if (spinning) throw_("startm: P required for spinning=true");
    pp = pidleget(0).pp;
    if (pp == nullptr) {
      if (!lockheld) unlock(&sched.lock);
      releasem(mp);
      return;
    }
  }
  m* nmp = mget();
  if (nmp == nullptr) {
    // The id is taken before the lock is dropped: a checkdead in between would otherwise see a p in use and
    // no thread to use it.
    int64 id = mReserveID();
    unlock(&sched.lock);

    void (*fn)() = nullptr;
    if (spinning) fn = mspinning;
    newm(fn, pp, id);

    if (lockheld) lock(&sched.lock);
    releasem(mp);
    return;
  }
  if (!lockheld) unlock(&sched.lock);
  if (nmp->spinning) throw_("startm: m is spinning");
  if (nmp->nextp != 0) throw_("startm: m has p");
  if (spinning && !runqempty(pp)) throw_("startm: p has runnable gs");
  nmp->spinning = spinning;
  nmp->nextp.set(pp);
  notewakeup(&nmp->park);
  releasem(mp);
}

// Finds a use for a p whose thread blocked: a thread if there is anything to do, else the idle list.
void handoffp(p* pp) {
  at<"handoffp">(pp);
  // Whatever findRunnable would find must be looked for here too, in the same order of importance.

  if (!runqempty(pp) || sched.runqsize.Load() != 0) {
    startm(pp, false, false);
    return;
  }
  if ((traceEnabled() || traceShuttingDown()) && traceReaderAvailable()) {
    startm(pp, false, false);
    return;
  }
  if (gcBlackenEnabled() && gcMarkWorkAvailable(pp)) {
    startm(pp, false, false);
    return;
  }
  // No spinner and no idle p: this p may be the only one that could notice new work.
  if (spinningPlusIdle() == 0 && sched.nmspinning.CompareAndSwap(0, 1)) {
    sched.needspinning.Store(0);
    startm(pp, true, false);
    return;
  }
  lock(&sched.lock);
  if (sched.gcwaiting.Load()) {
    pp->status.Store(_Pgcstop);
    pp->gcStopTime = nanotime();
    sched.stopwait--;
    if (sched.stopwait == 0) notewakeup(&sched.stopnote);
    unlock(&sched.lock);
    return;
  }
  if (pp->runSafePointFn.Load() != 0 && pp->runSafePointFn.Cas(1, 0)) {
    sched.safePointFn(pp);
    at<"safePointFn.ret">(pp);
    sched.safePointWait--;
    if (sched.safePointWait == 0) notewakeup(&sched.safePointNote);
  }
  if (sched.runqsize.Load() != 0) {
    unlock(&sched.lock);
    startm(pp, false, false);
    return;
  }
  // The last running p: somebody must poll the network, if nobody does.
  if (idleBut(1) && sched.lastpoll.Load() != 0) {
    unlock(&sched.lock);
    startm(pp, false, false);
    return;
  }

  // Read now, used below: wakeNetPoller may want sched.lock, and the p is not ours once it is on the idle list.
  int64 when = pp->timers.wakeTime();
  pidleput(pp, 0);
  unlock(&sched.lock);

  if (when != 0) wakeNetPoller(when);
}

// Called when a g became runnable: if nobody spins and a p is idle, puts a spinning thread on it.
void wakep() {
  // What follows would find no idle p and leave a mark that is there already.
  if (wakeIsMarked()) {
    at<"wakep">(false);
    return;
  }

  // One spinner is enough; the load keeps the common case off the shared line.
  if (sched.nmspinning.Load() != 0 || !sched.nmspinning.CompareAndSwap(0, 1)) {
    at<"wakep">(false);
    return;
  }

  // Not preemptible while a p is owned by nobody but this call.
  m* mp = acquirem();

  lock(&sched.lock);
  p* pp = pidlegetSpinning(0).pp;
  if (pp == nullptr) {
    if (sched.nmspinning.Add(-1) < 0) throw_("wakep: negative nmspinning");
    unlock(&sched.lock);
    releasem(mp);
    at<"wakep">(false);
    return;
  }
  // The p is off the idle list, so a stop of the world will wait for it: the lock may go.
  unlock(&sched.lock);

  startm(pp, true, false);

  releasem(mp);
  at<"wakep">(true);
}

// This thread is wired to a goroutine that is not runnable now: give the p away and wait until it is.
void stoplockedm() {
  at<"stoplockedm">();
  g* gp = getg();

  if (gp->m->lockedg == 0 || gp->m->lockedg.ptr()->lockedm.ptr() != gp->m) throw_("stoplockedm: inconsistent locking");
  if (gp->m->p != 0) {
    p* pp = releasep();
    handoffp(pp);
  }
  incidlelocked(1);
  mPark();
  uint32 status = readgstatus(gp->m->lockedg.ptr());
  if ((status & ~_Gscan) != _Grunnable) {
    print("runtime:stoplockedm: lockedg (atomicstatus=", status, ") is not Grunnable or Gscanrunnable\n");
    dumpgstatus(gp->m->lockedg.ptr());
    throw_("stoplockedm: not runnable");
  }
  acquirep(gp->m->nextp.ptr());
  gp->m->nextp = 0;
}

// gp is wired to another thread: hand it this p and park.
void startlockedm(g* gp) {
  at<"startlockedm">(gp);
  m* mp = gp->lockedm.ptr();
  if (mp == getg()->m) throw_("startlockedm: locked to me");
  if (mp->nextp != 0) throw_("startlockedm: m has p");
  incidlelocked(-1);
  p* pp = releasep();
  mp->nextp.set(pp);
  notewakeup(&mp->park);
  stopm();
}

// Stops this thread for a stop of the world. Returns when it is started again.
void gcstopm() {
  at<"gcstopm">();
  g* gp = getg();

  if (!sched.gcwaiting.Load()) throw_("gcstopm: not waiting for gc");
  if (gp->m->spinning) {
    gp->m->spinning = false;
    // startTheWorld wakes a thread for whatever this one would have found.
    if (sched.nmspinning.Add(-1) < 0) throw_("gcstopm: negative nmspinning");
  }
  p* pp = releasep();
  lock(&sched.lock);
  pp->status.Store(_Pgcstop);
  pp->gcStopTime = nanotime();
  sched.stopwait--;
  if (sched.stopwait == 0) notewakeup(&sched.stopnote);
  unlock(&sched.lock);
  stopm();
}

// Runs gp on this thread; never returns. inheritTime: gp goes on in the slice of the goroutine before it, so the
// tick that sysmon watches stays.
void execute(g* gp, bool inheritTime) {
  at<"execute">(gp, inheritTime);
  m* mp = getg()->m;

  if (goroutineProfileActive()) tryRecordGoroutineProfile(gp);

  // Go made the first frame in newproc1; a world may do it now.
  enterStack(gp);

  // m and curg are set before the status: who sees _Grunning may follow gp.m.
  mp->curg.Store(gp);
  gp->m = mp;
  casgstatus(gp, _Grunnable, _Grunning);
  gp->waitsince = 0;
  gp->preempt = false;
  gp->stackguard0 = gp->stack.lo + stackGuard;
  if (!inheritTime) mp->p.ptr()->schedtick.Add(1);

  if (int32 hz = sched.profilehz; mp->profilehz != hz) setThreadCPUProfiler(hz);

  auto trace = traceAcquire();
  if (trace.ok()) {
    trace.GoStart();
    traceRelease(trace);
  }

  prefetchRunq(mp->p.ptr());
  gogo(&gp->sched);
}

// Finds something to run: a local g, a global one, one from the network or a timer, one from another p. Blocks
// until there is. tryWakeP: the g is not an ordinary one (GC worker, trace reader), so another p should be woken for
// the ordinary work that may exist.
findRunnableResult findRunnable() {
  m* mp = getg()->m;

  // Every condition here that can be a reason to run must also be looked at by handoffp: a p must not be given to
  // the idle list while one of them holds.
top:
  p* pp = mp->p.ptr();
  if (sched.gcwaiting.Load()) {
    gcstopm();
    goto top;
  }
  if (pp->runSafePointFn.Load() != 0) runSafePointFn();

  // Timers first: they may ready a g, and their next time bounds how long to poll. The values go stale by
  // stealing below, so they are recomputed where it matters.
  auto [now, pollUntil, ranTimers] = pp->timers.check(0);
  (void)ranTimers;

  // The reader of the execution trace.
  if (traceEnabled() || traceShuttingDown()) {
    g* gp = traceReader();
    if (gp != nullptr) {
      unpark(gp, 0);
      return found(why::traceReader, gp, false, true);
    }
  }

  // A mark worker of the collector.
  if (gcBlackenEnabled()) {
    auto [gp, tnow] = gcController.findRunnableGCWorker(pp, now);
    if (gp != nullptr) return found(why::gcWorker, gp, false, true);
    now = tnow;
  }

  // Now and then the global queue comes first: two goroutines that ready each other could otherwise keep the local
  // one busy for ever. 61 is a prime near 64, so that no pattern of the program falls in step with it.
  if (pp->schedtick.plain() % 61 == 0 && sched.runqsize.Load() > 0) {
    lock(&sched.lock);
    g* gp = globrunqget(pp, 1);
    unlock(&sched.lock);
    if (gp != nullptr) return found(why::global61, gp, false, false);
  }

  // The finalizer goroutine.
  if ((fingStatus() & (fingWait | fingWake)) == (fingWait | fingWake)) {
    if (g* gp = wakefing(); gp != nullptr) ready(gp, 0, true);
  }

  // The local queue.
  if (auto [gp, inheritTime] = runqget(pp); gp != nullptr) return found(why::local, gp, inheritTime, false);

  // The global queue.
  if (sched.runqsize.Load() != 0) {
    lock(&sched.lock);
    g* gp = globrunqget(pp, 0);
    unlock(&sched.lock);
    if (gp != nullptr) return found(why::global, gp, false, false);
  }

  // The network, without blocking: cheaper than stealing. lastpoll == 0 means that a thread is blocked in it and
  // will get there first.
  if (netpollinited() && netpollAnyWaiters() && sched.lastpoll.Load() != 0) {
    if (auto [list, delta] = netpoll(0); !list.empty()) {
      g* gp = list.pop();
      injectglist(&list);
      netpollAdjustWaiters(delta);
      unpark(gp, 0);
      return found(why::netpoll, gp, false, false);
    }
  }

  // Steal. Spinners are kept to half of the busy ps: with many ps and little work they would burn the rest.
  if (mp->spinning || roomForSpinner()) {
    if (!mp->spinning) mp->becomeSpinning();

    auto [gp, inheritTime, tnow, w, newWork] = stealWork(now);
    if (gp != nullptr) return found(why::steal, gp, inheritTime, false);
    // A timer ran, or the world is to stop: there may be something new.
    if (newWork) goto top;

    now = tnow;
    if (w != 0 && (pollUntil == 0 || w < pollUntil)) pollUntil = w;
  }

  // Nothing to run. In the mark phase an idle p may mark.
  if (gcBlackenEnabled() && gcMarkWorkAvailable(pp) && gcController.addIdleMarkWorker()) {
    if (g* gp = gcBgMarkWorkerPool_pop(); gp != nullptr) {
      at<"gcMarkWorkerMode">(pp, static_cast<int64>(gcMarkWorkerIdleMode));
      pp->gcMarkWorkerMode = gcMarkWorkerIdleMode;
      unpark(gp, 0);
      return found(why::idleGCWorker, gp, false, false);
    }
    gcController.removeIdleMarkWorker();
  }

  // A hook of platforms without threads; never anything here.
  {
    auto [gp, otherReady] = beforeIdle(now, pollUntil);
    if (gp != nullptr) {
      unpark(gp, 0);
      return found(why::beforeIdle, gp, false, false);
    }
    if (otherReady) goto top;
  }

  // allp and the masks may be changed by a stop of the world as soon as the p is gone. The slices keep their
  // arrays, and entries past the new length stay readable, so the copies are safe to walk without one.
  auto allpSnapshot = allp;
  auto idlepMaskSnapshot = idlepMask;
  auto timerpMaskSnapshot = timerpMask;

  // Give the p up.
  lock(&sched.lock);
  if (sched.gcwaiting.Load() || pp->runSafePointFn.Load() != 0) {
    unlock(&sched.lock);
    goto top;
  }
  if (sched.runqsize.Load() != 0) {
    g* gp = globrunqget(pp, 0);
    unlock(&sched.lock);
    return found(why::globalLast, gp, false, false);
  }
  if (!mp->spinning && sched.needspinning.Load() == 1) {
    // A waker found no idle p a moment ago: this one would have been it.
    mp->becomeSpinning();
    unlock(&sched.lock);
    goto top;
  }
  if (releasep() != pp) throw_("findrunnable: wrong p");
  now = pidleput(pp, now);
  unlock(&sched.lock);

  // The delicate part, see the head of the file. A submitter queues its g, then loads nmspinning. This thread drops
  // nmspinning, then looks at all queues. Were the checks to come first, a g queued in between would find us counted
  // as spinning, and nobody would run it.
  bool wasSpinning = mp->spinning;
  if (mp->spinning) {
    mp->spinning = false;
    if (sched.nmspinning.Add(-1) < 0) throw_("findrunnable: negative nmspinning");

    // Only the last spinner must look again. That is not known here, so each one does; they are few.

    // The global queue.
    lock(&sched.lock);
    if (sched.runqsize.Load() != 0) {
      p* pp2 = pidlegetSpinning(0).pp;
      if (pp2 != nullptr) {
        g* gp = globrunqget(pp2, 0);
        if (gp == nullptr) throw_("global runq empty with non-zero runqsize");
        unlock(&sched.lock);
        acquirep(pp2);
        mp->becomeSpinning();
        return found(why::globalNoP, gp, false, false);
      }
    }
    unlock(&sched.lock);

    // All local queues.
    if (p* pp2 = checkRunqsNoP(allpSnapshot, idlepMaskSnapshot); pp2 != nullptr) {
      acquirep(pp2);
      mp->becomeSpinning();
      goto top;
    }

    // Idle-priority GC work.
    if (auto [pp2, gp] = checkIdleGCNoP(); pp2 != nullptr) {
      acquirep(pp2);
      mp->becomeSpinning();

      at<"gcMarkWorkerMode">(pp2, static_cast<int64>(gcMarkWorkerIdleMode));
      pp2->gcMarkWorkerMode = gcMarkWorkerIdleMode;
      unpark(gp, 0);
      return found(why::idleGCNoP, gp, false, false);
    }

    // Timers that were added to other ps: only their time matters now.
    pollUntil = checkTimersNoP(allpSnapshot, timerpMaskSnapshot, pollUntil);
  }

  // Block in the network poller until the next timer. One thread does so at a time; lastpoll == 0 is its mark.
  if (netpollinited() && (netpollAnyWaiters() || pollUntil != 0) && sched.lastpoll.Swap(0) != 0) {
    sched.pollUntil.Store(pollUntil);
    if (mp->p != 0) throw_("findrunnable: netpoll with p");
    if (mp->spinning) throw_("findrunnable: netpoll with spinning");
    int64 delay = -1;
    if (pollUntil != 0) {
      if (now == 0) now = nanotime();
      delay = pollUntil - now;
      if (delay < 0) delay = 0;
    }
    if (faketime != 0) {
      // Time does not pass by waiting.
      delay = 0;
    }
    auto [list, delta] = netpoll(delay);
    // The poll may have taken long.
    now = nanotime();
    sched.pollUntil.Store(0);
    sched.lastpoll.Store(now);
    if (faketime != 0 && list.empty()) {
      // Fake time moves when the last thread stops: checkdead does it.
      stopm();
      goto top;
    }
    lock(&sched.lock);
    p* pp2 = pidleget(now).pp;
    unlock(&sched.lock);
    if (pp2 == nullptr) {
      injectglist(&list);
      netpollAdjustWaiters(delta);
    } else {
      acquirep(pp2);
      if (!list.empty()) {
        g* gp = list.pop();
        injectglist(&list);
        netpollAdjustWaiters(delta);
        unpark(gp, 0);
        return found(why::netpollBlock, gp, false, false);
      }
      if (wasSpinning) mp->becomeSpinning();
      goto top;
    }
  } else if (pollUntil != 0 && netpollinited()) {
    // Somebody polls already. If it would sleep past our timer, wake it.
    int64 pollerPollUntil = sched.pollUntil.Load();
    if (pollerPollUntil == 0 || pollerPollUntil > pollUntil) netpollBreak();
  }
  stopm();
  goto top;
}

// Whether there is anything but background work to do. For the collector's idle workers, on a thread with a p.
bool pollWork() {
  at<"pollWork">();
  if (sched.runqsize.Load() != 0) return true;
  p* pp = getg()->m->p.ptr();
  if (!runqempty(pp)) return true;
  if (netpollinited() && netpollAnyWaiters() && sched.lastpoll.Load() != 0) {
    if (auto [list, delta] = netpoll(0); !list.empty()) {
      injectglist(&list);
      netpollAdjustWaiters(delta);
      return true;
    }
  }
  return false;
}

// Tries to steal a g or a timer from any p. newWork: something may have become runnable here.
// now in, rnow out: the time if it is known, else 0. pollUntil: when the next timer of another p is due, or 0.
stealWorkResult stealWork(int64 now) {
  p* pp = getg()->m->p.ptr();

  int64 pollUntil = 0;
  bool ranTimer = false;

  constexpr int stealTries = 4;
  for (int i = 0; i < stealTries; i++) {
    // Timers and runnext only on the last round: the first belongs to its p's heap, the second is about to run
    // where its caches are warm.
    bool stealTimersOrRunNextG = i == stealTries - 1;

    for (auto enum_ = stealOrder.start(cheaprand()); !enum_.done(); enum_.next()) {
      if (sched.gcwaiting.Load()) {
        // Let findRunnable stop this thread.
        return {nullptr, false, now, pollUntil, true};
      }
      p* p2 = allp[enum_.position()];
      if (pp == p2) continue;

      // The timers of p2, if it may have any. Whatever they ready lands in our queue.
      if (stealTimersOrRunNextG && timerpMask.read(enum_.position())) {
        auto [tnow, w, ran] = p2->timers.check(now);
        now = tnow;
        if (w != 0 && (pollUntil == 0 || w < pollUntil)) pollUntil = w;
        if (ran) {
          // A timer may have readied any number of gs, some of which others stole by now.
          if (auto [gp, inheritTime] = runqget(pp); gp != nullptr) return {gp, inheritTime, now, pollUntil, ranTimer};
          ranTimer = true;
        }
      }

      // An idle p has an empty queue.
      if (!idlepMask.read(enum_.position())) {
        if (g* gp = runqsteal(pp, p2, stealTimersOrRunNextG); gp != nullptr) {
          return {gp, false, now, pollUntil, ranTimer};
        }
      }
    }
  }

  // Nothing, though a timer that ran may have made something for somebody.
  return {nullptr, false, now, pollUntil, ranTimer};
}

// Looks at the local queues without a p. Returns an idle p when one of them has work, with nothing yet taken.
p* checkRunqsNoP(slice<p*> allpSnapshot, const pMask<"idlepMask">& idlepMaskSnapshot) {
  for (intptr id = 0; id < allpSnapshot.len; id++) {
    p* p2 = allpSnapshot[id];
    if (!idlepMaskSnapshot.read(static_cast<uint32>(id)) && !runqempty(p2)) {
      lock(&sched.lock);
      p* pp = pidlegetSpinning(0).pp;
      if (pp == nullptr) {
        // No p, no running. needspinning tells the next one.
        unlock(&sched.lock);
        return nullptr;
      }
      unlock(&sched.lock);
      return pp;
    }
  }
  return nullptr;
}

// The earliest timer of all ps, or pollUntil.
int64 checkTimersNoP(slice<p*> allpSnapshot, const pMask<"timerpMask">& timerpMaskSnapshot, int64 pollUntil) {
  for (intptr id = 0; id < allpSnapshot.len; id++) {
    p* p2 = allpSnapshot[id];
    if (timerpMaskSnapshot.read(static_cast<uint32>(id))) {
      int64 w = p2->timers.wakeTime();
      if (w != 0 && (pollUntil == 0 || w < pollUntil)) pollUntil = w;
    }
  }
  return pollUntil;
}

// Whether an idle mark worker should run. Returns an idle p and the worker's g, or neither.
std::pair<p*, g*> checkIdleGCNoP() {
  // Workers go through addIdleMarkWorker under the lock below; these looks only save taking it.
  if (!gcBlackenEnabled() || !gcController.needIdleMarkWorker()) return {nullptr, nullptr};
  if (!gcMarkWorkAvailable(nullptr)) return {nullptr, nullptr};

  lock(&sched.lock);
  auto [pp, now] = pidlegetSpinning(0);
  if (pp == nullptr) {
    unlock(&sched.lock);
    return {nullptr, nullptr};
  }

  // With the p in hand a stop of the world cannot end the mark phase.
  if (!gcBlackenEnabled() || !gcController.addIdleMarkWorker()) {
    pidleput(pp, now);
    unlock(&sched.lock);
    return {nullptr, nullptr};
  }

  g* gp = gcBgMarkWorkerPool_pop();
  if (gp == nullptr) {
    pidleput(pp, now);
    unlock(&sched.lock);
    gcController.removeIdleMarkWorker();
    return {nullptr, nullptr};
  }

  unlock(&sched.lock);

  return {pp, gp};
}

// A timer is due at `when`: make sure that somebody wakes for it. If a thread polls, interrupt it unless it wakes
// in time; else a new spinner will look at the timers.
void wakeNetPoller(int64 when) {
  at<"wakeNetPoller">(slog::time{when});
  if (sched.lastpoll.Load() == 0) {
    // findRunnable stores pollUntil after it has taken lastpoll: 0 here may mean "not set yet", and a needless
    // break is harmless.
    int64 pollerPollUntil = sched.pollUntil.Load();
    if (pollerPollUntil == 0 || pollerPollUntil > when) netpollBreak();
  } else {
    wakep();
  }
}

// A spinner found work: it stops spinning and lets somebody else start.
void resetspinning() {
  g* gp = getg();
  if (!gp->m->spinning) throw_("resetspinning: not a spinning m");
  gp->m->spinning = false;
  int32 nmspinning = sched.nmspinning.Add(-1);
  if (nmspinning < 0) throw_("findrunnable: negative nmspinning");
  // The wake-up rule is careful not to wake two: this one finds the count at zero, or somebody spins already.
  wakep();
}

// Makes every g of the list runnable and empties it. With a p: the local queue gets what no idle p can take.
// May be called without a p.
void injectglist(gList* glist) {
  at<"injectglist">(*glist);
  if (glist->empty()) return;

  // All become runnable before any is queued: once one is visible it may run.
  g* head = glist->head.ptr();
  g* tail = nullptr;
  int32 qsize = 0;
  auto trace = traceAcquire();
  for (g* gp = head; gp != nullptr; gp = gp->schedlink.ptr()) {
    tail = gp;
    qsize++;
    casgstatus(gp, _Gwaiting, _Grunnable);
    if (trace.ok()) trace.GoUnpark(gp, 0);
  }
  if (trace.ok()) traceRelease(trace);

  gQueue q{};
  q.head.set(head);
  q.tail.set(tail);
  *glist = gList{};

  auto startIdle = [](int32 n) {
    for (int32 i = 0; i < n; i++) {
      m* mp = acquirem();  // a p is in hand
      lock(&sched.lock);

      p* pp = pidlegetSpinning(0).pp;
      if (pp == nullptr) {
        unlock(&sched.lock);
        releasem(mp);
        break;
      }

      startm(pp, false, true);
      unlock(&sched.lock);
      releasem(mp);
    }
  };

  p* pp = getg()->m->p.ptr();
  if (pp == nullptr) {
    lock(&sched.lock);
    globrunqputbatch(&q, qsize);
    unlock(&sched.lock);
    startIdle(qsize);
    return;
  }

  int32 npidle = sched.npidle.Load();
  gQueue globq{};
  int32 n = 0;
  for (; n < npidle && !q.empty(); n++) globq.pushBack(q.pop());
  if (n > 0) {
    lock(&sched.lock);
    globrunqputbatch(&globq, n);
    unlock(&sched.lock);
    startIdle(n);
    qsize -= n;
  }

  if (!q.empty()) runqputbatch(pp, &q, qsize);
  fenceBeforeWake();

  // A p may have become idle after npidle was read, before the gs were visible.
  wakep();
}

// One round of the scheduler: find a g and run it. Never returns.
void schedule() {
  m* mp = getg()->m;

  if (mp->locks != 0) throw_("schedule: holding locks");

  if (mp->lockedg != 0) {
    stoplockedm();
    execute(mp->lockedg.ptr(), false);  // never returns
  }

  // A thread that is inside foreign code must not run another goroutine: its g0 is in use.
  if (mp->incgo) throw_("schedule: in cgo");

top:
  p* pp = mp->p.ptr();
  pp->preempt = false;

  // A spinner has an empty queue, or it would not be one.
  if (mp->spinning && (pp->runnext.plain() != 0 || pp->runqhead.plain() != pp->runqtail.plain())) {
    throw_("schedule: spinning with local work");
  }

  auto [gp, inheritTime, tryWakeP] = findRunnable();  // blocks until work is there

  if (debug.dontfreezetheworld > 0 && freezing.Load()) {
    // A crash report is being written: take no part.
    lock(&deadlock);
    lock(&deadlock);
  }

  // Not spinning any more, whatever gp is.
  if (mp->spinning) resetspinning();

  if (sched.disable.user && !schedEnabled(gp)) {
    // User goroutines are held back: put it aside, if that is still so under the lock.
    lock(&sched.lock);
    if (schedEnabled(gp)) {
      unlock(&sched.lock);
    } else {
      sched.disable.runnable.pushBack(gp);
      sched.disable.n++;
      unlock(&sched.lock);
      goto top;
    }
  }

  if (tryWakeP) wakep();
  if (gp->lockedm != 0) {
    startlockedm(gp);
    goto top;
  }

  execute(gp, inheritTime);
}

// Unties the thread and its current goroutine. The goroutine's status was changed by the caller.
void dropg() {
  g* gp = getg();
  gp->m->curg.plain()->m = nullptr;
  gp->m->curg.Store(nullptr);
}

bool parkunlock_c(g*, void* lock) {
  unlock(static_cast<mutex*>(lock));
  return true;
}

// gopark's second half, on g0.
void park_m(g* gp) {
  m* mp = getg()->m;

  auto trace = traceAcquire();

  // A bubble must not look idle while its goroutine is between the two states.
  synctestGroup* sg = gp->syncGroup;
  if (sg != nullptr) {
    sg->incActive();
    at<"synctest.ret">();
  }

  if (trace.ok()) trace.GoPark(mp->waitTraceBlockReason, mp->waitTraceSkip);
  // The event comes before the status: after it somebody else may ready and trace the goroutine.
  casgstatus(gp, _Grunning, _Gwaiting);
  if (trace.ok()) traceRelease(trace);

  dropg();

  if (waitunlock_fn fn = mp->waitunlockf; fn != nullptr) {
    at<"waitunlockf">(gp);
    bool ok = fn(gp, mp->waitlock);
    at<"waitunlockf.ret">(ok);
    mp->waitunlockf = nullptr;
    mp->waitlock = nullptr;
    if (!ok) {
      auto trace2 = traceAcquire();
      casgstatus(gp, _Gwaiting, _Grunnable);
      if (sg != nullptr) {
        sg->decActive();
        at<"synctest.ret">();
      }
      if (trace2.ok()) {
        trace2.GoUnpark(gp, 2);
        traceRelease(trace2);
      }
      execute(gp, true);  // back to it, never returns
    }
  }

  if (sg != nullptr) {
    sg->decActive();
    at<"synctest.ret">();
  }

  schedule();
}

void goschedImpl(g* gp, bool preempted) {
  auto trace = traceAcquire();
  uint32 status = readgstatus(gp);
  if ((status & ~_Gscan) != _Grunning) {
    dumpgstatus(gp);
    throw_("bad g status");
  }
  if (trace.ok()) {
    // Before the status, for the same reason as in park_m.
    if (preempted) {
      trace.GoPreempt();
    } else {
      trace.GoSched();
    }
  }
  casgstatus(gp, _Grunning, _Grunnable);
  if (trace.ok()) traceRelease(trace);

  dropg();
  lock(&sched.lock);
  globrunqput(gp);
  unlock(&sched.lock);

  if (mainStarted) wakep();

  schedule();
}

// Gosched's second half, on g0.
void gosched_m(g* gp) { goschedImpl(gp, false); }

// goschedguarded's second half: not in a state that forbids a switch.
void goschedguarded_m(g* gp) {
  if (!canPreemptM(gp->m)) gogo(&gp->sched);  // never returns
  goschedImpl(gp, false);
}

void gopreempt_m(g* gp) {
  at<"gopreempt_m">();
  goschedImpl(gp, true);
}

// Parks gp in _Gpreempted for the suspender that asked; that one readies it again.
void preemptPark(g* gp) {
  at<"preemptPark">();
  uint32 status = readgstatus(gp);
  if ((status & ~_Gscan) != _Grunning) {
    dumpgstatus(gp);
    throw_("bad g status");
  }

  if (gp->asyncSafePoint) checkAsyncSafePoint(gp);

  // With the scan bit held, gp cannot be readied between here and dropg: the stack is still in use.
  casGToPreemptScan(gp, _Grunning, _Gscan | _Gpreempted);

  // Before dropg, as in Go 1.26: the M is to know of whom it tells.
  auto trace = traceAcquire();
  if (trace.ok()) trace.GoPark(traceBlockPreempted, 0);
  dropg();
  casfrom_Gscanstatus(gp, _Gscan | _Gpreempted, _Gpreempted);
  if (trace.ok()) traceRelease(trace);

  schedule();
}

// Like Gosched, but to the local queue: for a hand-off to a goroutine that was just readied.
void goyield() {
  at<"goyield">();
  checkTimeouts();
  mcall(goyield_m);
}

void goyield_m(g* gp) {
  auto trace = traceAcquire();
  p* pp = gp->m->p.ptr();
  if (trace.ok()) trace.GoPreempt();
  casgstatus(gp, _Grunning, _Grunnable);
  if (trace.ok()) traceRelease(trace);
  dropg();
  runqput(pp, gp, false);
  schedule();
}

// Ends the current goroutine.
void goexit1() {
  enterForGood();
  at<"goexit1">();
  auto trace = traceAcquire();
  if (trace.ok()) {
    trace.GoEnd();
    traceRelease(trace);
  }
  mcall_last(goexit0);
}

// goexit1's second half, on g0.
void goexit0(g* gp) {
  gdestroy(gp);
  schedule();
}

void gdestroy(g* gp) {
  m* mp = getg()->m;
  p* pp = mp->p.ptr();

  casgstatus(gp, _Grunning, _Gdead);
  racegoend(gp);
  gcController.addScannableStack(pp, -static_cast<int64>(gp->stack.hi - gp->stack.lo));
  if (isSystemGoroutine(gp, false)) sched.ngsys.Add(-1);
  gp->m = nullptr;
  bool locked = gp->lockedm != 0;
  gp->lockedm = 0;
  mp->lockedg = 0;
  gp->preemptStop = false;
  gp->paniconfault = false;
  gp->_defer = nullptr;  // should be so already
  gp->_panic = nullptr;  // set by a goexit in a panic
  gp->writebuf = {};
  gp->waitreason = waitReasonZero;
  gp->param = nullptr;
  gp->labels = nullptr;
  gp->timer = nullptr;
  gp->syncGroup = nullptr;

  flushAssistCredit(gp);

  dropg();

  if (locked && mp->lockedInt != 0) {
    print("runtime: mp.lockedInt = ", mp->lockedInt, "\n");
    if (mp->isextra) throw_("runtime.Goexit called in a thread that was not created by the Go runtime");
    throw_("exited a goroutine internally locked to the OS thread");
  }
  gfput(pp, gp);
  if (locked) {
    // The goroutine may have left the thread in any state: end it, rather than give it to others.
    gogo(&mp->g0->sched);  // to mstart0, which calls mexit
  }
}

// Saves the caller's context for a goroutine that stays on its thread: enough to walk its stack.
void save(uintptr pc, uintptr sp, uintptr bp) {
  g* gp = getg();

  if (gp == gp->m->g0 || gp == gp->m->gsignal) {
    // These keep their context for mcall.
    throw_("save on system g not allowed");
  }

  gp->sched.pc = pc;
  gp->sched.sp = sp;
  gp->sched.lr = 0;
  gp->sched.ret = 0;
  gp->sched.bp = bp;
  if (gp->sched.ctxt != nullptr) badctxt();
}

// The goroutine is about to block in a system call. The p is not released but left in _Psyscall: in the common case
// the call is short and the same thread takes it back by one CAS; sysmon, or a stop of the world, takes it else.
//
// Nothing below may switch the stack for good or be preempted: gp's context is already the caller's.
void reentersyscall(uintptr pc, uintptr sp, uintptr bp) {
  auto trace = traceAcquire();
  g* gp = getg();

  // Between the status and the release of the p this thread must not be preempted.
  gp->m->locks++;
  at<"entersyscall">();

  // A function that checks its stack from here on traps: none may run.
  gp->stackguard0 = stackPreempt;
  gp->throwsplit = true;

  save(pc, sp, bp);
  gp->syscallsp = sp;
  gp->syscallpc = pc;
  gp->syscallbp = bp;
  casgstatus(gp, _Grunning, _Gsyscall);
  if (gp->syscallsp < gp->stack.lo || gp->stack.hi < gp->syscallsp) {
    systemstack([=] {
      print("entersyscall inconsistent sp ", hex(gp->syscallsp), " [", hex(gp->stack.lo), ",", hex(gp->stack.hi),
            "]\n");
      throw_("entersyscall");
    });
  }
  if ((gp->syscallbp != 0 && gp->syscallbp < gp->stack.lo) || gp->stack.hi < gp->syscallbp) {
    systemstack([=] {
      print("entersyscall inconsistent bp ", hex(gp->syscallbp), " [", hex(gp->stack.lo), ",", hex(gp->stack.hi),
            "]\n");
      throw_("entersyscall");
    });
  }

  if (trace.ok()) {
    systemstack([&] {
      trace.GoSysCall();
      traceRelease(trace);
    });
    // systemstack overwrote the saved context.
    save(pc, sp, bp);
  }

  if (sched.sysmonwait.Load()) {
    systemstack([] { entersyscall_sysmon(); });
    save(pc, sp, bp);
  }

  if (gp->m->p.ptr()->runSafePointFn.Load() != 0) {
    // The p may be taken by forEachP from here on: run its function first.
    systemstack([] { runSafePointFn(); });
    save(pc, sp, bp);
  }

  gp->m->syscalltick = gp->m->p.ptr()->syscalltick.plain();
  p* pp = gp->m->p.ptr();
  pp->m.Store(0);
  gp->m->oldp.set(pp);
  gp->m->p = 0;
  pp->status.Store(_Psyscall);  // from here on it may be taken
  if (sched.gcwaiting.Load()) {
    systemstack([] { entersyscall_gcwait(); });
    save(pc, sp, bp);
  }

  gp->m->locks--;
}

// Before a system call that may block. The caller's frame stays valid until exitsyscall.
void entersyscall() {
  reentersyscall(getcallerpc(), getcallersp(), onStack(getcallerfp()));
}

void entersyscall_sysmon() {
  lock(&sched.lock);
  if (sched.sysmonwait.Load()) {
    sched.sysmonwait.Store(false);
    notewakeup(&sched.sysmonnote);
  }
  unlock(&sched.lock);
}

// A stop of the world is waiting: give it the p now.
void entersyscall_gcwait() {
  g* gp = getg();
  p* pp = gp->m->oldp.ptr();

  lock(&sched.lock);
  auto trace = traceAcquire();
  if (sched.stopwait > 0 && pp->status.Cas(_Psyscall, _Pgcstop)) {
    if (trace.ok()) {
      // Stolen from ourselves.
      trace.ProcSteal(pp, true);
      traceRelease(trace);
    }
    pp->gcStopTime = nanotime();
    pp->syscalltick.Add(1);
    if (--sched.stopwait == 0) notewakeup(&sched.stopnote);
  } else if (trace.ok()) {
    traceRelease(trace);
  }
  unlock(&sched.lock);
}

// Like entersyscall, for a call that is known to block: the p is handed off at once.
void entersyscallblock() {
  g* gp = getg();

  gp->m->locks++;
  at<"entersyscallblock">();
  gp->throwsplit = true;
  gp->stackguard0 = stackPreempt;
  gp->m->syscalltick = gp->m->p.ptr()->syscalltick.plain();
  gp->m->p.ptr()->syscalltick.Add(1);

  uintptr pc = getcallerpc();
  uintptr sp = getcallersp();
  uintptr bp = onStack(getcallerfp());
  save(pc, sp, bp);
  gp->syscallsp = gp->sched.sp;
  gp->syscallpc = gp->sched.pc;
  gp->syscallbp = gp->sched.bp;
  if (gp->syscallsp < gp->stack.lo || gp->stack.hi < gp->syscallsp) {
    systemstack([=] {
      print("entersyscallblock inconsistent sp ", hex(sp), " ", hex(gp->sched.sp), " ", hex(gp->syscallsp), " [",
            hex(gp->stack.lo), ",", hex(gp->stack.hi), "]\n");
      throw_("entersyscallblock");
    });
  }
  casgstatus(gp, _Grunning, _Gsyscall);
  if (gp->syscallsp < gp->stack.lo || gp->stack.hi < gp->syscallsp) {
    systemstack([=] {
      print("entersyscallblock inconsistent sp ", hex(sp), " ", hex(gp->sched.sp), " ", hex(gp->syscallsp), " [",
            hex(gp->stack.lo), ",", hex(gp->stack.hi), "]\n");
      throw_("entersyscallblock");
    });
  }
  if ((gp->syscallbp != 0 && gp->syscallbp < gp->stack.lo) || gp->stack.hi < gp->syscallbp) {
    systemstack([=] {
      print("entersyscallblock inconsistent bp ", hex(bp), " ", hex(gp->sched.bp), " ", hex(gp->syscallbp), " [",
            hex(gp->stack.lo), ",", hex(gp->stack.hi), "]\n");
      throw_("entersyscallblock");
    });
  }

  systemstack([] { entersyscallblock_handoff(); });

  // systemstack overwrote it.
  save(getcallerpc(), getcallersp(), onStack(getcallerfp()));

  gp->m->locks--;
}

void entersyscallblock_handoff() {
  auto trace = traceAcquire();
  if (trace.ok()) {
    trace.GoSysCall();
    traceRelease(trace);
  }
  handoffp(releasep());
}

// After the call: get a p again, the old one if nobody took it, else an idle one, else wait in the global queue.
void exitsyscall() {
  g* gp = getg();

  gp->m->locks++;  // see reentersyscall
  at<"exitsyscall">();
  if (getcallersp() > gp->syscallsp) throw_("exitsyscall: syscall frame is no longer valid");

  gp->waitsince = 0;
  p* oldp = gp->m->oldp.ptr();
  gp->m->oldp = 0;
  if (exitsyscallfast(oldp)) {
    if (goroutineProfileActive()) {
      systemstack([=] { tryRecordGoroutineProfile(gp); });
    }
    auto trace = traceAcquire();
    if (trace.ok()) {
      bool lostP = oldp != gp->m->p.ptr() || gp->m->syscalltick != gp->m->p.ptr()->syscalltick.plain();
      systemstack([&] {
        trace.GoSysExit(lostP);
        if (lostP) trace.GoStart();
      });
    }
    // There is a p again, so the tick is ours to move.
    gp->m->p.ptr()->syscalltick.Add(1);
    // The collector may scan the stack until this.
    casgstatus(gp, _Gsyscall, _Grunning);
    if (trace.ok()) traceRelease(trace);

    gp->syscallsp = 0;
    gp->m->locks--;
    if (gp->preempt) {
      // A request came meanwhile and was overwritten by reentersyscall.
      gp->stackguard0 = stackPreempt;
    } else {
      gp->stackguard0 = gp->stack.lo + stackGuard;
    }
    gp->throwsplit = false;

    if (sched.disable.user && !schedEnabled(gp)) {
      // User goroutines are held back.
      Gosched();
    }

    return;
  }

  gp->m->locks--;

  mcall(exitsyscall0);

  // The scheduler ran it again: perhaps on another thread. gp is the same, its m may not be.
  gp->syscallsp = 0;
  gp->m->p.ptr()->syscalltick.Add(1);
  gp->throwsplit = false;
}

bool exitsyscallfast(p* oldp) {
  // The world is being frozen: do not run.
  if (sched.stopwait == freezeStopWait) return false;

  // The old p.
  auto trace = traceAcquire();
  if (oldp != nullptr && oldp->status.Load() == _Psyscall && oldp->status.Cas(_Psyscall, _Pidle)) {
    // Ours: nobody else can see it idle, it is on no list.
    wirep(oldp);
    exitsyscallfast_reacquired(trace);
    if (trace.ok()) traceRelease(trace);
    return true;
  }
  if (trace.ok()) traceRelease(trace);

  // Any idle one.
  if (sched.pidle.Load() != 0) {
    bool ok = false;
    systemstack([&] { ok = exitsyscallfast_pidle(); });
    if (ok) return true;
  }
  return false;
}

// The thread has its old p back, but it may have been somebody else's in between.
void exitsyscallfast_reacquired(traceLocker trace) {
  g* gp = getg();
  if (gp->m->syscalltick != gp->m->p.ptr()->syscalltick.plain()) {
    if (trace.ok()) {
      // It was taken, used, and left in another system call: told as a steal and a start.
      systemstack([&] {
        trace.ProcSteal(gp->m->p.ptr(), true);
        trace.ProcStart();
      });
    }
    gp->m->p.ptr()->syscalltick.Add(1);
  }
}

bool exitsyscallfast_pidle() {
  lock(&sched.lock);
  p* pp = pidleget(0).pp;
  if (pp != nullptr && sched.sysmonwait.Load()) {
    sched.sysmonwait.Store(false);
    notewakeup(&sched.sysmonnote);
  }
  unlock(&sched.lock);
  if (pp != nullptr) {
    acquirep(pp);
    return true;
  }
  return false;
}

// exitsyscall's slow path on g0: no p was to be had. Queue gp and park, unless one turns up under the lock.
void exitsyscall0(g* gp) {
  traceExitingSyscall();
  auto trace = traceAcquire();
  casgstatus(gp, _Gsyscall, _Grunnable);
  traceExitedSyscall();
  if (trace.ok()) {
    // The p was lost, the goroutine does not run: GoStart comes from execute.
    trace.GoSysExit(true);
    traceRelease(trace);
  }
  dropg();
  lock(&sched.lock);
  p* pp = nullptr;
  if (schedEnabled(gp)) pp = pidleget(0).pp;
  bool locked = false;
  if (pp == nullptr) {
    globrunqput(gp);

    // Read under the lock: once gp is queued and the lock dropped it may run elsewhere and unlock itself.
    locked = gp->lockedm != 0;
  } else if (sched.sysmonwait.Load()) {
    sched.sysmonwait.Store(false);
    notewakeup(&sched.sysmonnote);
  }
  unlock(&sched.lock);
  if (pp != nullptr) {
    acquirep(pp);
    execute(gp, false);  // never returns
  }
  if (locked) {
    // gp is wired to this thread: wait until somebody schedules it.
    stoplockedm();
    execute(gp, false);  // never returns
  }
  stopm();
  schedule();  // never returns
}

// Around a fork: no signal handler may run in the child, no stack may move.
void syscall_runtime_BeforeFork() {
  g* gp = getg()->m->curg.plain();

  // Blocked for the time of the fork: a child that runs a handler would write into the parent's memory.
  gp->m->locks++;
  sigsave(&gp->m->sigmask);
  sigblock(false);

  gp->stackguard0 = stackFork;
}

void syscall_runtime_AfterFork() {
  g* gp = getg()->m->curg.plain();

  gp->stackguard0 = gp->stack.lo + stackGuard;

  msigrestore(gp->m->sigmask);

  gp->m->locks--;
}

// True in a forked child that shares the parent's memory: handlers must not be changed for good.
bool inForkedChild;

void syscall_runtime_AfterForkInChild() {
  inForkedChild = true;

  clearSignalHandlers();

  // The handlers are gone: signals may come.
  msigrestore(getg()->m->sigmask);

  inForkedChild = false;
}

// Around an exec: no thread may be half-made.
void syscall_runtime_BeforeExec() { execLock.lock(); }

void syscall_runtime_AfterExec() { execLock.unlock(); }

// Makes a g. Its stack holds stacksize bytes and the system's share; < 0: it gets none.
g* malg(int32 stacksize) {
  g* newg = newobject<g>();
  if (stacksize >= 0) {
    stacksize = round2(stackSystem + stacksize);
    systemstack([=] { newg->stack = stackalloc(static_cast<uint32>(stacksize)); });
    newg->stackguard0 = newg->stack.lo + stackGuard;
    newg->stackguard1 = ~uintptr{0};
  }
  return newg;
}

// The `go` statement: a new goroutine that runs fn, into runnext of this p.
void newproc(funcval* fn) {
  at<"newproc">(fn);
  g* gp = getg();
  uintptr pc = getcallerpc();
  g* newg = newproc1(fn, gp, pc, false, waitReasonZero);

  p* pp = getg()->m->p.ptr();
  runqput(pp, newg, true);

  if (mainStarted) wakep();
}

// Makes a goroutine in _Grunnable, or in _Gwaiting if parked; queues it nowhere.
g* newproc1(funcval* fn, g* callergp, uintptr callerpc, bool parked, waitReason waitreason) {
  if (fn == nullptr) fatal("go of nil func value");
  at<"newproc1">(fn, parked, static_cast<uint8>(waitreason));

  m* mp = acquirem();  // the p must stay while its caches are used
  p* pp = mp->p.ptr();
  g* newg = gfget(pp);
  if (newg == nullptr) {
    newg = malg(stackMin);
    casgstatus(newg, _Gidle, _Gdead);
    allgadd(newg);  // in _Gdead, so that nobody looks at the stack yet
  }
  if (newg->stack.hi == 0) throw_("newproc1: newg missing stack");
  racegostart(newg);

  if (readgstatus(newg) != _Gdead) throw_("newproc1: new g is not Gdead");

  // To return into goexit.
  newg->sched = gobuf{};
  gostart(newg, fn);
  newg->stktopsp = newg->sched.sp;
  newg->sched.g.set(newg);
  newg->parentGoid = callergp->goid;
  newg->gopc = callerpc;
  newg->ancestors = saveAncestors(callergp);
  newg->startpc = fn->fn;
  if (isSystemGoroutine(newg, false)) {
    sched.ngsys.Add(1);
  } else {
    // Only user goroutines inherit the bubble and the profiler's labels.
    newg->syncGroup = callergp->syncGroup;
    if (mp->curg.plain() != nullptr) newg->labels = mp->curg.plain()->labels;
    if (goroutineProfileActive()) markGoroutineProfiled(newg);
  }
  // Which of its slices are timed: spread at random.
  newg->trackingSeq = static_cast<uint8>(cheaprand());
  if (newg->trackingSeq % gTrackingPeriod == 0) newg->tracking = true;
  gcController.addScannableStack(pp, static_cast<int64>(newg->stack.hi - newg->stack.lo));

  // The id is set before the status: who sees a live goroutine may print it.
  auto trace = traceAcquire();
  uint32 status = _Grunnable;
  if (parked) {
    status = _Gwaiting;
    newg->waitreason = waitreason;
  }
  if (pp->goidcache == pp->goidcacheend) {
    // goidgen is the last id handed out; this batch is (goidgen, goidgen + batch].
    pp->goidcache = sched.goidgen.Add(_GoidCacheBatch);
    pp->goidcache -= _GoidCacheBatch - 1;
    pp->goidcacheend = pp->goidcache + _GoidCacheBatch;
  }
  newg->goid.StoreRel(pp->goidcache);
  casgstatus(newg, _Gdead, status);
  pp->goidcache++;
  newg->trace.reset();
  if (trace.ok()) {
    trace.GoCreate(newg, newg->startpc, parked);
    traceRelease(trace);
  }

  releasem(mp);

  return newg;
}

// The chain of creators for tracebackancestors; kept by the traceback of a world that can walk stacks.
slice<ancestorInfo>* saveAncestors(g* callergp) {
  if (debug.tracebackancestors <= 0 || callergp->goid == 0) return nullptr;
  return recordAncestors(callergp);
}

// Puts a dead g on the p's free list; half of an overfull list goes to the central one.
void gfput(p* pp, g* gp) {
  bool fits = stackFitsStart(gp);
  at<"gfput">(gp, fits);
  if (readgstatus(gp) != _Gdead) throw_("gfput: bad status (not Gdead)");

  // A stack of an unusual size is not worth keeping.
  if (!fits) {
    stackfree(gp->stack);
    gp->stack.lo = 0;
    gp->stack.hi = 0;
    gp->stackguard0 = 0;
  }

  pp->gFree.push(gp);
  pp->gFree.n++;
  if (pp->gFree.n >= 64) {
    int32 inc = 0;
    g* pushed[aheadBy] = {};
    gQueue stackQ{};
    gQueue noStackQ{};
    while (pp->gFree.n >= 32) {
      g* free = pp->gFree.pop();
      pp->gFree.n--;
      if (free->stack.lo == 0) {
        noStackQ.push(free);
      } else {
        stackQ.push(free);
      }
      linkAhead(free, pushed[inc % aheadBy]);  // the last one in is the first one out
      pushed[inc % aheadBy] = free;
      inc++;
    }
    lock(&sched.gFree.lock);
    sched.gFree.noStack.pushAll(noStackQ);
    sched.gFree.stack.pushAll(stackQ);
    sched.gFree.n += inc;
    unlock(&sched.gFree.lock);
  }
}

// A dead g with a stack, or nullptr. Refills the p's list from the central one, gs with stacks first.
g* gfget(p* pp) {
retry:
  if (pp->gFree.empty() && (!sched.gFree.stack.empty() || !sched.gFree.noStack.empty())) {
    lock(&sched.gFree.lock);
    while (pp->gFree.n < 32) {
      g* gp = sched.gFree.stack.pop();
      if (gp == nullptr) {
        gp = sched.gFree.noStack.pop();
        if (gp == nullptr) break;
      }
      prefetchAhead(gp);
      sched.gFree.n--;
      pp->gFree.push(gp);
      pp->gFree.n++;
    }
    unlock(&sched.gFree.lock);
    goto retry;
  }
  g* gp = pp->gFree.pop();
  if (gp == nullptr) return nullptr;
  pp->gFree.n--;
  if (gp->stack.lo != 0 && !stackStillFitsStart(gp)) {
    // The size to start with changed since it died.
    systemstack([=] {
      stackfree(gp->stack);
      gp->stack.lo = 0;
      gp->stack.hi = 0;
      gp->stackguard0 = 0;
    });
  }
  if (gp->stack.lo == 0) {
    systemstack([=] { gp->stack = stackalloc(startingStackSize); });
    gp->stackguard0 = gp->stack.lo + stackGuard;
  }
  return gp;
}

// All of the p's dead gs to the central list.
void gfpurge(p* pp) {
  int32 inc = 0;
  gQueue stackQ{};
  gQueue noStackQ{};
  while (!pp->gFree.empty()) {
    g* gp = pp->gFree.pop();
    pp->gFree.n--;
    if (gp->stack.lo == 0) {
      noStackQ.push(gp);
    } else {
      stackQ.push(gp);
    }
    inc++;
  }
  lock(&sched.gFree.lock);
  sched.gFree.noStack.pushAll(noStackQ);
  sched.gFree.stack.pushAll(stackQ);
  sched.gFree.n += inc;
  unlock(&sched.gFree.lock);
}

void Breakpoint() { breakpoint(); }

// Wires goroutine and thread to each other; the counts are the callers'.
void dolockOSThread() {
  g* gp = getg();
  gp->m->lockedg.set(gp);
  gp->lockedm.set(gp->m);
}

// For programs. Nests.
void LockOSThread() {
  at<"LockOSThread">();
  if (newmHandoff.haveTemplateThread.Load() == 0) {
    // Before the thread can be made unclean by its new owner.
    startTemplateThread();
  }
  g* gp = getg();
  gp->m->lockedExt++;
  if (gp->m->lockedExt == 0) {
    gp->m->lockedExt--;
    panic_("LockOSThread nesting overflow");
  }
  dolockOSThread();
}

// For the runtime itself.
void lockOSThread() {
  at<"lockOSThread">();
  getg()->m->lockedInt++;
  dolockOSThread();
}

void dounlockOSThread() {
  g* gp = getg();
  if (gp->m->lockedInt != 0 || gp->m->lockedExt != 0) return;
  gp->m->lockedg = 0;
  gp->lockedm = 0;
}

void UnlockOSThread() {
  at<"UnlockOSThread">();
  g* gp = getg();
  if (gp->m->lockedExt == 0) return;
  gp->m->lockedExt--;
  dounlockOSThread();
}

void unlockOSThread() {
  at<"unlockOSThread">();
  g* gp = getg();
  if (gp->m->lockedInt == 0) systemstack([] { badunlockosthread(); });
  gp->m->lockedInt--;
  dounlockOSThread();
}

void badunlockosthread() { throw_("runtime: internal error: misuse of lockOSThread/unlockOSThread"); }

// The number of user goroutines; exact only while nothing changes.
int32 gcount() {
  int32 n = static_cast<int32>(allglen.Load()) - sched.gFree.n - sched.ngsys.Load();
  for (p* pp : allp) n -= pp->gFree.n;

  // All these move at once: never less than the caller.
  if (n < 1) n = 1;
  return n;
}

// Threads made and not ended.
int32 mcount() { return static_cast<int32>(sched.mnext - sched.nmfreed); }

// The CPU profiler's rate. signalLock is taken by signal handlers, so it is a bare spin lock.
prof_t prof;

void setcpuprofilerate(int32 hz) {
  // A negative rate means off.
  if (hz < 0) hz = 0;

  // No profiling signal on this thread while it holds the lock that a handler would want.
  g* gp = getg();
  gp->m->locks++;

  setThreadCPUProfiler(0);

  while (!prof.signalLock.CompareAndSwap(0, 1)) osyield();
  if (prof.hz.Load() != hz) {
    setProcessCPUProfiler(hz);
    prof.hz.Store(hz);
  }
  prof.signalLock.Store(0);

  lock(&sched.lock);
  sched.profilehz = hz;
  unlock(&sched.lock);

  if (hz != 0) setThreadCPUProfiler(hz);

  gp->m->locks--;
}

// A p comes to life, or back to it.
void p::init(int32 id) {
  this->id = id;
  status.Store(_Pgcstop);
  sudogcache = {sudogbuf, 0, 128};
  deferpool = {deferpoolbuf, 0, 32};
  wbBuf.reset();
  if (mcache == nullptr) {
    if (id == 0) {
      if (mcache0 == nullptr) throw_("missing mcache?");
      // Bootstrap allocated from this one before there was a p.
      mcache = mcache0;
    } else {
      mcache = allocmcache();
    }
  }
  lockInit(&timers.mu, lockRankTimers);

  // It may get timers as soon as it runs: findRunnable of others must not skip it.
  timerpMask.set(static_cast<uint32>(id));
  // It is about to run: not idle.
  idlepMask.clear(static_cast<uint32>(id));
}

// A p goes: everything that it has goes to others. The world is stopped, sched.lock is held.
void p::destroy() {
  at<"pdestroy">(this);
  assertLockHeld(&sched.lock);
  assertWorldStopped();

  // From the tail to the head of the global queue, so that the order stays.
  while (runqhead.plain() != runqtail.plain()) {
    runqtail.plainStore(runqtail.plain() - 1);
    g* gp = runq[runqtail.plain() % std::size(runq)].ptr();
    globrunqputhead(gp);
  }
  if (runnext.plain() != 0) {
    globrunqputhead(runnext.plain().ptr());
    runnext.plainStore(0);
  }

  // Its timers.
  getg()->m->p.ptr()->timers.take(&timers);

  flushGCState(this);
  // Go forgets them, and its collector takes them.
  while (sudogcache.len > 0) deleteobject(sudogcache.pop());
  for (auto& s : sudogbuf) s = nullptr;
  sudogcache = {sudogbuf, 0, 128};
  pinnerCache = nullptr;
  for (auto& d : deferpoolbuf) d = nullptr;
  deferpool = {deferpoolbuf, 0, 32};
  freemcache(mcache);
  mcache = nullptr;
  gfpurge(this);
  gcAssistTime = 0;
  status.Store(_Pdead);
}

// Changes the number of ps. The world is stopped, sched.lock is held. Returns the ps that have local work, linked
// by p.link, each with the thread that was found for it in p.m, or none: the caller starts them.
p* procresize(int32 nprocs) {
  at<"procresize">(nprocs);
  assertLockHeld(&sched.lock);
  assertWorldStopped();

  int32 old = gomaxprocs.plain();
  if (old < 0 || nprocs <= 0) throw_("procresize: invalid arg");
  auto trace = traceAcquire();
  if (trace.ok()) {
    trace.Gomaxprocs(nprocs);
    traceRelease(trace);
  }

  // Processor time offered so far.
  int64 now = nanotime();
  if (sched.procresizetime != 0) sched.totaltime += static_cast<int64>(old) * (now - sched.procresizetime);
  sched.procresizetime = now;

  int32 maskWords = (nprocs + 31) / 32;

  // Grow. retake walks allp without a p, under allpLock.
  if (nprocs > static_cast<int32>(allp.len)) {
    lock(&allpLock);
    if (nprocs <= static_cast<int32>(allp.cap)) {
      allp = allp.first(nprocs);
    } else {
      // Copies beyond the length too: a p that was is kept for ever and comes back.
      allp = allp.regrown(nprocs);
    }

    if (maskWords <= static_cast<int32>(idlepMask.cap)) {
      idlepMask.reslice(maskWords);
      timerpMask.reslice(maskWords);
    } else {
      idlepMask.regrow(maskWords);
      timerpMask.regrow(maskWords);
    }
    unlock(&allpLock);
  }

  for (int32 i = old; i < nprocs; i++) {
    p* pp = allp[i];
    if (pp == nullptr) pp = newobject<p>();
    pp->init(i);
    storeRelease(&allp[i], pp);  // read by retake and by whoever has a snapshot
  }

  g* gp = getg();
  if (gp->m->p != 0 && gp->m->p.ptr()->id < nprocs) {
    // This thread goes on with its p.
    gp->m->p.ptr()->status.Store(_Prunning);
    gp->m->p.ptr()->mcache->prepareForSweep();
  } else {
    // Its p goes: take the first instead. Not through releasep, the p is not idle but dead.
    if (gp->m->p != 0) {
      auto trace2 = traceAcquire();
      if (trace2.ok()) {
        // As if the goroutine had been descheduled and scheduled again.
        trace2.GoSched();
        trace2.ProcStop(gp->m->p.ptr());
        traceRelease(trace2);
      }
      gp->m->p.ptr()->m.Store(0);
    }
    gp->m->p = 0;
    p* pp = allp[0];
    pp->m.Store(0);
    pp->status.Store(_Pidle);
    acquirep(pp);
    auto trace2 = traceAcquire();
    if (trace2.ok()) {
      trace2.GoStart();
      traceRelease(trace2);
    }
  }

  mcache0 = nullptr;  // P0 has it

  // The ps that are too many. They are not freed: a thread in a system call may still refer to one.
  for (int32 i = nprocs; i < old; i++) allp[i]->destroy();

  // Shrink.
  if (static_cast<int32>(allp.len) != nprocs) {
    lock(&allpLock);
    allp = allp.first(nprocs);
    idlepMask.reslice(maskWords);
    timerpMask.reslice(maskWords);
    unlock(&allpLock);
  }

  p* runnablePs = nullptr;
  for (int32 i = nprocs - 1; i >= 0; i--) {
    p* pp = allp[i];
    if (gp->m->p.ptr() == pp) continue;
    pp->status.Store(_Pidle);
    if (runqempty(pp)) {
      pidleput(pp, now);
    } else {
      pp->m.Store(muintptr(mget()));
      pp->link.set(runnablePs);
      runnablePs = pp;
    }
  }
  stealOrder.reset(static_cast<uint32>(nprocs));
  gomaxprocs.Store(nprocs);
  if (old != nprocs) gcCPULimiter_resetCapacity(now, nprocs);
  return runnablePs;
}

// Ties pp and this thread together.
void acquirep(p* pp) {
  wirep(pp);

  // Spans may have been swept while it was idle.
  pp->mcache->prepareForSweep();

  auto trace = traceAcquire();
  if (trace.ok()) {
    trace.ProcStart();
    traceRelease(trace);
  }
}

// The first half: from here on this thread has a p. May run where no stack check may be made.
void wirep(p* pp) {
  at<"wirep">(pp);
  g* gp = getg();

  if (gp->m->p != 0) {
    systemstack([] { throw_("wirep: already in go"); });
  }
  if (pp->m.plain() != 0 || pp->status.plain() != _Pidle) {
    systemstack([=] {
      int64 id = 0;
      if (pp->m.plain() != 0) id = pp->m.plain().ptr()->id;
      print("wirep: p->m=", uint64{pp->m.plain().value}, "(", id, ") p->status=", pp->status.plain(), "\n");
      throw_("wirep: invalid p state");
    });
  }
  gp->m->p.set(pp);
  pp->m.Store(muintptr(gp->m));
  pp->status.Store(_Prunning);
}

// Unties them.
p* releasep() {
  auto trace = traceAcquire();
  if (trace.ok()) {
    trace.ProcStop(getg()->m->p.ptr());
    traceRelease(trace);
  }
  return releasepNoTrace();
}

p* releasepNoTrace() {
  g* gp = getg();

  if (gp->m->p == 0) throw_("releasep: invalid arg");
  p* pp = gp->m->p.ptr();
  if (pp->m.plain().ptr() != gp->m || pp->status.plain() != _Prunning) {
    print("releasep: m=", static_cast<void*>(gp->m), " m->p=", static_cast<void*>(gp->m->p.ptr()),
          " p->m=", static_cast<void*>(pp->m.plain().ptr()), " p->status=", pp->status.plain(), "\n");
    throw_("releasep: invalid p state");
  }
  gp->m->p = 0;
  pp->m.Store(0);
  pp->status.Store(_Pidle);
  return pp;
}

void incidlelocked(int32 v) {
  lock(&sched.lock);
  sched.nmidlelocked += v;
  if (v > 0) checkdead();
  unlock(&sched.lock);
}

// The last running thread went idle: is there anything that could ever run again? Counts threads, since a goroutine
// in a system call is a running thread. sched.lock is held.
void checkdead() {
  assertLockHeld(&sched.lock);

  // A library lives while its host does.
  if (islibrary || isarchive) return;

  // A crash is being reported: threads are stopped on purpose.
  if (panicking.plain() > 0) return;

  // Extra ms that no foreign thread has are counted, and run nothing. Go without cgo has one at most, for callbacks of
  // Windows, and takes that one off; here as many stay behind as foreign threads have called at once.
  int32 run0 = 0;
  if (!iscgo && cgoHasExtraM) run0 = static_cast<int32>(extraMLength.Load());

  int32 run = mcount() - sched.nmidle - sched.nmidlelocked - sched.nmsys;
  if (run > run0) return;
  if (run < 0) {
    print("runtime: checkdead: nmidle=", sched.nmidle, " nmidlelocked=", sched.nmidlelocked, " mcount=", mcount(),
          " nmsys=", sched.nmsys, "\n");
    unlock(&sched.lock);
    throw_("checkdead: inconsistent counts");
  }

  // One that has not called yet may still, or has just come.
  if (foreignThreadsAwake()) return;

  int32 grunning = 0;
  forEachG([&](g* gp) {
    if (isSystemGoroutine(gp, false)) return;
    uint32 s = readgstatus(gp);
    switch (s & ~_Gscan) {
      case _Gwaiting:
      case _Gpreempted:
        grunning++;
        break;
      case _Grunnable:
      case _Grunning:
      case _Gsyscall:
        print("runtime: checkdead: find g ", gp->goid, " in status ", s, "\n");
        unlock(&sched.lock);
        throw_("checkdead: runnable g");
    }
  });
  if (grunning == 0) {
    // Main called Goexit and everybody else ended.
    unlock(&sched.lock);
    fatal("no goroutines (main called runtime.Goexit) - deadlock!");
  }

  // With fake time: jump to the next timer and wake a thread for it.
  if (faketime != 0) {
    if (int64 when = timeSleepUntil(); when < maxWhen) {
      faketime = when;

      p* pp = pidleget(faketime).pp;
      if (pp == nullptr) {
        // There is at least the p of the thread that is going idle.
        unlock(&sched.lock);
        throw_("checkdead: no p for timer");
      }
      m* mp = mget();
      if (mp == nullptr) {
        unlock(&sched.lock);
        throw_("checkdead: no m for timer");
      }
      // It must look for work: spinning.
      sched.nmspinning.Add(1);
      mp->spinning = true;
      mp->nextp.set(pp);
      notewakeup(&mp->park);
      return;
    }
  }

  // A timer will run something.
  for (p* pp : allp) {
    if (pp->timers.heaplen() > 0) return;
  }

  unlock(&sched.lock);  // fatal may want it for its report
  fatal("all goroutines are asleep - deadlock!");
}

// The monitor: runs on a thread of its own without a p. Takes ps out of long system calls, preempts long slices,
// polls the network if nobody does, forces a collection now and then.
void sysmon() {
  lock(&sched.lock);
  sched.nmsys++;
  checkdead();
  unlock(&sched.lock);

  int64 lasttrace = 0;
  int32 idle = 0;  // rounds in a row that found nothing to do
  uint32 delay = 0;

  for (;;) {
    if (idle == 0) {
      delay = 20;  // us
    } else if (idle > 50) {
      delay *= 2;  // after 1 ms without work
    }
    if (delay > 10 * 1000) delay = 10 * 1000;
    usleep(delay);

    // Sleep for good while nothing runs. A goroutine that leaves a system call, or a start of the world, wakes it.
    int64 now = nanotime();
    if (debug.schedtrace <= 0 && (sched.gcwaiting.Load() || idleBut(0))) {
      lock(&sched.lock);
      if (sched.gcwaiting.Load() || idleBut(0)) {
        bool syscallWake = false;
        int64 next = timeSleepUntil();
        if (next > now) {
          sched.sysmonwait.Store(true);
          unlock(&sched.lock);
          // At most half the period of the forced collection, so that it is not missed by much.
          int64 sleep = forcegcperiod / 2;
          if (next - now < sleep) sleep = next - now;
          bool shouldRelax = sleep >= osRelaxMinNS;
          if (shouldRelax) osRelax(true);
          syscallWake = notetsleep(&sched.sysmonnote, sleep);
          if (shouldRelax) osRelax(false);
          lock(&sched.lock);
          sched.sysmonwait.Store(false);
          noteclear(&sched.sysmonnote);
        }
        if (syscallWake) {
          idle = 0;
          delay = 20;
        }
      }
      unlock(&sched.lock);
    }

    lock(&sched.sysmonlock);
    // The lock may have taken time.
    now = nanotime();

    // Poll the network if it was not for 10 ms.
    int64 lastpoll = sched.lastpoll.Load();
    if (netpollinited() && lastpoll != 0 && lastpoll + 10 * 1000 * 1000 < now) {
      sched.lastpoll.CompareAndSwap(lastpoll, now);
      auto [list, delta] = netpoll(0);
      if (!list.empty()) {
        // This thread counts as running until the gs are on a queue, or checkdead would see a deadlock when
        // all others are idle: injectglist may start a thread, which may find nothing and stop.
        incidlelocked(-1);
        injectglist(&list);
        incidlelocked(1);
        netpollAdjustWaiters(delta);
      }
    }
    if (scavenger_sysmonWake()) {
      scavenger_wake();
      at<"scavenger.wake.ret">();
    }
    // Ps blocked in system calls, and long slices.
    if (retake(now) != 0) {
      idle = 0;
    } else {
      idle++;
    }
    // A collection that is overdue.
    if (gcTrigger t{gcTriggerTime, now, 0}; t.test() && forcegc.idle.Load()) {
      lock(&forcegc.lock);
      forcegc.idle.Store(false);
      gList list{};
      list.push(forcegc.g);
      injectglist(&list);
      unlock(&forcegc.lock);
    }
    if (debug.schedtrace > 0 && lasttrace + static_cast<int64>(debug.schedtrace) * 1000000 <= now) {
      lasttrace = now;
      schedtrace(debug.scheddetail > 0);
    }
    unlock(&sched.sysmonlock);
  }
}

// One slice of a goroutine, in ns.
constexpr int64 forcePreemptNS = 10 * 1000 * 1000;

// Takes ps from system calls and asks long slices to end. Returns how many ps it took.
uint32 retake(int64 now) {
  int n = 0;
  // allp must not change; the lock is dropped while a p is handed off, so the length is read each time.
  lock(&allpLock);
  for (intptr i = 0; i < allp.len; i++) {
    p* pp = allp[i];
    if (pp == nullptr) {
      // procresize has made room but not yet the p.
      continue;
    }
    sysmontick* pd = &pp->sysmontick;
    uint32 s = pp->status.Load();
    bool sysretake = false;
    if (s == _Prunning || s == _Psyscall) {
      // Ask it to yield if it is on the same tick for too long.
      int64 t = static_cast<int64>(pp->schedtick.Load());
      if (static_cast<int64>(pd->schedtick) != t) {
        pd->schedtick = static_cast<uint32>(t);
        pd->schedwhen = now;
      } else if (pd->schedwhen + forcePreemptNS <= now) {
        preemptone(pp);
        // In a system call there is nobody to hear it: the p is taken instead.
        sysretake = true;
      }
    }
    if (s == _Psyscall) {
      // Not in the first round that sees this call.
      int64 t = static_cast<int64>(pp->syscalltick.Load());
      if (!sysretake && static_cast<int64>(pd->syscalltick) != t) {
        pd->syscalltick = static_cast<uint32>(t);
        pd->syscallwhen = now;
        continue;
      }
      // Nothing to run on it, and others have time: leave it, but not for ever, or sysmon never gets to sleep.
      if (runqempty(pp) && spinningPlusIdle() > 0 && pd->syscallwhen + 10 * 1000 * 1000 > now) {
        continue;
      }
      // sched.lock comes before allpLock.
      unlock(&allpLock);
      // One running thread less before the p is given away: the one in the call counts as running, and handoffp
      // may start another. See checkdead.
      incidlelocked(-1);
      auto trace = traceAcquire();
      if (pp->status.Cas(s, _Pidle)) {
        if (trace.ok()) {
          trace.ProcSteal(pp, false);
          traceRelease(trace);
        }
        n++;
        pp->syscalltick.Add(1);
        handoffp(pp);
      } else if (trace.ok()) {
        traceRelease(trace);
      }
      incidlelocked(1);
      lock(&allpLock);
    }
  }
  unlock(&allpLock);
  return static_cast<uint32>(n);
}

// Asks every running goroutine to stop. Best effort: true if anybody was asked.
bool preemptall() {
  bool res = false;
  for (p* pp : allp) {
    if (pp->status.Load() != _Prunning) continue;
    if (preemptone(pp)) res = true;
  }
  return answers<"preemptall.ret">(res);
}

// Asks the goroutine on pp to stop. It may be another one by the time it hears it, or none: that is harmless.
// No lock is needed; what is read here may be stale.
bool preemptone(p* pp) {
  at<"preemptone">(pp);
  m* mp = pp->m.Load().ptr();
  if (mp == nullptr || mp == getg()->m) return answers<"preemptone.ret">(false);
  g* gp = mp->curg.Load();
  if (gp == nullptr || gp == mp->g0) return answers<"preemptone.ret">(false);

  gp->preempt = true;

  // Every call checks for stack overflow: this looks like one.
  gp->stackguard0 = stackPreempt;

  // And a signal, for loops without calls.
  if (preemptMSupported && debug.asyncpreemptoff == 0) {
    pp->preempt = true;
    preemptM(mp);
  }

  return answers<"preemptone.ret">(true);
}

int64 starttime;

// GODEBUG=schedtrace: one line; with scheddetail every p, m and g.
void schedtrace(bool detailed) {
  int64 now = nanotime();
  if (starttime == 0) starttime = now;

  lock(&sched.lock);
  // Loaded one by one: C++ leaves the order of a call's arguments open.
  int32 npidle = sched.npidle.Load();
  int32 nmspinning = sched.nmspinning.Load();
  uint32 needspinning = sched.needspinning.Load();
  print("SCHED ", (now - starttime) / 1000000, "ms: gomaxprocs=", gomaxprocs.plain(), " idleprocs=", npidle,
        " threads=", mcount(), " spinningthreads=", nmspinning, " needspinning=", needspinning,
        " idlethreads=", sched.nmidle, " runqueue=", sched.runqsize.plain());
  if (detailed) {
    bool gcwaiting = sched.gcwaiting.Load();
    bool sysmonwait = sched.sysmonwait.Load();
    print(" gcwaiting=", gcwaiting, " nmidlelocked=", sched.nmidlelocked, " stopwait=", sched.stopwait,
          " sysmonwait=", sysmonwait, "\n");
  }
  // Not consistent between each other: the world goes on.
  for (intptr i = 0; i < allp.len; i++) {
    p* pp = allp[i];
    m* mp = pp->m.plain().ptr();
    uint32 h = pp->runqhead.Load();
    uint32 t = pp->runqtail.Load();
    if (detailed) {
      print("  P", i, ": status=", pp->status.plain(), " schedtick=", pp->schedtick.plain(),
            " syscalltick=", pp->syscalltick.plain(), " m=");
      if (mp != nullptr) {
        print(mp->id);
      } else {
        print("nil");
      }
      print(" runqsize=", t - h, " gfreecnt=", pp->gFree.n, " timerslen=", pp->timers.heap.len, "\n");
    } else {
      // All on one line: [len1 len2 ...]
      print(" ");
      if (i == 0) print("[");
      print(t - h);
      if (i == allp.len - 1) print("]\n");
    }
  }

  if (!detailed) {
    unlock(&sched.lock);
    return;
  }

  for (m* mp = allm; mp != nullptr; mp = mp->alllink) {
    p* pp = mp->p.ptr();
    print("  M", mp->id, ": p=");
    if (pp != nullptr) {
      print(pp->id);
    } else {
      print("nil");
    }
    print(" curg=");
    if (g* curg = mp->curg.plain(); curg != nullptr) {
      print(curg->goid);
    } else {
      print("nil");
    }
    print(" mallocing=", mp->mallocing, " throwing=", static_cast<int32>(mp->throwing), " preemptoff=", mp->preemptoff,
          " locks=", mp->locks, " dying=", mp->dying, " spinning=", mp->spinning, " blocked=", mp->blocked,
          " lockedg=");
    if (g* lockedg = mp->lockedg.ptr(); lockedg != nullptr) {
      print(lockedg->goid);
    } else {
      print("nil");
    }
    print("\n");
  }

  forEachG([](g* gp) {
    print("  G", gp->goid, ": status=", readgstatus(gp), "(", String(gp->waitreason), ") m=");
    if (gp->m != nullptr) {
      print(gp->m->id);
    } else {
      print("nil");
    }
    print(" lockedm=");
    if (m* lockedm = gp->lockedm.ptr(); lockedm != nullptr) {
      print(lockedm->id);
    } else {
      print("nil");
    }
    print("\n");
  });
  unlock(&sched.lock);
}

// Lets user goroutines be scheduled, or holds them back. The world is stopped.
void schedEnableUser(bool enable) {
  at<"schedEnableUser">(enable);
  lock(&sched.lock);
  if (sched.disable.user == !enable) {
    unlock(&sched.lock);
    return;
  }
  sched.disable.user = !enable;
  if (enable) {
    int32 n = sched.disable.n;
    sched.disable.n = 0;
    globrunqputbatch(&sched.disable.runnable, n);
    unlock(&sched.lock);
    for (; n != 0 && sched.npidle.Load() != 0; n--) startm(nullptr, false, false);
  } else {
    unlock(&sched.lock);
  }
}

// Whether gp may be scheduled. sched.lock is held when that matters.
bool schedEnabled(g* gp) {
  assertLockHeld(&sched.lock);

  if (sched.disable.user) return isSystemGoroutine(gp, true);
  return true;
}

// Puts mp on the idle list. sched.lock is held.
void mput(m* mp) {
  at<"mput">(mp);
  assertLockHeld(&sched.lock);

  mp->schedlink = sched.midle;
  sched.midle.set(mp);
  sched.nmidle++;
  checkdead();
}

// Takes one from it: the last that came, its caches are the warmest. sched.lock is held.
m* mget() {
  assertLockHeld(&sched.lock);

  m* mp = sched.midle.ptr();
  if (mp != nullptr) {
    sched.midle = mp->schedlink;
    sched.nmidle--;
  }
  at<"mget">(mp);
  return mp;
}

// To the tail of the global queue. sched.lock is held.
void globrunqput(g* gp) {
  at<"globrunqput">(gp);
  assertLockHeld(&sched.lock);

  sched.runq.pushBack(gp);
  sched.runqsize.Add(1);
}

// To its head. sched.lock is held.
void globrunqputhead(g* gp) {
  at<"globrunqputhead">(gp);
  assertLockHeld(&sched.lock);

  sched.runq.push(gp);
  sched.runqsize.Add(1);
}

// A batch of n to its tail; empties the batch. sched.lock is held.
void globrunqputbatch(gQueue* batch, int32 n) {
  at<"globrunqputbatch">(n);
  assertLockHeld(&sched.lock);

  sched.runq.pushBackAll(*batch);
  sched.runqsize.Add(n);
  *batch = gQueue{};
}

// Takes this p's share of the global queue: one g to run, the rest into the local queue. max > 0 bounds the share.
// sched.lock is held.
g* globrunqget(p* pp, int32 max) {
  assertLockHeld(&sched.lock);

  if (sched.runqsize.plain() == 0) return nullptr;

  int32 n = sched.runqsize.plain() / gomaxprocs.plain() + 1;
  if (n > sched.runqsize.plain()) n = sched.runqsize.plain();
  if (max > 0 && n > max) n = max;
  if (n > static_cast<int32>(std::size(pp->runq)) / 2) n = static_cast<int32>(std::size(pp->runq)) / 2;

  sched.runqsize.Add(-n);

  g* gp = sched.runq.pop();
  n--;
  for (; n > 0; n--) {
    g* gp1 = sched.runq.pop();
    prefetchAhead(gp1);
    runqput(pp, gp1, false);
  }
  return gp;
}

// Puts pp on the idle list. Returns the time, read here if now is 0. sched.lock is held, pp has no work.
// idlepMask is set while no thread has the p and cleared before one does, so a stealer that reads it as set may skip.
int64 pidleput(p* pp, int64 now) {
  assertLockHeld(&sched.lock);

  if (!runqempty(pp)) throw_("pidleput: P has non-empty run queue");
  if (now == 0) now = nanotime();
  if (pp->timers.length() == 0) timerpMask.clear(static_cast<uint32>(pp->id));
  idlepMask.set(static_cast<uint32>(pp->id));
  pp->link = sched.pidle.plain();
  sched.pidle.Store(puintptr(pp));
  sched.npidle.Add(1);
  if (!pp->limiterEvent.start(limiterEventIdle, now)) throw_("must be able to track idle limiter event");
  return now;
}

// Takes a p from the idle list, or none. sched.lock is held.
pidlegetResult pidleget(int64 now) {
  assertLockHeld(&sched.lock);

  p* pp = sched.pidle.plain().ptr();
  if (pp != nullptr) {
    // It may get timers before the next pidleput.
    if (now == 0) now = nanotime();
    timerpMask.set(static_cast<uint32>(pp->id));
    idlepMask.clear(static_cast<uint32>(pp->id));
    sched.pidle.Store(pp->link);
    sched.npidle.Add(-1);
    pp->limiterEvent.stop(limiterEventIdle, now);
  }
  return {pp, now};
}

// For a thread that is, or is about to make, a spinner: if there is no idle p, leaves a mark for the next thread
// that gives one up. sched.lock is held.
pidlegetResult pidlegetSpinning(int64 now) {
  assertLockHeld(&sched.lock);

  auto [pp, tnow] = pidleget(now);
  if (pp == nullptr) {
    // See needspinning at the head of the file.
    sched.needspinning.Store(1);
    return {nullptr, tnow};
  }
  return {pp, tnow};
}

// Whether pp has no g on its queue. Never true by accident: a g that moves from runnext to the ring while the three
// are read changes the tail, and the look is repeated.
bool runqempty(p* pp) {
  for (;;) {
    uint32 head = pp->runqhead.Load();
    uint32 tail = pp->runqtail.Load();
    guintptr runnext = pp->runnext.Load();
    if (tail == pp->runqtail.Load()) return head == tail && runnext == 0;
  }
}

// Puts gp on pp's queue. next: into runnext, and what was there to the tail. A full ring spills into the global
// queue. Only the owner may call it.
void runqput(p* pp, g* gp, bool next) {
  at<"runqput">(pp, gp, next);
  if (!haveSysmon && next) {
    // Without preemption two goroutines that pass runnext to each other would starve the rest.
    next = false;
  }

  if (next) {
    guintptr oldnext;
    do {
      oldnext = pp->runnext.Load();
    } while (!pp->runnext.Cas(oldnext, guintptr(gp)));  // a stealer may take it in between
    if (oldnext == 0) return;
    // The one that was kicked out.
    gp = oldnext.ptr();
  }

retry:
  uint32 h = pp->runqhead.LoadAcq();  // pairs with the consumers' CasRel: the slots they freed may be reused
  uint32 t = pp->runqtail.plain();
  if (t - h < std::size(pp->runq)) {
    pp->runq[t % std::size(pp->runq)].set(gp);
    pp->runqtail.StoreRel(t + 1);  // pairs with the stealers' LoadAcq: the slot is filled before it is visible
    // The caller looks next whether somebody is to be woken. What came before the Cas is visible by now; who was kicked
    // out may not be.
    if (next) fenceBeforeWake();
    return;
  }
  if (runqputslow(pp, gp, h, t)) return;
  // The queue was not full any more: somebody stole.
  goto retry;
}

// The older half of the ring and gp to the global queue. False: the head moved. Only the owner may call it.
bool runqputslow(p* pp, g* gp, uint32 h, uint32 t) {
  constexpr uint32 half = std::size(decltype(pp->runq){}) / 2;
  g* batch[half + 1];

  uint32 n = t - h;
  n = n / 2;
  if (n != half) throw_("runqputslow: queue is not full");
  for (uint32 i = 0; i < n; i++) batch[i] = pp->runq[(h + i) % std::size(pp->runq)].ptr();
  if (!pp->runqhead.CasRel(h, h + n)) return false;  // commits the read of the slots
  batch[n] = gp;

  // Linked without the lock.
  for (uint32 i = 0; i < n; i++) {
    batch[i]->schedlink.set(batch[i + 1]);
    if (i + aheadBy <= n) linkAhead(batch[i], batch[i + aheadBy]);
  }

  gQueue q{};
  q.head.set(batch[0]);
  q.tail.set(batch[n]);

  lock(&sched.lock);
  globrunqputbatch(&q, static_cast<int32>(n + 1));
  unlock(&sched.lock);
  return true;
}

// A batch to the tail; what does not fit to the global queue. Only the owner may call it.
void runqputbatch(p* pp, gQueue* q, int32 qsize) {
  uint32 h = pp->runqhead.LoadAcq();  // as in runqput
  uint32 t = pp->runqtail.plain();
  uint32 n = 0;
  while (!q->empty() && t - h < std::size(pp->runq)) {
    g* gp = q->pop();
    pp->runq[t % std::size(pp->runq)].set(gp);
    t++;
    n++;
  }
  qsize -= static_cast<int32>(n);

  pp->runqtail.StoreRel(t);  // as in runqput: all slots are filled before any is visible
  if (!q->empty()) {
    lock(&sched.lock);
    globrunqputbatch(q, qsize);
    unlock(&sched.lock);
  }
}

// The next g of pp. inheritTime: it came from runnext and goes on in the current slice. Only the owner may call it.
runqgetResult runqget(p* pp) {
  // Only the owner sets runnext to a g; others only clear it. So one failed CAS means it is empty.
  guintptr next = pp->runnext.Load();
  if (next != 0 && pp->runnext.Cas(next, 0)) return {next.ptr(), true};

  for (;;) {
    uint32 h = pp->runqhead.LoadAcq();  // pairs with the other consumers' CasRel
    uint32 t = pp->runqtail.plain();    // only the owner writes it
    if (t == h) return {nullptr, false};
    g* gp = pp->runq[h % std::size(pp->runq)].ptr();
    if (pp->runqhead.CasRel(h, h + 1)) return {gp, false};  // commits the read of the slot
  }
}

// Everything on pp's queue, in order, runnext first. Only the owner may call it.
std::pair<gQueue, uint32> runqdrain(p* pp) {
  at<"runqdrain">(pp);
  gQueue drainQ{};
  uint32 n = 0;
  guintptr oldNext = pp->runnext.Load();
  if (oldNext != 0 && pp->runnext.Cas(oldNext, 0)) {
    drainQ.pushBack(oldNext.ptr());
    n++;
  }

retry:
  uint32 h = pp->runqhead.LoadAcq();  // pairs with the other consumers' CasRel
  uint32 t = pp->runqtail.plain();
  uint32 qn = t - h;
  if (qn == 0) return {drainQ, n};
  if (qn > std::size(pp->runq)) goto retry;  // head and tail of different moments

  // The slots are ours before they are read: the owner is the only one who fills them, so they stay.
  if (!pp->runqhead.CasRel(h, h + qn)) goto retry;

  for (uint32 i = 0; i < qn; i++) {
    g* gp = pp->runq[(h + i) % std::size(pp->runq)].ptr();
    drainQ.pushBack(gp);
    n++;
  }
  return {drainQ, n};
}

// Takes half of pp's ring (rounded up) into batch from batchHead on; from an empty one runnext, if that is wanted.
// Any p may call it. Returns how many.
uint32 runqgrab(p* pp, guintptr (&batch)[256], uint32 batchHead, bool stealRunNextG) {
  for (;;) {
    uint32 h = pp->runqhead.LoadAcq();  // pairs with the other consumers' CasRel
    uint32 t = pp->runqtail.LoadAcq();  // pairs with the producer's StoreRel
    uint32 n = t - h;
    n = n - n / 2;
    if (n == 0) {
      if (stealRunNextG) {
        // The owner is likely to block soon and run it itself: a g that readies another and then parks is the
        // most common pattern. 3 us are enough for that, and little against the cost of moving it.
        if (guintptr next = pp->runnext.Load(); next != 0) {
          if (pp->status.Load() == _Prunning) {
            if (!osHasLowResTimer) {
              usleep(3);
            } else {
              osyield();
            }
          }
          if (!pp->runnext.Cas(next, 0)) continue;
          batch[batchHead % std::size(batch)] = next;
          return 1;
        }
      }
      return 0;
    }
    if (n > std::size(pp->runq) / 2) continue;  // head and tail of different moments
    for (uint32 i = 0; i < n; i++) {
      guintptr gp = pp->runq[(h + i) % std::size(pp->runq)];
      batch[(batchHead + i) % std::size(batch)] = gp;
    }
    if (pp->runqhead.CasRel(h, h + n)) return n;  // commits the reads: had the owner wrapped around, h had moved
  }
}

// Steals from p2 into pp's ring. Returns one of them to run at once, or nullptr. Only pp's owner may call it.
g* runqsteal(p* pp, p* p2, bool stealRunNextG) {
  uint32 t = pp->runqtail.plain();
  uint32 n = runqgrab(p2, pp->runq, t, stealRunNextG);
  if (n == 0) return nullptr;
  n--;
  g* gp = pp->runq[(t + n) % std::size(pp->runq)].ptr();
  if (n == 0) return gp;
  uint32 h = pp->runqhead.LoadAcq();  // pairs with the consumers' CasRel: who stole from us freed the slots first
  if (t - h + n >= std::size(pp->runq)) throw_("runqsteal: runq overflow");
  pp->runqtail.StoreRel(t + n);  // pairs with the stealers' LoadAcq: runqgrab has filled the slots
  return gp;
}

// A queue of gs linked through schedlink; a g is on one list at a time.
void gQueue::push(g* gp) {
  gp->schedlink = head;
  head.set(gp);
  if (tail == 0) tail.set(gp);
}

void gQueue::pushBack(g* gp) {
  gp->schedlink = 0;
  if (tail != 0) {
    tail.ptr()->schedlink.set(gp);
  } else {
    head.set(gp);
  }
  tail.set(gp);
}

// q2 must not be used afterwards.
void gQueue::pushBackAll(gQueue q2) {
  if (q2.tail == 0) return;
  q2.tail.ptr()->schedlink = 0;
  if (tail != 0) {
    tail.ptr()->schedlink = q2.head;
  } else {
    head = q2.head;
  }
  tail = q2.tail;
}

g* gQueue::pop() {
  g* gp = head.ptr();
  if (gp != nullptr) {
    head = gp->schedlink;
    if (head == 0) tail = 0;
  }
  return gp;
}

// The whole queue as a list.
gList gQueue::popList() {
  gList stack{head};
  *this = gQueue{};
  return stack;
}

// A stack of gs linked through schedlink.
void gList::push(g* gp) {
  gp->schedlink = head;
  head.set(gp);
}

void gList::pushAll(gQueue q) {
  if (!q.empty()) {
    q.tail.ptr()->schedlink = head;
    head = q.head;
  }
}

g* gList::pop() {
  g* gp = head.ptr();
  if (gp != nullptr) head = gp->schedlink;
  return gp;
}

// The limit on threads; returns the old one.
int32 setMaxThreads(int64 in) {
  at<"setMaxThreads">(in);
  lock(&sched.lock);
  int32 out = sched.maxmcount;
  if (in > 0x7fffffff) {
    sched.maxmcount = 0x7fffffff;
  } else {
    sched.maxmcount = static_cast<int32>(in);
  }
  checkmcount();
  unlock(&sched.lock);
  return out;
}

// Keeps the goroutine on its p until procUnpin. Returns the p's id.
int32 procPin() {
  g* gp = getg();
  m* mp = gp->m;

  mp->locks++;
  return mp->p.ptr()->id;
}

void procUnpin() {
  g* gp = getg();
  gp->m->locks--;
}

int32 sync_runtime_procPin() { return procPin(); }

void sync_runtime_procUnpin() { procUnpin(); }

int32 sync_atomic_runtime_procPin() { return procPin(); }

void sync_atomic_runtime_procUnpin() { procUnpin(); }

// Whether a mutex should spin once more: only if another p runs and this one has nothing else to do.
bool internal_sync_runtime_canSpin(int32 i) {
  at<"canSpin">(i);
  if (i >= active_spin || ncpu <= 1) return false;
  int32 idle = sched.npidle.Load();
  if (gomaxprocs.plain() <= idle + sched.nmspinning.Load() + 1) return false;
  if (p* pp = getg()->m->p.ptr(); !runqempty(pp)) return false;
  return true;
}

void internal_sync_runtime_doSpin() { procyield(active_spin_cnt); }

bool sync_runtime_canSpin(int32 i) { return internal_sync_runtime_canSpin(i); }

void sync_runtime_doSpin() { internal_sync_runtime_doSpin(); }

// The orders in which ps are visited for stealing.
randomOrder stealOrder;

// With count ps: any start, and any step that has no factor in common with count, visits each p once.
void randomOrder::reset(uint32 count) {
  this->count = count;
  coprimes.clear();
  for (uint32 i = 1; i <= count; i++) {
    if (gcd(i, count) == 1) coprimes.push_back(i);
  }
}

randomEnum randomOrder::start(uint32 i) const {
  return randomEnum{
      .i = 0,
      .count = count,
      .pos = i % count,
      .inc = coprimes[i / count % coprimes.size()],
  };
}

bool randomEnum::done() const { return i == count; }

void randomEnum::next() {
  i++;
  pos = (pos + inc) % count;
}

uint32 randomEnum::position() const { return pos; }

uint32 gcd(uint32 a, uint32 b) {
  while (b != 0) {
    uint32 r = a % b;
    a = b;
    b = r;
  }
  return a;
}

}  // namespace runtime
