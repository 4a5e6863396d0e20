// Threads that the runtime did not make: Go's cgocall.go, with what its assembly and runtime/cgo have for the way in.
//
// In Go such a thread comes out of C and calls a function that was exported to it. The border is a call, so Go can
// change the stack there: the thread takes an extra m (needm), its own stack is g0's, and the function runs on the
// stack of the m's goroutine. In C++ the border is the boundary (boundary.h), in the middle of some function that
// stands on the thread's stack already. So it is the other way round here: the goroutine has the thread's stack, and
// g0 one of its own. Everything else is as in Go:
//
//   * The goroutine is wired to its m, and the m to the thread until that ends (cgoBindM), where a destructor of
//     pthread's gives it back (dropm) for the next thread.
//   * Outside of the runtime the goroutine is in a system call. Coming in is exitsyscall, which may wait for a P; going
//     out is reentersyscall, so the P is there for who comes back soon, and sysmon takes it otherwise. If something is
//     queued on it and no other P would look for that, it goes at once: who was just woken waits for no monitor.
//   * Outside of the runtime the thread has no g. What it does there, signals and faults included, is the affair of the
//     program, as on any thread.
//
// The first thread of its kind finds no extra m. A program of Go's that is linked with C makes one at the start, and
// then one ahead. Most programs here never need one, and it would take a number from the goroutines'; so who comes
// makes it, with an m that is lent for as long as that takes.
//
// The upper end of the goroutine's stack is a thread_local, gExtra, because a goroutine's gExtra lies there (cxx.h).
// libc puts the static thread-local storage of a thread above its stack. Where it does not, the thread is refused.
//
// Deadlocks. A thread that is outside may come back and wake somebody, so its m counts as one that runs. One that has
// not come yet is seen in the system's list of threads, which checkdead asks when it would say that all goroutines are
// asleep (foreignThreadsAwake). When a thread that had an m ends, the question is asked again.
//
// fork. The child has one thread. Other goroutines, with the locks that they hold, are copies that nobody runs. So the
// child's thread loses its g: C++ goes on, as after any fork in a program of threads; a call of the runtime is told.
#include <pthread.h>
#include <signal.h>

#include "runtime/boundary.h"
#include "runtime/cxx.h"
#include "runtime/exit.h"
#include "runtime/handoff.h"
#include "runtime/os_linux_decl.h"
#include "runtime/proc_decl.h"
#include "runtime/signal_unix_decl.h"
#include "runtime/trace.h"

