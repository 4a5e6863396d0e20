// Taking the P from a goroutine that stays on its thread. No Go file has this; Go 1.26 takes Ps out of system calls in
// a similar way.
//
// Go ends a time slice by taking the goroutine off its thread, at any instruction: its compiler knows what is where.
// C++ code cannot be moved like that. A lock belongs to the thread that took it, a compiler keeps the address of errno
// or of a thread_local as long as it likes, call_once hands its function over in one, x87 values lie in the thread. So
// the goroutine keeps its thread, and what is taken from it is the P, as if it had made a system call just there:
// status _Gsyscall, the P in _Psyscall, from where sysmon hands it on, at once if there is work for it. The code runs
// on and knows nothing. The next call into the runtime ends the "system call" first (enterRequested), and may have to
// wait for a P there, or go on on another thread: at a call, where C++ programs expect the world to change.
//
// So nothing that C or C++ code does can stop the program: whoever computes, waits for a std::mutex or sits in read(2)
// loses the P after a slice. For calls of libc that block there are wrappers that do not wait for it (libc_linux.cc).
//
// No signal. Who takes the P does all of it from outside, so no system call of the program's ends with EINTR for it.
// The difficulty is to know that the goroutine does not enter the runtime at this very moment. The two sides are:
//
//     the goroutine                            who takes the P
//     mark = 1                                 stackguard0 = stackPreempt (preemptone)
//     look at stackguard0                      a fence on every thread (membarrier)
//                                              look at the mark
//
// One of the two sees the other. If the mark is 0 behind the fence, then whoever enters from now on sees the request,
// and waits for handoffLock, which is held until the books are right. Other stores to stackguard0 are made by the
// runtime only, so behind a mark of 1, and are seen by who saw the mark go back to 0 (release and acquire): the request
// is looked at once more after the mark. A goroutine that has not begun, or is dead, has the mark set; goexit, the
// assembly, takes it away after execute has put stackguard0 back. Where there is no membarrier, the thread is sent a
// signal and its handler takes the P: it interrupts the one side, so the order of its instructions does not matter.
//
// Stopping the world. reentersyscall looks at sched.gcwaiting when the P is up for grabs, and gives it up by itself if
// so. Here it depends on who takes the P:
//   * the stopper's first round, with sched.lock held: it looks at all Ps in system calls right after;
//   * its later rounds, without locks: the P is stopped here, as entersyscall_gcwait does;
//   * sysmon, with allpLock held, which comes after sched.lock: it undoes what it did, and leaves it to the stopper.
// The same with forEachP's function.
//
// The bound. A program of many goroutines that compute and never call the runtime would have a thread for each after a
// while. So sysmon takes no more Ps when setHandoffMax threads compute without one. Threads that sleep in the kernel do
// not count: a look at their processor time tells.
//
// Invariants
//   * A goroutine is handed off exactly while its status is _Gsyscall and syscallsp is the upper end of its stack,
//     which no caller's sp is.
//   * The status goes from _Grunning to that, and back if it is undone, under handoffLock; the end is the goroutine's
//     own affair, since nobody else touches one in a system call.
#include "runtime/handoff.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "runtime/boundary.h"
#include "runtime/exit.h"
#include "runtime/preempt.h"
#include "runtime/proc_decl.h"
#include "runtime/seam.h"
#include "runtime/signal_unix_decl.h"
#include "runtime/trace.h"

