// What proc.cc stands on, in the guided world. What the scheduler asks of the collector, timers and the poller is
// answered by what the thread does next in the trace.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"
#include "worlds/guided/guide.h"
#include "worlds/guided/inputs.h"

namespace guided {

namespace {

// Whether this thread is about to unblock a goroutine, and then to run it: gp, or nullptr.
const In* unblockAhead() {
  const In* e = mine();
  return e != nullptr && e->kind == gotrace::kGoUnblock ? e : nullptr;
}

g* unblockedAhead() {
  const In* e = unblockAhead();
  return e == nullptr ? nullptr : byName(static_cast<int64_t>(e->a[0]));
}

// The goroutine that is unblocked is run at once, by the same thread.
bool runsAtOnce() {
  const In* e = unblockAhead();
  const In* next = mineNext(1);
  return e != nullptr && next != nullptr && next->kind == gotrace::kGoStart && next->a[0] == e->a[0];
}

bool nextIsWorker() {
  const In* next = mineNext(1);
  return runsAtOnce() && next->worker;
}

bool waitsForNet(const g* gp) { return gp->waitreason == runtime::waitReasonIOWait; }
bool waitsAsSystem(const g* gp) { return gp->waitreason == runtime::waitReasonGCWorkerIdle; }

}  // namespace

runtime::int64 lastpollIsRead(runtime::int64 v) {
  if (v != 0 || muted || current == nullptr) return v;
  const g* gp = unblockedAhead();
  if (gp != nullptr && waitsForNet(gp) && runtime::getg()->m->p != 0) return 1;  // nobody polled yet
  return v;
}

runtime::gList unblocksAhead(bool findRunnable) {
  std::vector<g*> gs;
  int64_t last = 0;
  for (size_t i = 0;; i++) {
    const In* e = mineNext(i);
    if (e == nullptr || e->kind != gotrace::kGoUnblock) break;
    g* gp = byName(static_cast<int64_t>(e->a[0]));
    if (gp == nullptr || (i > 0 && !waitsForNet(gp))) break;
    // sysmon polls each ten milliseconds, and what it does between leaves no events.
    constexpr int64_t kTwice = 5 * 1000 * 1000;
    if (i > 0 && !findRunnable && (e->time - last > kTwice || std::any_of(gs.begin(), gs.end(), [&](const g* before) {
          const In* start = window->StartOf(before->goid.plain());
          return start != nullptr && start->index < e->index;
        }))) {
      break;
    }
    last = e->time;
    gs.push_back(gp);
  }
  runtime::gList list{};
  if (gs.empty()) return list;
  if (findRunnable) {
    g* last = gs.back();
    gs.pop_back();
    gs.insert(gs.begin(), last);
  }
  for (size_t i = gs.size(); i-- > 0;) list.push(gs[i]);
  return list;
}

}  // namespace guided

