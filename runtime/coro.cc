// Coroutines: Go's coro.go. A switch goes from one goroutine straight to another, past all queues: the thread and the
// p stay, only curg changes.
//
// newcoro makes the other goroutine, parked; c->gp is whichever of the two does not run. The first coroswitch enters f.
// When f returns, or its goroutine ends by Goexit, coroexit continues the other side for good and c->gp is nullptr:
// then, and not before, c may be freed (Go leaves that to the collector). f must not let an exception out: it would
// have no handler, and the program would end. What iter.Pull makes of exceptions and of Goexit stands in api/coro.h.
#include "runtime/coro.h"

#include <cstdlib>

#include "runtime/cxx.h"
#include "runtime/preempt.h"
#include "runtime/proc_decl.h"
#include "runtime/race.h"
#include "seam/slog.h"

namespace runtime {

using slog::at;

// The part of newcoro behind newproc1: gp was made parked, with waitReasonCoroutine, by the running goroutine.
void newcoro1(coro* c, g* gp) {
  m* mp = getg()->m;
  if (mp->lockedExt + mp->lockedInt != 0) {
    // A locked creator: every switch must be on its thread, with the same counts.
    c->mp = mp;
    c->lockedExt = mp->lockedExt;
    c->lockedInt = mp->lockedInt;
  }
  gp->coroarg = c;
  c->gp.set(gp);
}

namespace {

// Where every way out of the body of c leads: a return, and the unwinding of a Goexit, which needs no more of its
// exception object than its memory back.
struct coroEnd {
  coro* c;
  [[noreturn]] ~coroEnd() {
    gExtra* extra = extraOf(getg());
    std::free(extra->goexiting);
    extra->goexiting = nullptr;
    coroexit(c);
    __builtin_unreachable();
  }
};

// The first thing on a coroutine's goroutine.
RUNTIME_CALLS_PROGRAM void corostart(funcval*) {
  g* gp = getg();
  coro* c = gp->coroarg;
  gp->coroarg = nullptr;
  raceacquire(c);
  coroEnd end{c};
  reinterpret_cast<void (*)(funcval*, coro*)>(c->f->fn)(c->f, c);
}

funcval corostartPC = {reinterpret_cast<uintptr>(&corostart)};

}  // namespace

// Makes a coroutine that will call f->fn(f, c) at the first coroswitch. The caller owns it, and f.
coro* newcoro(funcval* f) {
  coro* c = new coro();
  c->f = f;
  racerelease(c);
  uintptr pc = getcallerpc();
  g* gp = getg();
  systemstack([=] { newcoro1(c, newproc1(&corostartPC, gp, pc, true, waitReasonCoroutine)); });
  return c;
}

// Frees c, whose goroutine has ended.
void freecoro(coro* c) {
  if (c->gp.ptr() != nullptr) throw_("freecoro: the coroutine has not ended");
  delete c;
}

// Ends the current goroutine and continues the other side of c.
void coroexit(coro* c) {
  g* gp = getg();
  gp->coroarg = c;
  gp->coroexit = true;
  racerelease(c);
  mcall(coroswitch_m);
}

// Continues the other side of c, leaving this one in its place.
void coroswitch(coro* c) {
  g* gp = getg();
  gp->coroarg = c;
  racerelease(c);
  mcall(coroswitch_m);
  raceacquire(c);
}

// The switch, on g0.
void coroswitch_m(g* gp) {
  coro* c = gp->coroarg;
  gp->coroarg = nullptr;
  bool exit = gp->coroexit;
  gp->coroexit = false;
  m* mp = gp->m;

  bool locked = gp->lockedm != 0;
  if (c->mp != nullptr || locked) {
    if (mp != c->mp || mp->lockedInt != c->lockedInt || mp->lockedExt != c->lockedExt) {
      print("coro: got thread ", static_cast<void*>(mp), ", want ", static_cast<void*>(c->mp), "\n");
      print("coro: got lock internal ", mp->lockedInt, ", want ", c->lockedInt, "\n");
      print("coro: got lock external ", mp->lockedExt, ", want ", c->lockedExt, "\n");
      throw_("coro: OS thread locking must match locking at coroutine creation");
    }
  }

  auto trace = traceAcquire();

  // The status goes by a bare CAS where nothing follows it; a bubble counts its goroutines and needs casgstatus.
  bool canCAS = true;
  synctestGroup* sg = gp->syncGroup;
  if (sg != nullptr) {
    canCAS = false;
    sg->incActive();
    at<"synctest.ret">();
  }

  if (locked) gp->lockedm = 0;  // the lock moves along

  if (exit) {
    // Go forgets that it may have to tell the goroutine's status first; after gdestroy the M does not have it any more.
    if (trace.ok()) trace.Running();
    gdestroy(gp);
    gp = nullptr;
  } else {
    gp->waitreason = waitReasonCoroutine;
    if (!canCAS || !gp->atomicstatus.CompareAndSwapOwned(_Grunning, _Gwaiting)) casgstatus(gp, _Grunning, _Gwaiting);
    gp->m = nullptr;
  }

  // Trade places with the goroutine that waits in c. The load may be stale: then the CAS fails. Two switches to the
  // same c at once are the program's error, but each must still find a goroutine of its own.
  guintptr next;
  do {
    next = c->gp;
    if (next.ptr() == nullptr) throw_("coroswitch on exited coro");
  } while (!c->gp.cas(next, guintptr(gp)));
  g* gnext = next.ptr();

  if (gnext == gp) throw_("coroswitch of a goroutine to itself");

  enterStack(gnext);

  if (trace.ok()) trace.GoSwitch(gnext, exit);

  mp->curg.Store(gnext);
  gnext->m = mp;

  if (goroutineProfileActive()) tryRecordGoroutineProfile(gnext);

  if (!canCAS || !gnext->atomicstatus.CompareAndSwapOwned(_Gwaiting, _Grunning)) {
    casgstatus(gnext, _Gwaiting, _Grunnable);
    casgstatus(gnext, _Grunnable, _Grunning);
  }

  if (locked) {
    mp->lockedg.set(gnext);
    gnext->lockedm.set(mp);
  }

  if (trace.ok()) traceRelease(trace);

  if (sg != nullptr) {
    sg->decActive();
    at<"synctest.ret">();
  }

  gogo(&gnext->sched);
}

}  // namespace runtime
