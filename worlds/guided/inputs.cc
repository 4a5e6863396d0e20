// What happens outside the scheduler, played from the trace.
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "worlds/guided/guide.h"
#include "worlds/guided/inputs.h"
#include "worlds/guided/inside.h"
#include "worlds/guided/profile.h"
#include "worlds/guided/wired.h"

namespace guided {

using runtime::allp;
using runtime::getg;
using runtime::sched;
using runtime::systemstack;

namespace {

absl::flat_hash_map<const g*, runtime::coro*> coroOf;  // by the goroutine that waits in it
absl::flat_hash_set<const g*> workers;                 // of the collector
int32_t inSyscallAtStart;  // 1: the next one that begins is in a system call, 2: and has lost its P

void playedBody(runtime::funcval*) { outside(); }
runtime::funcval played{reinterpret_cast<uintptr_t>(&playedBody)};

bool refuse(g*, void*) { return false; }

runtime::waitReason reasonOf(uint8_t blockReason) {
  switch (blockReason) {
    case runtime::traceBlockNet: return runtime::waitReasonIOWait;
    case runtime::traceBlockSleep: return runtime::waitReasonSleep;
    case runtime::traceBlockSelect: return runtime::waitReasonSelect;
    case runtime::traceBlockSystemGoroutine: return runtime::waitReasonGCWorkerIdle;
    case runtime::traceBlockChanRecv: return runtime::waitReasonChanReceive;
    case runtime::traceBlockChanSend: return runtime::waitReasonChanSend;
    default: return runtime::waitReasonSemacquire;
  }
}

g* named(uint64_t goid) {
  g* gp = byName(static_cast<int64_t>(goid));
  if (gp == nullptr) lost(absl::StrCat("G", goid, " is not known"));
  return gp;
}

// While the idle Ps are hidden nobody is given one: Go's thread looked a moment before they went idle.
runtime::puintptr hiddenList;
int32_t hiddenCount;
bool hidden;

}  // namespace

void hideIdle() {
  if (hidden) return;
  hidden = true;
  hiddenList = sched.pidle.plain();
  hiddenCount = sched.npidle.value;
  sched.pidle.plainStore({});
  sched.npidle.value = 0;
}

void showIdle() {
  if (!hidden) return;
  hidden = false;
  // Those that went idle meanwhile come first.
  p* last = nullptr;
  for (p* q = sched.pidle.plain().ptr(); q != nullptr; q = q->link.ptr()) last = q;
  if (last == nullptr) {
    sched.pidle.plainStore(hiddenList);
  } else {
    last->link = hiddenList;
  }
  sched.npidle.value += hiddenCount;
}

static std::vector<p*> kept;
static M* stopper;

void stopsWorld() {
  if (!muted) stopper = current;
}

void takesFromCalls() {
  if (stopper == nullptr || stopper != current) return;
  stopper = nullptr;
  if (const In* next = mineNext(0); next != nullptr && next->kind == gotrace::kProcSteal) awaitMine(Wait::kOutside);
  absl::flat_hash_set<uint64_t> taken;
  const In* e;
  for (size_t n = 0; (e = mineNext(n)) != nullptr && e->kind == gotrace::kProcSteal; n++) taken.insert(e->a[0]);
  for (p* pp : allp) {
    if (pp->status.plain() != runtime::_Psyscall || taken.contains(static_cast<uint64_t>(pp->id))) continue;
    pp->status.Store(runtime::_Prunning);
    kept.push_back(pp);
  }
}

void backInCalls() {
  for (p* pp : kept) pp->status.Store(runtime::_Psyscall);
  kept.clear();
}

runtime::funcval* playedFunc() { return &played; }

bool isWorker(const g* gp) { return workers.contains(gp); }
void setWorker(const g* gp) { workers.insert(gp); }

// A goroutine that was there when the trace began.
static g* madeBefore(int64_t goid) {
  g* saved = getg();
  runtime::setg(runtime::m0.g0);
  g* gp = runtime::malg(runtime::stackMin);
  runtime::casgstatus(gp, runtime::_Gidle, runtime::_Gdead);
  runtime::allgadd(gp);
  runtime::gostart(gp, &played);
  gp->sched.g.set(gp);
  gp->startpc = played.fn;
  bind(goid, gp);
  runtime::setg(saved);
  return gp;
}

static absl::flat_hash_set<const g*> guessed, outcomes;

void guessAt(int64_t goid, p* pp, bool byOutcome) {
  g* gp = madeBefore(goid);
  gp->atomicstatus.Store(runtime::_Grunnable);
  uint32_t t = pp->runqtail.plain();
  if (t - pp->runqhead.plain() == 256) return putUnknown(gp, "where it lay when the trace began");
  pp->runq[t % 256].set(gp);
  pp->runqtail.plainStore(t + 1);
  guessed.insert(gp);
  if (byOutcome) outcomes.insert(gp);
}

bool isByOutcome(const g* gp) { return outcomes.contains(gp); }
bool isGuessed(const g* gp) { return guessed.contains(gp); }
bool wasGuessed(const g* gp) { return guessed.erase(gp) != 0; }

void adopt(const In& e) {
  if (e.kind == gotrace::kProcStatus) return;
  auto goid = static_cast<int64_t>(e.a[0]);
  if (byName(goid) != nullptr) return;
  g* gp = madeBefore(goid);
  bool before = muted;
  muted = true;
  switch (e.a[2]) {
    case gotrace::kGoWaiting:
      gp->atomicstatus.Store(runtime::_Gwaiting);
      gp->waitreason = runtime::waitReasonZero;
      break;
    case gotrace::kGoRunnable:
      gp->atomicstatus.Store(runtime::_Grunnable);
      putUnknown(gp, "where it lay when the trace began");
      break;
    case gotrace::kGoRunning:
    case gotrace::kGoSyscall: {
      gp->atomicstatus.Store(runtime::_Grunnable);
      bool inCall = e.a[2] == gotrace::kGoSyscall;
      auto thread = static_cast<int64_t>(e.a[1]);
      p* pp = nullptr;
      if (e.p >= 0 && e.m == thread && e.p < allp.len) pp = allp[static_cast<runtime::intptr>(e.p)];
      bool keeps = pp != nullptr;
      bool was = false;
      if (pp == nullptr) pp = sched.pidle.plain().ptr();
      if (pp == nullptr || !idleFirst(pp, &was)) {
        lost(absl::StrCat("no P for G", goid, ", which runs when the trace begins"));
      }
      runtime::pidleget(0);
      putFirst(pp, gp);
      inSyscallAtStart = inCall ? keeps ? 1 : 2 : 0;
      startOnThread(pp, thread);
      break;
    }
  }
  muted = before;
}

// One P is taken out of a system call, by what sysmon does (retake) or forEachP.
static void takeFromSyscall(p* pp) {
  for (p* q : allp) {
    q->sysmontick.schedtick = q->schedtick.plain() - 1;
    q->sysmontick.syscalltick = q->syscalltick.plain() - 1;
  }
  pp->sysmontick.schedtick = pp->schedtick.plain();
  pp->sysmontick.schedwhen = runtime::nanotime() - 1000 * 1000 * 1000;
  pp->sysmontick.syscallwhen = 0;
  runtime::retake(runtime::nanotime());
}

void helperLoop() {
  bool took = false;
  for (;;) {
    const In e = awaitMine(Wait::kJob);
    if (took && e.kind == gotrace::kProcStart) {
      if (const In* stop = mineNext(1); stop != nullptr && stop->kind == gotrace::kProcStop) {
        // It took a P from a system call and makes a thread for it: that P is borrowed meanwhile (allocm).
        consume();
        awaitMine(Wait::kJob);
        consume();
        took = false;
        continue;
      }
    }
    took = e.kind == gotrace::kProcSteal;
    if (e.kind != gotrace::kProcSteal && e.kind != gotrace::kGoUnblock) {
      // Not sysmon's thread after all, but one that had polled.
      leaveThread();
      toHost(Wait::kJob);
      continue;
    }
    if (e.kind == gotrace::kProcSteal) {
      if (static_cast<int64_t>(e.a[0]) >= allp.len) lost("no such P");
      p* pp = allp[static_cast<runtime::intptr>(e.a[0])];
      if (pp->status.plain() != runtime::_Psyscall) lost(absl::StrCat("P", e.a[0], " is in no system call"));
      takeFromSyscall(pp);
    } else {
      runtime::gList list = unblocksAhead(false);
      if (list.empty()) lost(absl::StrCat("unblocks G", e.a[0], ", which is not known"));
      runtime::injectglist(&list);
    }
  }
}

// gp's call ends now, and some P finds nothing to run before gp starts. So gp was not on the global queue then.
static bool foundNothingBefore(const g* gp) {
  const auto is = [](size_t i, uint8_t kind, int64_t m) {
    const In* e = window->At(i);
    return e != nullptr && e->kind == kind && e->m == m;
  };
  for (size_t i = 1;; i++) {
    const In* e = window->At(i);
    if (e == nullptr || (e->kind == gotrace::kGoStart && e->a[0] == gp->goid.plain())) return false;
    if (e->kind != gotrace::kProcStop || e->g >= 0) continue;
    // Not the P that sysmon borrows for a moment.
    if (!(is(i - 1, gotrace::kProcStart, e->m) && i >= 2 && is(i - 2, gotrace::kProcSteal, e->m))) return true;
  }
}

// gp stops, or ends, by that event.
static void settleWire(g* gp, uint64_t index) {
  const bool is = IsWiredAt(static_cast<int64_t>(gp->goid.plain()), index);
  if (is == (gp->lockedm != 0)) return;
  if (is) wire(gp, current); else unwire(gp);
}

// One of a list that the runtime lets go.
static bool isListed(const In& unblock) {
  if (unblock.injected || !unblock.onSystem) return unblock.injected;
  return named(unblock.a[0])->waitreason == runtime::waitReasonIOWait;
}

void outside() {
  // System calls are entered and left in this frame.
  if (int32_t how = inSyscallAtStart; how != 0) {
    inSyscallAtStart = 0;
    runtime::entersyscall();
    if (how == 2) {
      p* pp = getg()->m->oldp.ptr();
      pp->status.Store(runtime::_Pidle);
      pp->syscalltick.Add(1);
      runtime::pidleput(pp, 0);
    }
  }
  bool stopped = false;  // this goroutine has stopped the world
  for (;;) {
    const In e = awaitMine(Wait::kOutside);
    g* gp = getg();
    const bool inCall = (runtime::readgstatus(gp) & ~runtime::_Gscan) == runtime::_Gsyscall;
    if (inCall) {
      switch (e.kind) {
        case gotrace::kGoSyscallEnd:
        case gotrace::kGoSyscallEndBlocked:
        case gotrace::kProcStart:
        case gotrace::kProcSteal: {
          if (const In* next = mineNext(1); e.kind == gotrace::kProcStart && next != nullptr &&
                                            next->kind == gotrace::kProcStop) {
            // It makes a thread for the P that it has handed on, which is borrowed meanwhile (allocm).
            consume();
            awaitMine(Wait::kOutside);
            consume();
            continue;
          }
          const In* start = nullptr;
          size_t i = 0;
          for (const In* next; i < 4 && (next = mineNext(i)) != nullptr; i++) {
            if (next->kind == gotrace::kProcStart) start = next;
            // A P that it starts behind its end is one for which it was woken.
            if (next->kind == gotrace::kGoSyscallEndBlocked && start == nullptr) break;
            if (next->kind == gotrace::kGoStart) break;
          }
          const In* last = mineNext(i);
          bool direct = start != nullptr && last != nullptr && last->kind == gotrace::kGoStart &&
                        last->a[0] == gp->goid.plain();
          for (size_t k = 0; e.kind != gotrace::kGoSyscallEnd && k < 4; k++) {
            const In* end = mineNext(k);
            if (end != nullptr && end->kind == gotrace::kGoSyscallEndBlocked) settleWire(gp, end->index);
            if (end == nullptr || end->kind == gotrace::kGoSyscallEndBlocked) break;
          }
          if (e.kind != gotrace::kGoSyscallEnd) {
            bool was = false;
            if (direct) {
              auto at = static_cast<runtime::intptr>(start->a[0]);
              p* pp = at < allp.len ? allp[at] : nullptr;
              // Its old P is in another's call by now, perhaps, but was not to be had.
              if (p* old = gp->m->oldp.ptr(); old != nullptr && old != pp) gp->m->oldp = {};
              if (pp != nullptr && pp->status.plain() != runtime::_Psyscall) {
                freeFromPending(pp);
                idleFirst(pp, &was);
              }
            } else {
              // It looked when there was no P to be had, its old one included: that may have left a call and entered
              // another.
              hideIdle();
              getg()->m->oldp = {};
              if (foundNothingBefore(gp)) endsSlowly(gp);
              endsWithoutP(gp);
            }
          }
          runtime::exitsyscall();
          continue;
        }
        default:
          lost("an event of a goroutine that is in a system call");
      }
    }
    switch (e.kind) {
      case gotrace::kGoCreate:
        runtime::newproc(&played);
        break;
      case gotrace::kGoCreateBlocked: {
        systemstack([=] {
          g* newg = runtime::newproc1(&played, gp, 0, true, runtime::waitReasonCoroutine);
          auto* c = new runtime::coro;
          runtime::newcoro1(c, newg);
          coroOf[newg] = c;
        });
        break;
      }
      case gotrace::kGoSwitch:
      case gotrace::kGoSwitchDestroy: {
        g* next = named(e.a[0]);
        auto it = coroOf.find(next);
        runtime::coro* c;
        if (it == coroOf.end()) {
          c = new runtime::coro;
          runtime::newcoro1(c, next);
        } else {
          c = it->second;
          coroOf.erase(it);
        }
        gp->coroarg = c;
        gp->coroexit = e.kind == gotrace::kGoSwitchDestroy;
        if (!gp->coroexit) coroOf[gp] = c;
        if (gp->coroexit) unbind(static_cast<int64_t>(gp->goid.plain()));
        runtime::mcall(runtime::coroswitch_m);
        if (c->gp == 0) delete c;  // the other side has ended
        break;
      }
      case gotrace::kGoBlock:
        settleWire(gp, e.index);
        if (e.reason == runtime::traceBlockPreempted) {
          runtime::mcall(runtime::preemptPark);
        } else {
          // What it waits for may be there by then: it goes on at once, on the same thread.
          const In* unblock = mineNext(1);
          const In* start = mineNext(2);
          bool there = unblock != nullptr && unblock->kind == gotrace::kGoUnblock &&
                       unblock->a[0] == gp->goid.plain() && unblock->p == e.p && start != nullptr &&
                       start->kind == gotrace::kGoStart && start->a[0] == unblock->a[0] &&
                       window->StartOf(start->a[0]) == start;
          runtime::gopark(there ? refuse : nullptr, nullptr, reasonOf(e.reason),
                          static_cast<runtime::traceBlockReason>(e.reason), 0);
        }
        break;
      case gotrace::kGoUnblock: {
        g* other = named(e.a[0]);
        if (runtime::readgstatus(other) == runtime::_Gpreempted) {
          runtime::casGFromPreempted(other, runtime::_Gpreempted, runtime::_Gwaiting);
        }
        if (isListed(e)) {
          std::vector<g*> gs;
          for (const In* u; (u = mineNext(gs.size())) != nullptr && u->kind == gotrace::kGoUnblock && isListed(*u);) {
            gs.push_back(named(u->a[0]));
          }
          runtime::gList list{};
          for (size_t i = gs.size(); i-- > 0;) list.push(gs[i]);
          systemstack([&] { runtime::injectglist(&list); });
          break;
        }
        bool next = !isWorker(gp) || e.markDone;
        systemstack([=] { runtime::ready(other, 0, next); });
        break;
      }
      case gotrace::kGoStop:
        settleWire(gp, e.index);
        if (e.gosched) {
          runtime::Gosched();
        } else if (e.yields) {
          runtime::goyield();
        } else {
          runtime::mcall(preempted);
        }
        break;
      case gotrace::kGoDestroy:
        unbind(static_cast<int64_t>(gp->goid.plain()));
        workers.erase(gp);
        settleWire(gp, e.index);
        runtime::goexit1();
        break;
      case gotrace::kGoSyscallBegin: {
        const In* next = mineNext(1);
        if (next != nullptr && next->kind == gotrace::kProcStop) {
          runtime::entersyscallblock();
        } else {
          runtime::entersyscall();
        }
        break;
      }
      case gotrace::kProcSteal:
        if (static_cast<int64_t>(e.a[0]) >= allp.len) lost("no such P");
        systemstack([=] { takeFromSyscall(allp[static_cast<runtime::intptr>(e.a[0])]); });
        break;
      case gotrace::kSTWBegin: {
        auto reason = static_cast<runtime::stwReason>(e.reason);
        sched.stopnote.key = 0;
        systemstack([=] { runtime::stopTheWorldContext = runtime::stopTheWorldWithSema(reason); });
        stopped = true;
        break;
      }
      case gotrace::kProcsChange:
      case gotrace::kSTWEnd:
        if (!stopped) {
          consume();
          break;
        }
        stopped = false;
        if (e.kind == gotrace::kProcsChange && static_cast<int32_t>(e.a[0]) != runtime::gomaxprocs.plain()) {
          runtime::newprocs = static_cast<int32_t>(e.a[0]);
        }
        systemstack([=] { runtime::startTheWorldWithSema(0, runtime::stopTheWorldContext); });
        break;
      default:
        lost("an event that no running goroutine makes");
    }
  }
}

}  // namespace guided