namespace runtime {

using guided::current;
using guided::mine;
using guided::muted;
using guided::Wait;

// ---- notes

void notewakeup(note* n) {
  if (facts::listening) facts::wakesThread(n);
  n->key = 1;
}

void notesleep(note* n) {
  while (n->key == 0) {
    current->note = n;
    guided::toHost(Wait::kNote);
  }
}

// The world stops, or all Ps run a function: the others get there before this thread's next event.
bool notetsleep(note* n, int64) {
  guided::backInCalls();
  while (n->key == 0) {
    if (mine() != nullptr || muted) {
      for (p* pp : allp) {
        if (n == &sched.stopnote) {
          guided::freeFromPending(pp);
          while (pidleget(0).pp != nullptr) {
          }
          pp->status.Store(_Pgcstop);
          if (pp->gcStopTime == 0) pp->gcStopTime = 1;
        } else if (pp->runSafePointFn.plain() != 0) {
          pp->runSafePointFn.plainStore(0);
        }
      }
      if (n == &sched.stopnote) {
        sched.stopwait = 0;
        sched.pidle.plainStore({});
        sched.npidle.value = 0;
      } else {
        sched.safePointWait = 0;
      }
      return true;
    }
    current->note = n;
    guided::toHost(Wait::kNote);
  }
  return true;
}

// ---- time and chance

int64 nanotime() {
  const guided::In* e = guided::window->head();
  return e == nullptr ? 1 : e->time + 1;
}
// Where to steal first: from the P that has what the trace shows.
uint32 cheaprand() {
  if (muted || current == nullptr || current->stealFrom < 0) return 0;
  auto n = static_cast<uint32>(allp.len);
  for (uint32 r = 0; r < n * 64; r++) {
    auto order = stealOrder.start(r);
    if (order.position() == static_cast<uint32>(current->stealFrom)) return r;
  }
  return 0;
}

// ---- threads

void usleep(uint32) {}
// Only who waits for another thread comes here, and there is none.
void osyield() { guided::lost("the port waits for a change that nobody makes"); }
void procyield(uint32) { osyield(); }
void newosproc(m* mp) { guided::startThread(mp); }
void exit(int32) { guided::endThread(); }
void exitThread(atomic::Uint32<"m.freeWait">* wait) {
  wait->Store(freeMStack);
  guided::endThread();
}
void freedeadm(m* mp, bool) {
  delete mp->g0;
  deleteobject(mp);
}

void preemptM(m*) {}

// ---- failures

void throw_(const char* s) {
  guided::lost(absl::StrCat("the port throws: ", s));
  __builtin_unreachable();
}
void fatal(const char* s) {
  guided::lost(absl::StrCat("the port ends: ", s));
  __builtin_unreachable();
}
void panic_(const char* s) {
  guided::lost(absl::StrCat("the port panics: ", s));
  __builtin_unreachable();
}

// ---- the program

void switchToCrashStack0(void (*)()) { guided::lost("the port is out of stack"); }

// ---- the collector

std::pair<g*, int64> gcControllerState::findRunnableGCWorker(p*, int64 now) {
  if (!guided::nextIsWorker()) return {nullptr, now};
  g* gp = guided::unblockedAhead();
  if (gp == nullptr) return {nullptr, now};
  guided::setWorker(gp);
  auto trace = traceAcquire();
  casgstatus(gp, _Gwaiting, _Grunnable);
  trace.GoUnpark(gp, 0);
  return {gp, now};
}
bool gcBlackenEnabled() { return !muted && guided::nextIsWorker(); }

// ---- the network poller

bool netpollAnyWaiters() { return true; }

netpollResult netpoll(int64 delay) {
  netpollResult r{};
  if (muted && delay == 0) return r;
  bool looks = getg() == getg()->m->g0 && getg()->m->curg.plain() == nullptr;
  if (delay != 0) {
    guided::toHost(Wait::kPoll);
    const guided::In* e = mine();
    if (e == nullptr) return r;
    if (e->kind == gotrace::kProcStart) {
      // What comes behind it was found here.
      const guided::In* next = guided::mineNext(1);
      if (next == nullptr || next->kind != gotrace::kGoUnblock) return r;
      std::vector<g*> gs;
      for (size_t i = 1;; i++) {
        const guided::In* u = guided::mineNext(i);
        if (u == nullptr || u->kind != gotrace::kGoUnblock) break;
        g* gp = guided::byName(static_cast<int64>(u->a[0]));
        if (gp == nullptr || !guided::waitsForNet(gp)) break;
        gs.push_back(gp);
      }
      if (gs.empty()) return r;
      g* last = gs.back();
      gs.pop_back();
      gs.insert(gs.begin(), last);
      for (size_t i = gs.size(); i-- > 0;) r.list.push(gs[i]);
      return r;
    }
    guided::hideIdle();
    r.list = guided::unblocksAhead(false);
    return r;
  }
  if (g* gp = guided::unblockedAhead(); gp == nullptr || !guided::waitsForNet(gp)) return r;
  r.list = guided::unblocksAhead(looks);
  return r;
}

void netpollBreak() {}

// ---- semaphores and timers

int64 timeSleepUntil() { return int64{1} << 62; }

// Some timer is due some time: when, the trace tells by what the thread that polls does next.
constexpr int64 kLater = int64{3600} * 1000 * 1000 * 1000;

// A timer that readies a goroutine, or starts one. Others may show something between two of them.
timers::check_result timers::check(int64 now) {
  bool ran = false;
  if (muted) return {now, 0, false};
  for (const guided::In* e = mine(); e != nullptr; e = guided::mineNext(0)) {
    if (e->kind == gotrace::kGoCreate) {
      newproc(guided::playedFunc());
    } else if (e->kind == gotrace::kGoUnblock) {
      g* gp = guided::byName(static_cast<int64>(e->a[0]));
      if (gp == nullptr || guided::waitsForNet(gp)) break;
      const guided::In* next = guided::mineNext(1);
      const bool at_once = next != nullptr && next->kind == gotrace::kGoStart && next->a[0] == e->a[0];
      if (at_once && (next->worker || guided::waitsAsSystem(gp))) break;
      ready(gp, 0, true);
    } else {
      break;
    }
    ran = true;
  }
  return {now, nanotime() + kLater, ran};
}

int64 timers::wakeTime() { return nanotime() + kLater; }
uint32 timers::length() const { return 0; }
intptr timers::heaplen() const { return 0; }

// ---- the tracer: what the port emits is held against the trace

g* traceReader() {
  if (muted || !guided::runsAtOnce()) return nullptr;
  g* gp = guided::unblockedAhead();
  return gp != nullptr && guided::waitsAsSystem(gp) ? gp : nullptr;
}

traceLocker traceAcquire() {
  guided::takesFromCalls();
  traceLocker t;
  t.mp = getg()->m;
  t.gen = 1;
  return t;
}

}  // namespace runtime

