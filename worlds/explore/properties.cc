// What must hold in every run, by name. Some of it is looked at whenever the port tells something (watch.h), the rest
// when all Ms stand still: then whatever is queued and not looked after has been lost, for nobody is on his way to it.
#include <string>

#include "worlds/explore/inside.h"

namespace explore {

namespace property {
const char kNoIdleBesideWork[] = "no-idle-beside-work";
const char kNoLostWakeup[] = "no-lost-wakeup";
const char kNoFalseDeadlock[] = "no-false-deadlock";
const char kDeadlockIsTold[] = "deadlock-is-told";
const char kOneQueue[] = "one-queue";
const char kOneThread[] = "one-thread";
const char kCountsAreExact[] = "counts-are-exact";
const char kWorldStandsStill[] = "world-stands-still";
const char kBoundedWaiting[] = "bounded-waiting";
const char kTimersAreAwaited[] = "timers-are-awaited";
const char kWired[] = "wired";
const char kCallsKeepNoWork[] = "calls-keep-no-work";
const char kPortsOwnChecks[] = "ports-own-checks";
const char kEnds[] = "ends";
const char kHandoffIgnoresNeedspinning[] = "handoff-ignores-needspinning";
const char kLeftInThePoller[] = "left-in-the-poller";
const char kPollerTakesWork[] = "poller-takes-work";
}  // namespace property

void endFromHost(const char* property, const std::string& text, const char* known);

Task* taskOf(const g* gp) {
  for (Task& task : state.tasks) {
    if (task.gp == gp && !task.done) return &task;
  }
  return nullptr;
}

namespace {

std::string named(const g* gp) { return "goroutine " + std::to_string(gp->goid.plain()); }

constexpr uint32_t kRing = std::size(decltype(p{}.runq){});

template <class F>
void eachQueued(F f) {
  for (const p* pp : runtime::allp) {
    if (const g* gp = pp->runnext.plain().ptr(); gp != nullptr) f(gp, pp);
    for (uint32_t i = pp->runqhead.plain(); i != pp->runqtail.plain(); i++) {
      f(seen<"p.runq">(pp->runq[i % kRing].value).ptr(), pp);
    }
  }
  for (const g* gp = sched.runq.head.ptr(); gp != nullptr; gp = gp->schedlink.ptr()) f(gp, nullptr);
}

bool isQueued(const g* wanted) {
  bool found = false;
  eachQueued([&](const g* gp, const p*) { found = found || gp == wanted; });
  return found;
}

}  // namespace

bool anyQueued() {
  bool found = false;
  eachQueued([&](const g*, const p*) { found = true; });
  return found;
}

void queues(g* gp) {
  if (!state.running) return;
  if (isQueued(gp)) end(property::kOneQueue, named(gp) + " is put on a queue, and is on one");
  for (int i = 0; i < state.made; i++) {
    if (const m* mp = state.threads[i].mp; mp != nullptr && mp->curg.plain() == gp) {
      end(property::kOneThread, named(gp) + " is put on a queue, and runs");
    }
  }
}

void executes(g* gp) {
  if (!state.running) return;
  const m* me = getg()->m;
  for (int i = 0; i < state.made; i++) {
    if (const m* mp = state.threads[i].mp; mp != nullptr && mp->curg.plain() == gp) {
      end(property::kOneThread, named(gp) + " is started, and runs already");
    }
  }
  if (isQueued(gp)) end(property::kOneQueue, named(gp) + " is started, and is still on a queue");
  if (state.stopper != nullptr && state.stopper != gp) {
    end(property::kWorldStandsStill, named(gp) + " is started while the world stands still");
  }
  if (gp->lockedm != 0 && gp->lockedm.ptr() != me) {
    end(property::kWired, named(gp) + " is started on another thread than its own");
  }
  // Who waits on the global queue waits for a bounded number of starts.
  state.starts++;
  if (const int fair = state.program->fair; fair > 0) {
    for (Task& task : state.tasks) {
      bool waits = false;
      if (task.gp != nullptr && !task.done) {
        for (const g* q = sched.runq.head.ptr(); q != nullptr; q = q->schedlink.ptr()) waits = waits || q == task.gp;
      }
      if (!waits) {
        task.queued_at = -1;
      } else if (task.queued_at < 0) {
        task.queued_at = state.starts;
      } else if (state.starts - task.queued_at > fair) {
        end(property::kBoundedWaiting,
            "goroutine " + std::to_string(task.number) + " has been on the global queue for " +
                std::to_string(state.starts - task.queued_at) + " starts of others");
      }
    }
  }
}

void handsOff(p* pp) { state.handed_off[pp->id] = true; }

void wires(p* pp) {
  state.handed_off[pp->id] = false;
  if (!state.running) return;
  for (int i = 0; i < state.made; i++) {
    if (const m* mp = state.threads[i].mp; mp != nullptr && mp != getg()->m && mp->p.ptr() == pp) {
      end(property::kOneThread, "P" + std::to_string(pp->id) + " is taken by two threads");
    }
  }
}

void makesGoroutine() { state.plain_random = true; }

std::string wrongCount() {
  int idle = 0, sleepers = 0, queued = 0, spinning = 0;
  for (const p* q = sched.pidle.plain().ptr(); q != nullptr; q = q->link.ptr()) idle++;
  for (const m* q = sched.midle.ptr(); q != nullptr; q = q->schedlink.ptr()) sleepers++;
  for (const g* q = sched.runq.head.ptr(); q != nullptr; q = q->schedlink.ptr()) queued++;
  for (int i = 0; i < state.made; i++) {
    if (const m* mp = state.threads[i].mp; mp != nullptr && mp->spinning) spinning++;
  }
  std::string wrong;
  auto count = [&](const char* what, int64_t is, int64_t should) {
    if (is == should) return;
    wrong = std::string(what) + " is " + std::to_string(is) + ", and should be " + std::to_string(should);
  };
  count("sched.npidle", sched.npidle.value, idle);
  count("sched.nmidle", sched.nmidle, sleepers);
  count("sched.nmspinning", sched.nmspinning.value, spinning);
  count("sched.runqsize", sched.runqsize.plain(), queued);
  return wrong;
}

void checkSettled(bool atEnd) {
  auto fail = [](const char* property, const std::string& text) {
    endFromHost(property, text, nullptr);
  };
  int idle = 0;
  for (const p* q = sched.pidle.plain().ptr(); q != nullptr; q = q->link.ptr()) idle++;
  bool polls = false;
  int64_t pollUntil = kForever;
  for (int i = 0; i < state.made; i++) {
    const Thread& t = state.threads[i];
    if (t.mp == nullptr || t.ended) continue;
    if (t.next.kind == Kind::kPoll) {
      polls = true;
      if (t.next.until >= 0) pollUntil = t.next.until;
    }
  }

  const g* waiting = nullptr;
  const p* at = nullptr;
  eachQueued([&](const g* gp, const p* pp) {
    if (waiting == nullptr) waiting = gp, at = pp;
  });
  if (waiting != nullptr && idle > 0 && sched.needspinning.value == 1) {
    // The mark that a waker leaves who found no idle P is for the next thread that would let one go. findRunnable
    // looks at it; handoffp does not, in Go either.
    for (const p* q = sched.pidle.plain().ptr(); q != nullptr; q = q->link.ptr()) {
      if (!state.handed_off[q->id]) continue;
      return endFromHost(nullptr, named(waiting) + " is runnable, a P is idle that handoffp let go, and nobody comes",
                         property::kHandoffIgnoresNeedspinning);
    }
  }
  if (waiting != nullptr && idle > 0) {
    return fail(property::kNoIdleBesideWork, named(waiting) + " is runnable, a P is idle, and nobody comes");
  }
  if (waiting != nullptr && at != nullptr && at->status.plain() == runtime::_Psyscall && state.sysmon != nullptr) {
    return fail(property::kCallsKeepNoWork,
                named(waiting) + " is on the queue of a P whose thread is in the kernel, for good");
  }
  if (waiting != nullptr && atEnd) {
    return fail(property::kNoLostWakeup, named(waiting) + " is runnable, and all threads sleep");
  }

  int64_t when = 0;
  for (const Timers& t : state.timers) {
    for (int i = 0; i < t.n; i++) {
      if (when == 0 || t.due[i].when < when) when = t.due[i].when;
    }
  }
  if (when != 0 && idle > 0 && (!polls || pollUntil > when)) {
    const std::string text =
        "a timer is due at " + std::to_string(when / kMs) + " ms, a P is idle, and nobody waits for that time";
    // Go's own: who comes out of the poller with a goroutine runs it, and wakes nobody to wait in its place
    // (docs/explore.md). lastpoll is 0 as soon as another one has taken it upon itself to wait.
    if (!polls && state.poller_took_work && sched.lastpoll.value != 0) {
      return endFromHost(nullptr, text, property::kPollerTakesWork);
    }
    return fail(property::kTimersAreAwaited, text);
  }

  if (const std::string wrong = wrongCount(); !wrong.empty()) return fail(property::kCountsAreExact, wrong);
  if (atEnd) {
    for (const Task& task : state.tasks) {
      if (task.begun && !task.done && task.waits == nullptr) {
        return fail(property::kNoLostWakeup, "goroutine " + std::to_string(task.number) + " does not come to its end");
      }
    }
    // Go's own: a thread that saw a goroutine wait for the network as that one was taken from the poller by another
    // thread blocks there for nobody, and is no idle thread (docs/explore.md).
    if (polls) {
      return endFromHost(nullptr, "all goroutines are asleep, and a thread is left in the poller",
                         property::kLeftInThePoller);
    }
    fail(property::kDeadlockIsTold, "all threads sleep for good, and nobody says that there is a deadlock");
  }
}

}  // namespace explore