namespace runtime {

asyncPreemptMode preemptMode = asyncPreemptMode::handoff;

namespace {

mutex handoffLock;  // taken with any other lock held; nothing is taken under it

int32 handoffMax = 64;  // atomic
atomic::Int32<> handedOff;
atomic::Uint64<> taken, refusedInside, refusedFull, undone;

// The processor time of mp's thread so far, in ns; 0 if it cannot be told.
int64 cpuTime(const m* mp) {
  constexpr clockid_t perThread = 4, sched = 2;
  timespec ts;
  clockid_t clock = (~static_cast<clockid_t>(mp->procid) << 3) | perThread | sched;
  if (clock_gettime(clock, &ts) != 0) return 0;
  return int64{ts.tv_sec} * 1000000000 + ts.tv_nsec;
}

// Whether mp's thread computes: its processor time has moved since a look some time ago. What was seen is kept in
// fields of m that Go has for C calls of other systems: the time then, and behind it the answer.
bool computes(m* mp) {
  constexpr int64 while_ = 20'000'000;  // ns; a thread that others crowd out gets something in it
  int64 now = nanotime();
  if (now - static_cast<int64>(mp->libcallsp >> 1) >= while_) {
    int64 cpu = cpuTime(mp);
    bool moved = cpu != static_cast<int64>(mp->libcallpc);
    mp->libcallpc = static_cast<uintptr>(cpu);
    mp->libcallsp = static_cast<uintptr>(now) << 1 | moved;
  }
  return (mp->libcallsp & 1) != 0;
}

// Whether as many threads compute without a P as may. Under handoffLock.
bool full() {
  int32 most = __atomic_load_n(&handoffMax, __ATOMIC_RELAXED);
  if (handedOff.Load() < most) return false;
  int32 n = 0;
  for (m* mp = allm; mp != nullptr && n < most; mp = mp->alllink) {
    g* gp = mp->curg.Load();
    if (gp != nullptr && !mp->isExtraInC && isHandedOff(gp) && computes(mp)) n++;
  }
  return n >= most;
}

// gp's books: in a system call, its frames unknown. The caller owns gp's status.
void sayHandedOff(g* gp) {
  gp->syscallsp = gp->stack.hi;
  gp->syscallpc = 0;
  gp->syscallbp = 0;
}

// The P of mp is up for grabs. What reentersyscall does, and in its order. A new slice begins: whoever is next may
// inherit the time, and must not inherit that it is over.
void letGo(m* mp, p* pp) {
  pp->schedtick.Add(1);
  mp->syscalltick = pp->syscalltick.plain();
  pp->m.Store(0);
  mp->oldp.set(pp);
  mp->p = 0;
  pp->status.Store(_Psyscall);  // from here on it may be taken
}

enum class caller { free, stopper, sysmon };

// Who asks, by the locks that it holds.
caller whoAsks() {
  uintptr held = heldMutexes(getg()->m);
  if (held == 0) return caller::free;
  return held == reinterpret_cast<uintptr>(&sched.lock) ? caller::stopper : caller::sysmon;
}

bool worldIsStopping(const p* pp) { return sched.gcwaiting.Load() || pp->runSafePointFn.Load() != 0; }

// pp was let go, and goes to somebody else, unless its goroutine has it again. Without locks.
void handOff(p* pp) {
  auto trace = traceAcquire();
  if (pp->status.Cas(_Psyscall, _Pidle)) {
    if (trace.ok()) {
      trace.ProcSteal(pp, false);
      traceRelease(trace);
    }
    pp->syscalltick.Add(1);
    handoffp(pp);
  } else if (trace.ok()) {
    traceRelease(trace);
  }
}

// pp was let go. The world is being stopped, or forEachP waits for it: see to it, as entersyscall_gcwait and
// reentersyscall do. Without locks.
void giveUp(p* pp) {
  if (pp->runSafePointFn.Load() != 0) {
    handOff(pp);
    return;
  }
  lock(&sched.lock);
  auto trace = traceAcquire();
  if (sched.stopwait > 0 && pp->status.Cas(_Psyscall, _Pgcstop)) {
    if (trace.ok()) trace.ProcSteal(pp, false);
    pp->gcStopTime = nanotime();
    pp->syscalltick.Add(1);
    if (--sched.stopwait == 0) notewakeup(&sched.stopnote);
  }
  if (trace.ok()) traceRelease(trace);
  unlock(&sched.lock);
}

// pp was let go for sysmon, and there is work for it: hands it on at once, as retake does with a P that has been in a
// system call for long. sysmon's next round may be 10 ms away. With allpLock, which is let go meanwhile.
void handOn(p* pp) {
  int32 others = sched.nmspinning.Load();
  others += sched.npidle.Load();
  if (runqempty(pp) && others > 0) return;  // whoever left it may have it back
  unlock(&allpLock);
  incidlelocked(-1);
  handOff(pp);
  incidlelocked(1);
  lock(&allpLock);
}

// Under handoffLock. Returns the P that was taken, or nullptr.
p* take(m* mp, g* gp, caller who) {
  if (__atomic_load_n(boundaryMark(gp), __ATOMIC_ACQUIRE) != 0 || !isRequested(gp)) {
    refusedInside.Add(1);
    return nullptr;
  }
  // gp is in the program's code now, and cannot leave it.
  if (readgstatus(gp) != _Grunning || gp->m != mp || mp->curg.Load() != gp || mp->p == 0 || !canPreemptM(mp)) {
    refusedInside.Add(1);
    return nullptr;
  }
  p* pp = mp->p.ptr();
  const bool stopping = worldIsStopping(pp);
  if (who == caller::sysmon && stopping) return nullptr;
  if (!stopping && full()) {
    refusedFull.Add(1);
    return nullptr;
  }

  auto trace = traceAcquireFor(mp);
  if (trace.ok()) trace.GoHandoff();
  gp->throwsplit = true;
  sayHandedOff(gp);
  casgstatus(gp, _Grunning, _Gsyscall);
  if (trace.ok()) traceReleaseFor(trace);
  letGo(mp, pp);
  if (who == caller::sysmon && worldIsStopping(pp) && pp->status.Cas(_Psyscall, _Prunning)) {
    undone.Add(1);
    trace = traceAcquireFor(mp);
    if (trace.ok()) trace.GoHandoffEnd(pp);
    mp->p.set(pp);
    mp->oldp = 0;
    pp->m.Store(muintptr(mp));
    casgstatus(gp, _Gsyscall, _Grunning);
    gp->syscallsp = 0;
    gp->throwsplit = false;
    if (trace.ok()) traceReleaseFor(trace);
    return nullptr;
  }
  gp->preempt = false;  // it has been obeyed
  handedOff.Add(1);
  taken.Add(1);
  return pp;
}

}  // namespace

bool isHandedOff(const g* gp) {
  return (readgstatus(const_cast<g*>(gp)) & ~_Gscan) == _Gsyscall && gp->syscallsp == gp->stack.hi;
}

void handoffM(m* mp) {
  g* gp = mp->curg.Load();
  // Most that are asked are in the runtime, or will be before anybody misses them: no fence for them.
  if (gp == nullptr || gp == mp->g0 || *boundaryMark(gp) != 0) {
    refusedInside.Add(1);
    return;
  }
  caller who = whoAsks();
  lock(&handoffLock);
  bool fenced = mp == getg()->m || syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
  p* pp = fenced ? take(mp, gp, who) : nullptr;
  unlock(&handoffLock);
  if (pp == nullptr) return;
  if (who == caller::free && worldIsStopping(pp)) giveUp(pp);
  if (who == caller::sysmon) handOn(pp);
}

int32 setHandoffMax(int32 n) {
  if (n <= 0) return __atomic_load_n(&handoffMax, __ATOMIC_RELAXED);
  return __atomic_exchange_n(&handoffMax, n, __ATOMIC_RELAXED);
}

handoffStats readHandoffStats() {
  return {taken.Load(), refusedInside.Load(), refusedFull.Load(), undone.Load(), handedOff.Load()};
}

void handoffEnd(g* gp) {
  // Whoever takes the P has finished, or sees the mark.
  lock(&handoffLock);
  unlock(&handoffLock);
  if (readgstatus(gp) != _Gsyscall) return;
  if (gp->syscallsp == gp->stack.hi) handedOff.Add(-1);
  exitsyscall();
}

// ---- Calls of libc.

namespace {

// Enters the system call that libcCall stands for, with its caller's frame, which stays where it is until the call
// returns. False: gp has no P to lose.
bool enterCall(g* gp, uintptr pc, uintptr sp) {
  if (isRequested(gp)) {
    // Not the place to give way; but somebody may be taking the P.
    lock(&handoffLock);
    unlock(&handoffLock);
  }
  if (readgstatus(gp) != _Grunning || gp->m->p == 0 || gp->m->locks != 0) return false;
  reentersyscall(pc, sp, 0);
  return true;
}

// The other end: a P if there is one to be had, the old one first. What exitsyscall does when it is lucky.
void leaveCall(g* gp) {
  m* mp = gp->m;
  mp->locks++;
  gp->waitsince = 0;
  p* oldp = mp->oldp.ptr();
  mp->oldp = 0;
  if (!exitsyscallfast(oldp)) {
    mp->oldp.set(oldp);
    if (gp->syscallsp != gp->stack.hi) {
      sayHandedOff(gp);
      handedOff.Add(1);
    }
    mp->locks--;
    return;
  }
  if (gp->syscallsp == gp->stack.hi) handedOff.Add(-1);
  auto trace = traceAcquire();
  if (trace.ok()) {
    bool lostP = oldp != mp->p.ptr() || mp->syscalltick != mp->p.ptr()->syscalltick.plain();
    systemstack([&] {
      trace.GoSysExit(lostP);
      if (lostP) trace.GoStart();
    });
  }
  mp->p.ptr()->syscalltick.Add(1);
  casgstatus(gp, _Gsyscall, _Grunning);
  if (trace.ok()) traceRelease(trace);
  gp->syscallsp = 0;
  mp->locks--;
  gp->stackguard0 = gp->preempt ? stackPreempt : gp->stack.lo + stackGuard;
  gp->throwsplit = false;
}

// The goroutine of this thread, if it is in the program's code.
g* programs() {
  g* gp = getg();
  if (gp == nullptr || gp->m == nullptr || gp->m->curg.plain() != gp || *boundaryMark(gp) != 0) return nullptr;
  if (isExiting()) return nullptr;  // nobody wants the P
  return gp;
}

// Whether preempting means a signal. One that was sent just before the call, or by the timer of a try that found no
// safe point (preemptRetry), would end it with EINTR, which no program expects that has installed no handler.
bool preemptsBySignal() {
  return preemptMode == asyncPreemptMode::move || (preemptMode == asyncPreemptMode::handoff && unlockNeedsFence);
}

bool holdPreemptSignal(bool hold) {
  const uint64 mask = uint64{1} << (sigPreempt - 1);
  uint64 before = 0;
  syscall(SYS_rt_sigprocmask, hold ? SIG_BLOCK : SIG_UNBLOCK, &mask, &before, sizeof mask);
  return (before & mask) == 0;
}

}  // namespace

[[gnu::noinline]] libcCall::libcCall() {
  g* gp = programs();
  if (gp == nullptr) return;
  if (preemptsBySignal()) holds_ = holdPreemptSignal(true);
  __atomic_store_n(boundaryMark(gp), static_cast<signed char>(1), __ATOMIC_RELAXED);
  asm volatile("" ::: "memory");
  // Whoever has no P may find one afterwards.
  if (enterCall(gp, getcallerpc(), getcallersp()) || isHandedOff(gp)) gp_ = gp;
  __atomic_store_n(boundaryMark(gp), static_cast<signed char>(0), __ATOMIC_RELEASE);
}

[[gnu::noinline]] libcCall::~libcCall() {
  int err = errno;
  leave();
  if (holds_) holdPreemptSignal(false);
  errno = err;
}

[[gnu::noinline]] void libcCall::leave() {
  if (gp_ == nullptr || readgstatus(gp_) != _Gsyscall) return;  // a handler of the program's has called the runtime
  __atomic_store_n(boundaryMark(gp_), static_cast<signed char>(1), __ATOMIC_RELAXED);
  leaveCall(gp_);
  __atomic_store_n(boundaryMark(gp_), static_cast<signed char>(0), __ATOMIC_RELEASE);
}

}  // namespace runtime