namespace guided {
// gp became runnable with the event that was consumed last.
static void runnableNow(g* gp) {
  if (!muted && gp != nullptr) gp->waitsince = static_cast<int64_t>(window->consumed());
}
}  // namespace guided

namespace runtime {

namespace {
int64 idOf(const g* gp) { return gp == nullptr ? 0 : static_cast<int64>(gp->goid.plain()); }
}  // namespace

void traceLocker::GoUnpark(g* gp, int) const {
  guided::emit(gotrace::kGoUnblock, idOf(gp));
  guided::runnableNow(gp);
}
void traceLocker::GoStart() const { guided::emit(gotrace::kGoStart, idOf(getg()->m->curg.plain())); }
void traceLocker::GoPark(traceBlockReason, int) const { guided::emit(gotrace::kGoBlock, 0); }
void traceLocker::GoPreempt() const {
  guided::emit(gotrace::kGoStop, 0);
  guided::runnableNow(getg()->m->curg.plain());
}
void traceLocker::GoSched() const {
  guided::emit(gotrace::kGoStop, 0);
  guided::runnableNow(getg()->m->curg.plain());
}
void traceLocker::GoEnd() const { guided::emit(gotrace::kGoDestroy, 0); }
void traceLocker::GoSysCall() const { guided::emit(gotrace::kGoSyscallBegin, 0); }
void traceLocker::GoSysExit(bool lostP) const {
  guided::emit(lostP ? gotrace::kGoSyscallEndBlocked : gotrace::kGoSyscallEnd, 0);
}
void traceLocker::GoCreate(g* newg, uintptr, bool) const {
  if (muted) return;
  const guided::In* e = guided::mineNext(0);
  if (e != nullptr && (e->kind == gotrace::kGoCreate || e->kind == gotrace::kGoCreateBlocked)) {
    guided::bind(static_cast<int64>(e->a[0]), newg);
  }
  guided::emit(gotrace::kGoCreate, idOf(newg));
  guided::runnableNow(newg);
}
void traceLocker::GoSwitch(g* next, bool destroy) const {
  guided::emit(destroy ? gotrace::kGoSwitchDestroy : gotrace::kGoSwitch, idOf(next));
}
void traceLocker::ProcStart() const { guided::emit(gotrace::kProcStart, getg()->m->p.ptr()->id); }
void traceLocker::ProcStop(p*) const { guided::emit(gotrace::kProcStop, 0); }
void traceLocker::ProcSteal(p* pp, bool) const { guided::emit(gotrace::kProcSteal, pp->id); }
void traceLocker::STWStart(stwReason) const {
  guided::emit(gotrace::kSTWBegin, 0);
  guided::stopsWorld();
}
void traceLocker::STWDone() const { guided::emit(gotrace::kSTWEnd, 0); }
void traceLocker::Gomaxprocs(int32) const { guided::emit(gotrace::kProcsChange, 0); }

}  // namespace runtime