namespace runtime {

namespace {

constexpr uint32 systemStackSize = 1 << 20;  // as the runtime's own threads have

thread_local m* boundM;       // this thread's m, from its first call on
thread_local stack_t ownSignalStack;  // what it had before

pthread_mutex_t bindLock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;  // taken before the runtime's own
pthread_key_t exitKey;
bool forked;  // this is the child of a fork

[[noreturn]] void refuse(const char* why) {
  writeErrStr(why);
  exit(2);
}

// f as if on g0, of an m that is lent. Under bindLock, signals blocked, without a g.
template <class F>
void withLentM(F f) {
  alignas(mutexMMask + 1) static constinit m lentM;
  static constinit g lentG0;
  lentG0.m = &lentM;
  lentM.g0 = &lentG0;
  lentM.p.set(allp[0]);  // only that there is one: nothing is allocated from it
  setg(&lentG0);
  f();
  setg(nullptr);
}

// Makes an extra m, as newextram does for who has a goroutine. Likewise.
void makeExtraM() {
  withLentM(newextram);
  // Neither stack is the one that will be used.
  m* mp = reinterpret_cast<m*>(extraM.Load());
  withLentM([=] {
    for (g* gp : {mp->g0, mp->curg.plain()}) {
      stackfree(gp->stack);
      gp->stack = stack{0, 0};
    }
  });
}

// Gives pp, which a system call of this thread's has left, to who would run what is queued there. On g0.
void passOn(p* pp) {
  auto trace = traceAcquire();
  if (!pp->status.Cas(_Psyscall, _Pidle)) {
    if (trace.ok()) traceRelease(trace);
    return;
  }
  if (trace.ok()) {
    trace.ProcSteal(pp, false);
    traceRelease(trace);
  }
  pp->syscalltick.Add(1);
  handoffp(pp);
}

m* bind() {
  pthread_mutex_lock(&bindLock);
  cgoHasExtraM = true;
  sigset mask;
  sigsave(&mask);
  sigblock(false);
  if (extraMLength.Load() == 0) makeExtraM();
  msigrestore(mask);
  sigaltstack(nullptr, &ownSignalStack);
  needAndBindM();
  pthread_mutex_unlock(&bindLock);
  return boundM;
}

// The thread ends: pthread's destructor of exitKey.
void threadEnds(void*) {
  m* mp = boundM;
  if (mp == nullptr || forked || isExiting()) return;
  boundM = nullptr;
  sigset mask;
  sigsave(&mask);
  sigblock(false);
  pthread_mutex_lock(&bindLock);  // who makes an extra m finds it at the head of the list: no other one comes there
  setg(mp->g0);
  if (p* pp = mp->oldp.ptr(); pp != nullptr) passOn(pp);
  mp->oldp = 0;
  stackfree(mp->g0->stack);
  mp->isExtraInC = true;
  mp->sigmask = mask;
  dropm();
  sigaltstack(&ownSignalStack, nullptr);

  sigblock(false);
  withLentM([] {
    lock(&sched.lock);
    checkdead();
    unlock(&sched.lock);
  });
  msigrestore(mask);
  pthread_mutex_unlock(&bindLock);
}

}  // namespace

// Under sched.lock, so bindLock cannot be waited for: who has it is on the way in or out, and will ask again.
bool foreignThreadsAwake() {
  if (pthread_mutex_trylock(&bindLock) != 0) return true;
  bool awake = hasUnknownThreads();
  for (m* mp = allm; mp != nullptr && !awake; mp = mp->alllink) {
    if (!mp->isextra || mp->procid == 0) continue;
    const uint32 status = readgstatus(mp->lockedg.ptr()) & ~_Gscan;
    awake = status != _Gdead && status != _Gwaiting;
  }
  pthread_mutex_unlock(&bindLock);
  return awake;
}

bool canEnterForeign() { return mainStarted && !forked; }

// cgocallback, the way in.
signed char* enterForeign() {
  if (forked) {
    refuse("fatal error: gort called in the child of a fork: all that it may do is exec, or end by _exit or exit\n");
  }
  if (!mainStarted) {
    refuse("fatal error: gort called before it has started: that is gort::Run's, or gort_main's, doing\n");
  }
  m* mp = boundM;
  if (mp == nullptr) mp = bind();
  g* gp = mp->curg.plain();
  setg(gp);
  mp->isExtraInC = false;
  mp->signalPending.Store(0);  // what was sent while the thread was outside found nobody
  signed char* mark = boundaryMark(gp);
  __atomic_store_n(mark, static_cast<signed char>(1), __ATOMIC_RELAXED);
  exitsyscall();
  return mark;
}

// The way out.
void leaveForeign() {
  g* gp = getg();
  m* mp = gp->m;
  // gort::EnterSyscall has done it.
  if (readgstatus(gp) != _Gsyscall) reentersyscall(getcallerpc(), gp->stack.hi, 0);
  gp->syscallsp = gp->stack.hi;  // its frames are nobody's business from here on: isHandedOff
  p* pp = mp->oldp.ptr();
  if (pp != nullptr && !runqempty(pp) && sched.npidle.Load() == 0 && sched.nmspinning.Load() == 0) {
    systemstack([=] { passOn(pp); });
  }
  mp->isExtraInC = true;
  setg(nullptr);
}

// On the thread, on its own stack, as g0: gives g0 a stack, and its goroutine the thread's.
void callbackUpdateSystemStack(m* mp, uintptr sp, bool) {
  g *g0 = mp->g0, *gp = mp->curg.plain();
  stack whole = threadStack();
  uintptr hi = reinterpret_cast<uintptr>(extraOfThread());
  if (sp < whole.lo || hi < sp || hi > whole.hi) {
    refuse("fatal error: gort called on a thread whose stack is not where libc put it: no goroutine can have it\n");
  }
  gp->stack = stack{whole.lo, hi};
  gp->stackguard0 = whole.lo + stackGuard;
  gp->stktopsp = hi;
  gp->syscallsp = hi;
  gp->syscallpc = 0;

  g0->stack = stackalloc(systemStackSize);
  g0->stackguard0 = g0->stack.lo + stackGuard;
  g0->sched.g.set(g0);
  g0->sched.sp = g0->stack.hi - 64;
  g0->sched.pc = goexitPC();  // nobody returns there
}

void bindmAtThreadExit(g* gp) {
  boundM = gp->m;
  pthread_setspecific(exitKey, gp->m);
}

void forkInit() {
  if (pthread_key_create(&exitKey, threadEnds) != 0) throw_("pthread_key_create failed");
  pthread_atfork(nullptr, nullptr, [] {
    forked = true;
    setg(nullptr);
  });
}

}  // namespace runtime
