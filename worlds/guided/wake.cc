// Ps that start. Which M of the port a thread is shows when it starts a P: the one that was given that P, or the one
// that polls; idle ones are all alike.
#include "absl/strings/str_cat.h"
#include "worlds/guided/guide.h"
#include "worlds/guided/inputs.h"
#include "worlds/guided/inside.h"

namespace guided {

using runtime::allp;
using runtime::getg;
using runtime::sched;

// An M that was given pp and has not shown it.
M* pendingWith(const p* pp) {
  for (const auto& [id, each] : ms) {
    if (each->mp->nextp.ptr() == pp) return each.get();
    const bool starts = each->wait == Wait::kEmit && each->emitKind == gotrace::kProcStart;
    if (starts && each->mp->p.ptr() == pp) return each.get();
  }
  return nullptr;
}

static bool isPending(const M* me) {
  return me->mp->nextp != 0 && (me->wait == Wait::kNote || me->wait == Wait::kNew);
}

// A new M counts itself when it begins.
static bool willSpin(const M* me) {
  return me->mp->spinning || (me->wait == Wait::kNew && me->mp->mstartfn != nullptr);
}

M* spinningPending() {
  for (const auto& [id, each] : ms) {
    if (!isPending(each.get())) continue;
    if (willSpin(each.get())) return each.get();
  }
  return nullptr;
}

// Whether the P is free to be given to somebody.
static bool isIdle(p* pp) {
  for (p* q = sched.pidle.plain().ptr(); q != nullptr; q = q->link.ptr()) {
    if (q == pp) return true;
  }
  return false;
}

// pp was given to an M that the trace does not show with it: both are idle again.
void cancel(M* me) {
  m* mp = me->mp;
  p* pp = mp->nextp.ptr();
  mp->nextp = 0;
  mp->park.key = 0;
  if (willSpin(me)) {
    mp->spinning = false;
    mp->mstartfn = nullptr;
    sched.nmspinning.Add(-1);
  }
  runtime::mput(mp);
  pp->status.Store(runtime::_Pidle);
  while (!runtime::runqempty(pp)) {
    auto [q, inherit] = runtime::runqget(pp);
    runtime::globrunqput(q);
  }
  runtime::pidleput(pp, 0);
}

// An M is given pp, which is on no list, as startm does.
static void startMuted(p* pp) {
  g* saved = getg();
  bool before = muted;
  runtime::setg(runtime::m0.g0);
  muted = true;
  runtime::startm(pp, false, false);
  muted = before;
  runtime::setg(saved);
}

static constexpr char kWired[] = "a goroutine wired to its thread";

void wire(g* gp, M* me) {
  gp->lockedm.set(me->mp);
  me->mp->lockedg.set(gp);
}

void unwire(g* gp) {
  m* mp = gp->lockedm.ptr();
  if (mp == nullptr) return;
  gp->lockedm = {};
  mp->lockedg = {};
  M* me = ms.at(mp->id).get();
  if (me == current || me->wait != Wait::kNote || mp->nextp != 0) return;
  // It waits for that one alone: it is nobody's any more.
  if (me->thread >= 0) forgetThread(me);
  sched.nmidlelocked--;
}

// me sleeps until its goroutine is found, and starts pp now. It may have been given another P, by a thread that found
// the goroutine before the one that did in Go; or none yet.
static bool givesToWired(M* me, p* pp, const In& e) {
  m* mp = me->mp;
  if (mp->lockedg == 0 || me->wait != Wait::kNote || me->note != &mp->park || mp->nextp.ptr() == pp) return false;
  p* other = mp->nextp.ptr();
  g* gp = mp->lockedg.ptr();
  const In* start = window->OfThread(e.m, 1);
  if (start == nullptr || start->kind != gotrace::kGoStart || start->a[0] != gp->goid.plain()) return false;
  if (other == nullptr && whereIs(gp).place == Place::kNowhere) return false;
  M* pending = pendingWith(pp);
  if (pending != nullptr && isPending(pending) && other != nullptr) {
    pending->mp->nextp.set(other);
  } else {
    freeFromPending(pp);
    bool was = false;
    if (!idleFirst(pp, &was)) return false;
    runtime::pidleget(0);
    if (other == nullptr) {
      extract(gp);
      sched.nmidlelocked--;
    } else {
      while (!runtime::runqempty(other)) {
        auto [q, inherit] = runtime::runqget(other);
        runtime::globrunqput(q);
      }
      runtime::pidleput(other, 0);
    }
  }
  mp->nextp.set(pp);
  return true;
}

// The thread that gp is wired to has been given a P for it, and Go's has not: the P is idle, and gp lies nowhere.
static bool takeBackFromWired(g* gp) {
  m* mp = gp->lockedm.ptr();
  if (mp == nullptr || !isPending(ms.at(mp->id).get())) return false;
  p* pp = mp->nextp.ptr();
  mp->nextp = 0;
  mp->park.key = 0;
  pp->status.Store(runtime::_Pidle);
  while (!runtime::runqempty(pp)) {
    auto [q, inherit] = runtime::runqget(pp);
    runtime::globrunqput(q);
  }
  runtime::pidleput(pp, 0);
  sched.nmidlelocked++;
  putUnknown(gp, kWired);
  return true;
}

bool takeFromWired(g* gp) {
  if (!takeBackFromWired(gp)) return false;
  unwire(gp);
  return true;
}

// The thread of e starts the P e.a[0].
void startProc(const In& e) {
  if (static_cast<int64_t>(e.a[0]) >= allp.len) lost(absl::StrCat("starts P", e.a[0], ", of which there is none"));
  p* pp = allp[static_cast<runtime::intptr>(e.a[0])];
  M* me = onThread(e.m);
  if (me != nullptr && givesToWired(me, pp, e)) {
    admissible(e, kWired);
    me->mp->park.key = 1;
    resume(me);
    return;
  }
  me = pendingWith(pp);
  g* wired = me == nullptr ? nullptr : me->mp->lockedg.ptr();
  const In* then = window->OfThread(e.m, 1);
  const bool others = wired != nullptr && then != nullptr &&
                      (then->kind != gotrace::kGoStart || then->a[0] != wired->goid.plain());
  if (others && takeBackFromWired(wired)) {
    bool was = false;
    idleFirst(pp, &was);
    runtime::pidleget(0);
    startMuted(pp);
    me = pendingWith(pp);
    admissible(e, kWired);
  } else if (me == nullptr && pp->status.plain() == runtime::_Pgcstop && pp->m.plain() == 0 &&
             sched.gcwaiting.u.value != 0) {
    // It had been woken when the stop of the world took it for idle; it will stop by itself.
    pp->status.Store(runtime::_Pidle);
    pp->gcStopTime = 0;
    sched.stopwait++;
    sched.stopnote.key = 0;
    startMuted(pp);
    me = pendingWith(pp);
    admissible(e, "which came first");
  } else if (me != nullptr) {
    exact(e);
  } else if (M* known = onThread(e.m); known != nullptr && known->wait == Wait::kPoll) {
    me = known;
    bool was = false;
    if (!idleFirst(pp, &was)) lost(absl::StrCat("starts P", e.a[0], " from the poller, and it is not idle"));
    if (was) exact(e); else admissible(e, "in what order Ps went idle");
  } else if ((me = spinningPending()) != nullptr && isIdle(pp)) {
    // Another P was woken in its place.
    p* other = me->mp->nextp.ptr();
    bool was = false;
    idleFirst(pp, &was);
    runtime::pidleget(0);
    me->mp->nextp.set(pp);
    runtime::pidleput(other, 0);
    admissible(e, "in what order Ps went idle");
  } else if (isIdle(pp)) {
    bool was = false;
    idleFirst(pp, &was);
    const In* run = window->OfThread(e.m, 1);
    g* next = run != nullptr && run->kind == gotrace::kGoStart ? byName(static_cast<int64_t>(run->a[0])) : nullptr;
    auto poller = [&] {
      for (const auto& [id, each] : ms) {
        if (each->wait == Wait::kPoll) me = each.get();
      }
    };
    poller();
    if (me == nullptr) {
      // Whoever looks once more finds nothing, and polls or sleeps.
      std::vector<M*> once;
      for (const auto& [id, each] : ms) {
        if (each->wait == Wait::kLookNoP) once.push_back(each.get());
      }
      for (M* each : once) {
        each->giveUp = true;
        resume(each);
      }
      idleFirst(pp, &was);
      poller();
    }
    if (me != nullptr) {
      // Which of the idle threads polls does not show.
      if (was) exact(e); else admissible(e, "in what order Ps went idle");
    } else {
      if (next != nullptr && isGuessed(next)) {
        admissible(e, "what lay where when the trace began");
      } else if (next != nullptr && whereIs(next).place == Place::kUnknown) {
        admissible(e, whyUnknown(next));
      } else {
        divergent(e, absl::StrCat("Go started P", e.a[0], ", the port wakes nobody"));
      }
      runtime::pidleget(0);
      startMuted(pp);
      me = pendingWith(pp);
    }
  } else {
    lost(absl::StrCat("starts P", e.a[0], ", which is not idle: status ", pp->status.plain()));
  }
  bindThread(e.m, me);
  if (isPending(me) && me->wait == Wait::kNote) me->mp->park.key = 1;
  resume(me);
}

// The M has taken an idle P, and Go's took another. They are all alike but for their order.
void takeInstead(M* me, p* shown, const In& e) {
  freeFromPending(shown);
  bool was = false;
  if (!idleFirst(shown, &was)) lost(absl::StrCat("starts P", e.a[0], ", which is not idle"));
  p* other = me->mp->p.ptr();
  runtime::pidleget(0);
  while (!runtime::runqempty(other)) {
    auto [q, inherit] = runtime::runqget(other);
    runtime::globrunqput(q);
  }
  other->m.Store({});
  other->status.Store(runtime::_Pidle);
  runtime::pidleput(other, 0);
  shown->status.Store(runtime::_Prunning);
  runtime::muintptr owner;
  owner.set(me->mp);
  shown->m.Store(owner);
  me->mp->p.set(shown);
  me->emitArg = shown->id;
  admissible(e, "in what order Ps went idle");
}

void startOnThread(p* pp, int64_t thread) {
  startMuted(pp);
  M* me = pendingWith(pp);
  bindThread(thread, me);
  resume(me);
}

void startLooking(p* pp, int64_t thread) {
  runtime::pidleget(0);
  startMuted(pp);
  M* me = pendingWith(pp);
  bindThread(thread, me);
  if (me->wait == Wait::kNote) me->mp->park.key = 1;
  resume(me);
  me->skipEmit = true;  // that it has a P now
  resume(me);
}

void freeFromPending(p* pp) {
  M* me = pendingWith(pp);
  if (me != nullptr && isPending(me)) cancel(me);
}

}  // namespace guided
