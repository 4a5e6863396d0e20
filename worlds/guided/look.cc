// A look for work: the port's findRunnable, prepared so that it may come to what Go's came to, and judged when it has.
//
// What a look sees depends on when it happens, and the trace tells only when it must have ended. Go's thread looks some
// time between its last event and that; here it looks at the latest. Others were at work meanwhile. So a look can be
// given the queues as they were earlier: a ring or the global queue without those that came since (shortenRing,
// shortenGlobal, hideGlobal), all of them (hideSince), or nothing at all (blind); and another thread's look can be
// taken before it (runFirst).
//
// When the port finds what Go did not, found() goes through the choices that the trace leaves open, from the one that
// explains most to the one that explains least. Each puts back what was found and looks again: what Go did is accepted
// when the port does it, too. If none is left, the decision is a divergence, and what Go started is put where the port
// finds it first.
#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "worlds/guided/guide.h"
#include "worlds/guided/inputs.h"
#include "worlds/guided/inside.h"
#include "worlds/guided/search.h"
#include "worlds/guided/wired.h"

namespace guided {

using runtime::allp;
using runtime::getg;
using runtime::sched;
using runtime::why;

static std::vector<bool> tickKnown;  // by P
bool isTickKnown(const p* pp) {
  auto id = static_cast<size_t>(pp->id);
  return id < tickKnown.size() && tickKnown[id];
}
// The first look of each P, and its schedtick as the port had it.
struct FirstLook {
  uint64_t look = 0, since = 0;
  uint32_t tick = 0;
};
static std::vector<FirstLook> firstLooks;

static void noteFirst(const In& e, p* pp) {
  const auto id = static_cast<size_t>(pp->id);
  if (firstLooks.size() <= id) firstLooks.resize(id + 1);
  FirstLook& first = firstLooks[id];
  if (first.look == 0) {
    first = {e.index, current->lastIndex, pp->schedtick.plain()};
  }
  const Choice* settled = first.look == e.index ? Settled(e.index) : nullptr;
  if (settled == nullptr || settled->kind != Choice::kTick) return;
  pp->schedtick.plainStore(61 + static_cast<uint32_t>(settled->n));
  first.tick = pp->schedtick.plain();
  tickKnown[id] = true;
  current->choice = "the schedtick when the trace began";
}

// While it is set nobody has anything to steal.
static bool blind;

// A thief that looked some time ago took half of what was there then. While a ring is short, those who came since are
// not in it.
static p* shortRing;
static uint32_t shortBy;

static void lengthenRing() {
  if (shortRing == nullptr) return;
  shortRing->runqtail.plainStore(shortRing->runqtail.plain() + shortBy);
  shortRing = nullptr;
}

// pp's ring is as it was when half of it were n.
static void shortenRing(p* pp, uint32_t n) {
  uint32_t h = pp->runqhead.plain(), length = pp->runqtail.plain() - h;
  if (length - length / 2 == n) return;
  uint32_t then = 2 * n <= length ? 2 * n : 2 * n - 1;
  if (then >= length) return;
  // A goroutine is put on the ring behind its event, and before the next event of who puts it there.
  uint64_t came = then + 1 < length ? static_cast<uint64_t>(pp->runq[(h + then + 1) % 256].ptr()->waitsince)
                                    : window->consumed() + 1;
  if (came <= current->lastIndex) return;
  shortRing = pp;
  shortBy = length - then;
  pp->runqtail.plainStore(h + then);
  current->choice = "when it looked";
}

// The same of the global queue: how many a P takes at once goes by its length. Its end is cut off while it is short.
static runtime::gQueue cutOff;
static int32_t cutSize;

static void joinGlobal() {
  if (cutSize == 0) return;
  runtime::gQueue rest = cutOff;
  int32_t n = cutSize;
  cutSize = 0;
  sched.runq.pushBackAll(rest);
  sched.runqsize.plainStore(sched.runqsize.plain() + n);
}

// last, the n-th, is the last one that stays.
static void cutGlobal(g* last, int32_t n) {
  if (last->schedlink == 0) return;
  cutOff = runtime::gQueue{};
  cutOff.head = last->schedlink;
  cutOff.tail = sched.runq.tail;
  last->schedlink = 0;
  sched.runq.tail.set(last);
  cutSize = sched.runqsize.plain() - n;
  sched.runqsize.plainStore(n);
}

// Of those that come along with the first one, the thread will start some: those that others start may have come later.
static void shortenGlobal(const p* pp, const In& e) {
  int32_t procs = runtime::gomaxprocs.plain(), size = sched.runqsize.plain();
  int32_t n = std::min(size / procs + 1, std::min(size, 128));
  if (procs == 1 || n < 2) return;
  const Choice* settled = Settled(e.index);
  if (settled != nullptr && settled->kind == Choice::kLatest) return;
  // The first one that another P starts next.
  int32_t mineToo = n, i = 0;
  for (g* q = sched.runq.head.ptr(); q != nullptr && i < mineToo; q = q->schedlink.ptr(), i++) {
    const In* starts = window->StartOf(q->goid.plain());
    if (starts != nullptr && starts->index < window->head()->index + 1024 && starts->p != pp->id) mineToo = i;
  }
  if (settled != nullptr && settled->kind == Choice::kTake) mineToo = std::min(n, settled->n);
  if (mineToo == n || mineToo < 1) return;
  int32_t then = mineToo * procs - 1;  // the largest size of which so many are taken
  if (then >= size || then < 1) return;
  // Whoever lies behind that must have come while the M looked.
  g* last = nullptr;
  i = 0;
  for (g* q = sched.runq.head.ptr(); q != nullptr; q = q->schedlink.ptr(), i++) {
    if (i == then - 1) last = q;
    if (i == then + 1 && static_cast<uint64_t>(q->waitsince) <= current->lastIndex) return;
  }
  if (last == nullptr || last->schedlink == 0) return;
  cutGlobal(last, then);
  current->choice = "when it looked";
}

// What a thread finds that shows e next: what it starts, or what it hands to the thread that it is wired to. 0:
// nothing.
static int64_t findsBy(const In& e) {
  if (e.kind == gotrace::kGoStart) return static_cast<int64_t>(e.a[0]);
  if (e.kind != gotrace::kProcStop) return 0;
  const int64_t id = HandedAt(e.index);
  const g* gp = id == 0 ? nullptr : byName(id);
  return gp != nullptr && gp->lockedm != 0 ? id : 0;
}

// The P that the goroutine lies on may be anybody's: look there first.
static void prepareToLook(const In& e) {
  M* me = current;
  if (me->lookedAt == e.index) return;
  me->lookedAt = e.index;
  me->tail = getg()->m->p.ptr()->runqtail.plain();
  me->heads.clear();
  me->nexts.clear();
  for (p* q : allp) {
    me->heads.push_back(q->runqhead.plain());
    me->nexts.push_back(q->runnext.plain().ptr());
  }
  me->choice = nullptr;
  me->stealFrom = -1;
  p* pp = getg()->m->p.ptr();
  auto id = static_cast<size_t>(pp->id);
  if (tickKnown.size() <= id) tickKnown.resize(id + 1);
  noteFirst(e, pp);
  g* gp = byName(findsBy(e));
  if (gp == nullptr) return;
  Where w = whereIs(gp);
  if (wasGuessed(gp)) {
    const uint32_t length = w.pp == nullptr ? 0 : w.pp->runqtail.plain() - w.pp->runqhead.plain();
    const bool first = w.at == 0 && (w.place == Place::kGlobal || w.pp == pp);
    const bool stolen = w.place == Place::kRing && w.pp != pp && w.at + 1 == length - length / 2;
    if (isByOutcome(gp) || (!first && !stolen)) me->choice = "where it lay when the trace began";
    if (!first && !stolen) w.place = Place::kUnknown;
  }
  switch (w.place) {
    case Place::kUnknown:
      if (me->choice == nullptr) me->choice = whyUnknown(gp);
      extract(gp);
      putFirst(pp, gp);
      break;
    case Place::kRing:
    case Place::kRunnext:
      if (w.pp != pp) {
        me->stealFrom = w.pp->id;
        if (!me->mp->spinning && !roomToSpin() && makeRoom()) me->choice = "who else was looking";
        if (w.place == Place::kRing) shortenRing(w.pp, w.at + 1);
      }
      break;
    case Place::kGlobal:
      if (w.at == 0) shortenGlobal(pp, e);
      break;
    default:
      break;
  }
  // Whether it is the tick of the global queue shows when both queues have something.
  bool localWork = !runtime::runqempty(pp);
  if (localWork && sched.runqsize.plain() > 0) {
    bool fromGlobal = w.place == Place::kGlobal && w.at == 0;
    bool tick = pp->schedtick.plain() % 61 == 0;
    if (fromGlobal != tick && !tickKnown[id]) {
      uint32_t t = pp->schedtick.plain();
      pp->schedtick.plainStore(fromGlobal ? t + (61 - t % 61) % 61 : t + 1);
      me->choice = "the schedtick when the trace began";
    }
    if (fromGlobal) tickKnown[id] = true;
  }
}

bool isBlind() { return blind; }

bool gcwaitingIsRead(bool v) {
  if (muted) return v;
  g* gp = getg();
  m* mp = gp->m;
  if (v && gp == mp->curg.plain() && runtime::readgstatus(gp) == runtime::_Gsyscall) {
    // Whoever enters a call gives its P to who stops the world, if it is not taken from it: the trace tells.
    const In *gives = mineNext(0), *next = mineNext(1);
    return gives != nullptr && gives->kind == gotrace::kProcSteal &&
           !(next != nullptr && next->kind == gotrace::kProcStart && next->a[0] == gives->a[0]);
  }
  if (gp != mp->g0 || mp->p == 0 || mp->curg.plain() != nullptr || current == helper) return v;
  if (current->spinsFor != current->lastIndex) {
    current->spinsFor = current->lastIndex;
    spinEarly();
  }
  const In& e = awaitMine(Wait::kLook);
  prepareToLook(e);
  // It had looked before the stop was asked for; or it has looked since then, whatever it saw when it came here.
  if (v && e.kind != gotrace::kProcStop) return false;
  return v || (e.kind == gotrace::kProcStop && sched.gcwaiting.u.value != 0);
}

void spinningWentDown() {
  if (muted || current == nullptr) return;
  g* gp = getg();
  m* mp = gp->m;
  if (gp != mp->g0 || mp->p != 0 || mp->curg.plain() != nullptr || current == helper || current->mp != mp) return;
  M* me = current;
  while (!isHead(me) && !me->giveUp) toHost(Wait::kLookNoP);
  if (me->giveUp) {
    me->giveUp = false;
    hideIdle();
  }
}

// What a report says of a reason.
static const char* textOf(why reason) {
  static const char* const text[] = {
      "?", "the trace's reader", "a GC worker", "the global queue, by the 61st tick", "the local queue",
      "the global queue", "the network", "stolen", "an idle GC worker", "?", "the global queue, before going idle",
      "the global queue, once more", "an idle GC worker", "the network, after a wait",
  };
  return text[static_cast<int>(reason)];
}

// While it is hidden, the global queue looks empty: the M had looked there before.
static runtime::gQueue hiddenQueue;
static int32_t hiddenSize;
static uint64_t globalSince;

void globalQueueFilled() {
  if (!muted) globalSince = window->consumed();
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
void ringGrew(void* tailField, runtime::uint32 tail) {
  if (muted) return;
  auto* pp = reinterpret_cast<p*>(static_cast<char*>(tailField) - offsetof(p, runqtail));
  if (g* gp = pp->runq[(tail - 1) % 256].ptr(); gp != nullptr) {
    gp->waitsince = static_cast<int64_t>(window->consumed());
  }
}
#pragma GCC diagnostic pop

static void showGlobal() {
  if (hiddenSize == 0) return;
  runtime::gQueue now = sched.runq;
  sched.runq = hiddenQueue;
  int32_t n = hiddenSize + sched.runqsize.plain();
  hiddenSize = 0;
  if (!now.empty()) sched.runq.pushBackAll(now);
  sched.runqsize.plainStore(n);
}

static void hideGlobal() {
  hiddenQueue = sched.runq;
  hiddenSize = sched.runqsize.plain();
  sched.runq = runtime::gQueue{};
  sched.runqsize.plainStore(0);
}

static void setNext(p* pp, g* gp) {
  runtime::guintptr next;
  next.set(gp);
  pp->runnext.plainStore(next);
}

// The same of all queues but the M's own: they are as they were behind event `then`.
static std::vector<std::pair<p*, uint32_t>> shortRings;
static std::vector<std::pair<p*, g*>> withoutNext;

static void hideSince(uint64_t then, const p* own) {
  const auto came = [then](const g* gp) { return static_cast<uint64_t>(gp->waitsince) > then; };
  for (p* pp : allp) {
    if (pp == own) continue;
    if (g* next = pp->runnext.plain().ptr(); next != nullptr && came(next)) {
      withoutNext.emplace_back(pp, next);
      pp->runnext.plainStore({});
    }
    const uint32_t h = pp->runqhead.plain(), t = pp->runqtail.plain();
    uint32_t n = 0;
    while (n < t - h && came(pp->runq[(t - 1 - n) % 256].ptr())) n++;
    if (n == 0) continue;
    shortRings.emplace_back(pp, n);
    pp->runqtail.plainStore(t - n);
  }
  int32_t stay = 0, i = 0;
  g* last = nullptr;
  for (g* q = sched.runq.head.ptr(); q != nullptr; q = q->schedlink.ptr()) {
    i++;
    if (came(q)) continue;
    stay = i;
    last = q;
  }
  if (last == nullptr) {
    hideGlobal();
  } else {
    cutGlobal(last, stay);
  }
}

static void showSince() {
  for (const auto& [pp, n] : shortRings) pp->runqtail.plainStore(pp->runqtail.plain() + n);
  shortRings.clear();
  for (const auto& [pp, next] : withoutNext) setNext(pp, next);
  withoutNext.clear();
}

static void showAll() {
  showSince();
  showGlobal();
  lengthenRing();
  joinGlobal();
}

void endLook() {
  blind = false;
  showAll();
}

// The next start of gp, in what is in view.
static const In* nextStart(const g* gp) {
  return window->StartOf(gp->goid.plain());
}

static bool fromGlobal(why reason) {
  return reason == why::global61 || reason == why::global || reason == why::globalLast || reason == why::globalNoP;
}

// gp was found and goes back to where it lay, with those that came along. tail: of the ring before.
static void putBack(why reason, g* gp, bool inheritTime, uint32_t tail) {
  p* pp = getg()->m->p.ptr();
  uint32_t t = pp->runqtail.plain();
  uint32_t along = t - tail < 256 ? t - tail : 0;
  switch (reason) {
    case why::local:
      if (inheritTime) {
        if (g* other = pp->runnext.plain().ptr(); other != nullptr) putFirst(pp, other);
        setNext(pp, gp);
      } else {
        putFirst(pp, gp);
      }
      return;
    case why::global61:
    case why::global:
    case why::globalLast:
    case why::globalNoP:
      for (uint32_t i = 0; i < along; i++) runtime::globrunqputhead(pp->runq[(t - 1 - i) % 256].ptr());
      pp->runqtail.plainStore(t - along);
      runtime::globrunqputhead(gp);
      return;
    case why::steal:
      for (p* p2 : allp) {
        uint32_t h = p2->runqhead.plain();
        auto id = static_cast<size_t>(p2->id);
        if (p2 == pp || id >= current->heads.size() || h - current->heads[id] != along + 1) continue;
        if (p2->runq[(h - 1) % 256].ptr() != gp || p2->runqtail.plain() - h + along + 1 > 256) continue;
        // What was stolen lies in its slots yet.
        p2->runqhead.plainStore(h - along - 1);
        pp->runqtail.plainStore(t - along);
        return;
      }
      for (p* p2 : allp) {
        auto id = static_cast<size_t>(p2->id);
        if (p2 == pp || id >= current->nexts.size() || current->nexts[id] != gp || p2->runnext.plain() != 0) continue;
        setNext(p2, gp);
        return;
      }
      putFirst(pp, gp);
      return;
    default:
      putFirst(pp, gp);
  }
}

// Who brought what lies in a slot of a ring: a look that took it along, as the order-th.
struct Brought {
  uint64_t look = 0, since = 0;
  int32_t order = 0;
};
static std::vector<std::vector<Brought>> brought;  // by P and slot
static absl::flat_hash_map<int32_t, Brought> lastBatch;  // by P: its last look with a batch; order: how many

static void noteBatch(const In& e, why reason) {
  M* me = current;
  const p* pp = getg()->m->p.ptr();
  const uint32_t t = pp->runqtail.plain();
  const uint32_t along = t - me->tail < 256 ? t - me->tail : 0;
  if (reason != why::steal && !fromGlobal(reason)) return;
  NoteChoice(e.index, me->lastIndex, static_cast<int32_t>(along) + 1);
  if (along == 0) return;
  auto id = static_cast<size_t>(pp->id);
  if (brought.size() <= id) brought.resize(id + 1);
  if (brought[id].empty()) brought[id].resize(256);
  const int32_t first = fromGlobal(reason) ? 1 : 0;
  for (uint32_t i = 0; i < along; i++) {
    brought[id][(me->tail + i) % 256] = {e.index, me->lastIndex, first + static_cast<int32_t>(i)};
  }
  lastBatch[pp->id] = {e.index, me->lastIndex, static_cast<int32_t>(along) + 1};
}

// The ones that found() is about to say something else of.
static const g* foundNow;
static const p* foundOn;
static uint32_t foundAt;

static void noteFound(why reason, const g* gp) {
  foundNow = gp;
  foundOn = nullptr;
  const p* pp = getg()->m->p.ptr();
  for (const p* p2 : allp) {
    if ((p2 == pp) != (reason == why::local)) continue;
    const uint32_t h = p2->runqhead.plain();
    if (p2->runq[(h - 1) % 256].ptr() != gp) continue;
    foundOn = p2;
    foundAt = h - 1;
  }
}

// Whether a thread that looks for work may have taken gp, which was just found by that rule, and left `shown`: its look
// ends with the first that it starts then. If that is another one, it has taken both at once: so that one has been
// taken already, or lies behind gp on the ring on which gp lay, since a thief starts the last one of what it takes.
// Then it took all between them, too.
static bool mayHaveTaken(int64_t thread, const g* gp, const g* shown, why reason) {
  const In* ends = nullptr;
  for (size_t i = 0; ends == nullptr; i++) {
    const In* e = window->OfThread(thread, i);
    if (e == nullptr) return true;
    switch (e->kind) {
      case gotrace::kGoStart: ends = e; break;
      case gotrace::kGoUnblock:
      case gotrace::kGoCreate:
      case gotrace::kGoStatus:
      case gotrace::kGoStatusStack:
      case gotrace::kProcStatus:
      case gotrace::kProcStart:
      case gotrace::kProcSteal: break;
      default: return true;
    }
  }
  if (ends->a[0] == gp->goid.plain()) return true;
  const g* last = byName(static_cast<int64_t>(ends->a[0]));
  if (last == nullptr) return false;
  const Where w = whereIs(last);
  if (w.place == Place::kUnknown) return true;
  if (w.place != Place::kRing || w.pp != foundOn || (reason != why::steal && reason != why::local)) return false;
  const Where left = whereIs(shown);
  return left.place != Place::kRing || left.pp != w.pp || left.at > w.at;
}

static void otherwise(const p* pp, uint32_t at, std::vector<Choice>& to) {
  auto id = static_cast<size_t>(pp->id);
  if (brought.size() <= id || brought[id].empty()) return;
  const Brought& b = brought[id][at % 256];
  if (b.look == 0) return;
  if (b.order > 0) to.push_back({b.look, b.since, Choice::kTake, b.order});
  to.push_back({b.look, b.since, Choice::kLatest, 0});
  for (int32_t i = 0; i < 3; i++) to.push_back({b.look, b.since, Choice::kNth, i});
}

void explain(const In& e, std::vector<Choice>& to) {
  const M* me = onThread(e.m);
  // Its 61st look may be now, or a start before or behind it.
  if (const auto id = static_cast<size_t>(e.p); e.p >= 0 && id < firstLooks.size() && firstLooks[id].look != 0) {
    const FirstLook& first = firstLooks[id];
    const uint32_t passed = allp[static_cast<runtime::intptr>(e.p)]->schedtick.plain() - first.tick;
    for (uint32_t now : {0u, 1u, 60u}) {
      to.push_back({first.look, first.since, Choice::kTick, static_cast<int32_t>((now + 61 - passed % 61) % 61)});
    }
  }
  if (me != nullptr) to.push_back({e.index, me->lastIndex, Choice::kNth, 0});
  // Others that look just now may have been first.
  for (const M* other : lookers) {
    const In* next = other == me || other->mp->p == 0 ? nullptr : window->OfThread(other->thread);
    if (next == nullptr || next->kind != gotrace::kGoStart) continue;
    for (int32_t i = 0; i < 2; i++) to.push_back({next->index, other->lastIndex, Choice::kNth, i});
  }
  if (me != nullptr) to.push_back({e.index, me->lastIndex, Choice::kNth, 1});
  const g* shown = e.kind == gotrace::kGoStart ? byName(static_cast<int64_t>(e.a[0])) : nullptr;
  if (shown != nullptr) {
    if (Where w = whereIs(shown); w.place == Place::kRing) otherwise(w.pp, w.pp->runqhead.plain() + w.at, to);
  }
  if (foundNow != nullptr && foundOn != nullptr) otherwise(foundOn, foundAt, to);
  if (auto it = lastBatch.find(static_cast<int32_t>(e.p)); it != lastBatch.end()) {
    const Brought& b = it->second;
    to.push_back({b.look, b.since, Choice::kLatest, 0});
    for (int32_t i = 0; i < 3; i++) to.push_back({b.look, b.since, Choice::kNth, i});
    for (int32_t i : {-1, 1, -2, 2}) to.push_back({b.look, b.since, Choice::kTake, b.order + i});
  }
}

// Whether gp may lie where this thread looks: then it comes to it within 61 starts, unless somebody takes it.
static bool startsSoon(const g* gp) {
  const In* starts = nextStart(gp);
  if (starts == nullptr) return false;
  const In* e = window->OfThread(current->thread);
  for (size_t n = 0; n < 64; e = window->Next(e)) {
    if (e == nullptr || e->index >= starts->index) return true;
    if (e->kind == gotrace::kGoStart) n++;
  }
  return false;
}

// Whether the thread starts gp behind the one that it starts now.
static bool isNextOf(const g* gp) {
  const In* e = window->OfThread(current->thread);
  for (size_t i = 1; i < 32 && e != nullptr; i++) {
    e = window->Next(e);
    if (e == nullptr || e->kind == gotrace::kProcStop) return false;
    if (e->kind == gotrace::kGoStart) return e->a[0] == gp->goid.plain();
  }
  return false;
}

// What Go did is put in place: those that lie before shown on another's ring come along, if the thread goes on with
// them.
static void takeAlong(const g* shown) {
  p* pp = getg()->m->p.ptr();
  const Where w = whereIs(shown);
  if (w.place != Place::kRing || w.pp == pp || w.at == 0 || w.at > 128 || !runtime::runqempty(pp)) return;
  if (!goesOn(current->thread, w.pp, w.at + 1)) return;
  const uint32_t h = w.pp->runqhead.plain(), t = pp->runqtail.plain();
  for (uint32_t i = 0; i < w.at; i++) pp->runq[(t + i) % 256] = w.pp->runq[(h + i) % 256];
  pp->runqtail.plainStore(t + w.at);
  w.pp->runqhead.plainStore(h + w.at);
}

// Whether the thread readies shown before it starts it: the network or the collector had it.
static bool unblocksFirst(g* shown) {
  if (current->early || (runtime::readgstatus(shown) & ~runtime::_Gscan) != runtime::_Gwaiting) return false;
  const In* e = window->OfThread(current->thread);
  for (size_t i = 0; i < 32; i++, e = window->Next(e)) {
    if (e == nullptr || e->kind != gotrace::kGoUnblock) return false;
    if (e->a[0] == shown->goid.plain()) return true;
  }
  return false;
}

// It does so now, with those that come along, each when it is its turn: other threads may come in between.
static void unblockFirst() {
  const In* e;
  while ((e = window->OfThread(current->thread)) != nullptr && e->kind == gotrace::kGoUnblock) {
    g* gp = byName(static_cast<int64_t>(e->a[0]));
    if (gp == nullptr || (runtime::readgstatus(gp) & ~runtime::_Gscan) != runtime::_Gwaiting) return;
    runtime::casgstatus(gp, runtime::_Gwaiting, runtime::_Grunnable);
    runtime::traceAcquire().GoUnpark(gp, 0);
    runtime::runqput(getg()->m->p.ptr(), gp, false);
  }
}

// Whether gp, which is wired, is handed to its thread by another stop of a P, behind that one.
static bool isHandedBehind(const In& stop, const g* gp) {
  const In* start = nextStart(gp);
  const In* head = window->head();
  if (start == nullptr || head == nullptr) return false;
  for (uint64_t i = stop.index + 1; i < start->index; i++) {
    const In* e = window->At(i - head->index);
    if (e == nullptr) return false;
    if (e->kind == gotrace::kProcStop && findsBy(*e) == static_cast<int64_t>(gp->goid.plain())) return true;
  }
  return false;
}

void found(why reason, g* gp, bool inheritTime) {
  if (muted) return;
  M* me = current;
  // What the thread does next with what it found; before that it may unblock others.
  const In* e = window->OfThread(me->thread);
  for (size_t i = 1; i < 32 && e != nullptr && e->kind != gotrace::kGoStart && e->kind != gotrace::kProcStop; i++) {
    e = window->Next(e);
  }
  const bool globalHidden = hiddenSize != 0;
  showAll();
  if (e == nullptr && window->OfThread(me->thread) == nullptr) {
    // It shows nothing more: its thread is delayed, and has taken nothing.
    if (reason == why::globalNoP) me->tail = getg()->m->p.ptr()->runqhead.plain();
    putBack(reason, gp, inheritTime, me->tail);
    me->lookedAt = ~uint64_t{0};
    scheduleAgain();
  }
  if (e == nullptr) return;
  // What is handed on is found as what is started.
  In hands;
  const bool handsOn = e->kind == gotrace::kProcStop && findsBy(*e) != 0;
  if (handsOn) {
    hands = *e;
    hands.kind = gotrace::kGoStart;
    hands.a[0] = static_cast<uint64_t>(findsBy(*e));
    e = &hands;
  }
  foundNow = nullptr;
  if (e->kind != gotrace::kGoStart || e->a[0] != gp->goid.plain()) noteFound(reason, gp);
  // Another P than it began with was idle, and empty.
  if (reason == why::globalNoP) me->tail = getg()->m->p.ptr()->runqhead.plain();
  auto takeBack = [&] { putBack(reason, gp, inheritTime, me->tail); };
  // Another thread that looks for work, and starts gp next, may have been the first to find it.
  auto takenBefore = [&] {
    const In* starts = nextStart(gp);
    if (starts == nullptr || starts->m == me->thread) return false;
    M* other = onThread(starts->m);
    if (other == nullptr || other == me || other->early || other->mp->curg.plain() != nullptr) return false;
    if (other->wait == Wait::kEmit) return false;
    const g* shown = e->kind == gotrace::kGoStart ? byName(static_cast<int64_t>(e->a[0])) : nullptr;
    if (shown != nullptr && !inheritTime && !mayHaveTaken(starts->m, gp, shown, reason)) return false;
    takeBack();
    me->tries++;
    me->lookedAt = ~uint64_t{0};
    if (other->wait == Wait::kLook && other->mp->p != 0 && window->OfThread(starts->m) == starts) {
      other->early = true;
      runFirst = other;
      toHost(Wait::kLook);
    } else {
      extract(gp);
      putUnknown(gp, "who looked first");
    }
    return true;
  };
  // It was not the moment after all.
  auto notNow = [&] {
    takeBack();
    me->early = false;
    me->lookedAt = ~uint64_t{0};
    me->notBefore = window->consumed() + 2;
    scheduleAgain();
  };
  if (me->early && e->kind == gotrace::kGoStart && e->a[0] != gp->goid.plain()) notNow();
  // gp came to where it lies while the M looked, so the M may have looked before: it does so now, once for each event.
  auto lookBefore = [&](uint64_t then) {
    if (me->forced > 0 || me->before == e->index || static_cast<uint64_t>(gp->waitsince) <= then) return;
    takeBack();
    me->before = e->index;
    me->choice = "which came first";
    hideSince(then, getg()->m->p.ptr());
    scheduleAgain();
  };
  if (e->kind == gotrace::kGoStart) {
    if (static_cast<int64_t>(e->a[0]) == static_cast<int64_t>(gp->goid.plain())) {
      if (!handsOn && gp->lockedm != 0) unwire(gp);
      // Others start it before.
      if (!handsOn && nextStart(gp) != e && !me->said && me->forced == 0) notNow();
      noteBatch(*e, reason);
      if (me->said || me->forced > 0) {
        me->said = handsOn;
        return;
      }
      me->said = handsOn;
      if (me->choice != nullptr) {
        admissible(*e, me->choice);
      } else if (me->stealFrom >= 0 && reason == why::steal) {
        admissible(*e, "from which P to steal first");
      } else if (Settled(e->index) != nullptr) {
        admissible(*e, "when it looked");
      } else {
        exact(*e);
      }
      return;
    }
    g* shown = byName(static_cast<int64_t>(e->a[0]));
    if (shown == nullptr) lost(absl::StrCat("starts G", e->a[0], ", which nobody has made"));
    const bool readied = unblocksFirst(shown);
    if (whereIs(shown).place == Place::kNowhere && !readied) {
      if (!isHead(me) && me->forced == 0) notNow();
      if (takeFromWired(shown)) {
        takeBack();
        me->lookedAt = ~uint64_t{0};
        scheduleAgain();
      }
      lost(absl::StrCat("starts G", e->a[0], ", which is not runnable in the port, status ",
                        runtime::readgstatus(shown)));
    }
    if (me->tries < 6 && takenBefore()) scheduleAgain();
    if (fromGlobal(reason) && !globalHidden && globalSince > me->lastIndex && me->tries < 3 &&
        whereIs(shown).place != Place::kGlobal) {
      takeBack();
      me->tries++;
      me->choice = "whether it looked at the global queue before that had something";
      hideGlobal();
      scheduleAgain();
    }
    if (wasGuessed(gp)) {
      me->choice = "where it lay when the trace began";
      takeBack();
      extract(gp);
      putUnknown(gp, me->choice);
      scheduleAgain();
    }
    if (auto id = static_cast<size_t>(getg()->m->p.ptr()->id); reason == why::global61 && !tickKnown[id]) {
      me->choice = "the schedtick when the trace began";
      takeBack();
      p* pp = getg()->m->p.ptr();
      pp->schedtick.plainStore(pp->schedtick.plain() + 1);
      scheduleAgain();
    }
    // A goroutine whose system call ended without a P has said so before it is on the global queue, once each time.
    if (exiting.erase(gp) != 0) {
      me->choice = "how long the end of a system call took";
      takeBack();
      extract(gp);
      putUnknown(gp, me->choice);
      scheduleAgain();
    }
    if (exiting.erase(shown) != 0) {
      takeBack();
      extract(shown);
      putUnknown(shown, "how long the end of a system call took");
      me->lookedAt = ~uint64_t{0};
      scheduleAgain();
    }
    lookBefore(std::max(me->lastIndex, static_cast<uint64_t>(shown->waitsince)));
    if (me->forced == 0 && !me->said) {
      divergent(*e, absl::StrCat("Go started G", e->a[0], ", the port would start G", gp->goid.plain(), " (",
                                 textOf(reason), ")"));
    }
    takeBack();
    if (!startsSoon(gp)) {
      extract(gp);
      putUnknown(gp, "where it lay behind a divergence");
    }
    if (++me->forced > 3) lost(absl::StrCat("cannot start G", e->a[0]));
    if (readied) {
      unblockFirst();
    } else {
      takeAlong(shown);
    }
    extract(shown);
    putFirst(getg()->m->p.ptr(), shown);
    if (g* next = getg()->m->p.ptr()->runnext.plain().ptr(); next != nullptr) {
      // runnext comes before the ring.
      p* pp = getg()->m->p.ptr();
      pp->runnext.plainStore({});
      extract(shown);
      putFirst(pp, next);
      putFirst(pp, shown);
    }
    m* mp = getg()->m;
    if (mp->spinning) {
      mp->spinning = false;
      sched.nmspinning.Add(-1);
    }
    if (p* pp = mp->p.ptr(); pp->schedtick.plain() % 61 == 0) {
      // If what was found comes next, the 61st look does.
      const bool next = reason == why::global61 && isNextOf(gp);
      pp->schedtick.plainStore(pp->schedtick.plain() + (next ? -1 : 1));
    }
    scheduleAgain();
  }
  // The thread looked before gp was there, and another one found it.
  if (e->kind == gotrace::kProcStop && !handsOn && gp->lockedm != 0 && isHandedBehind(*e, gp)) {
    lookBefore(me->lastIndex);
  }
  if (e->kind == gotrace::kProcStop && gp->lockedm == 0) {
    if (me->tries < 6 && takenBefore()) scheduleAgain();
    // Found, but the P stops: wired to another thread, or Go found nothing.
    const In* next = nextStart(gp);
    if (next != nullptr && next->m != me->thread) {
      M* owner = onThread(next->m);
      if (owner != nullptr && owner->wait == Wait::kNote && owner->mp->nextp == 0) {
        // Off the idle list: it waits for its goroutine alone.
        m* before = nullptr;
        for (m* q = sched.midle.ptr(); q != nullptr; before = q, q = q->schedlink.ptr()) {
          if (q != owner->mp) continue;
          if (before == nullptr) {
            sched.midle = q->schedlink;
          } else {
            before->schedlink = q->schedlink;
          }
          sched.nmidle--;
          sched.nmidlelocked++;
          wire(gp, owner);
          admissible(*e, "a goroutine wired to its thread");
          return;
        }
      }
    }
    lookBefore(me->lastIndex);
    divergent(*e, absl::StrCat("Go's P stopped, the port would start G", gp->goid.plain(), " (", textOf(reason), ")"));
    m* mp = getg()->m;
    takeBack();
    p* pp = mp->p.ptr();
    // What is left there is everybody's.
    for (;;) {
      auto [q, inherit] = runtime::runqget(pp);
      if (q == nullptr) break;
      runtime::globrunqput(q);
    }
    if (mp->spinning) {
      mp->spinning = false;
      sched.nmspinning.Add(-1);
    }
    me->said = true;
    hideGlobal();
    blind = true;
    scheduleAgain();
  }
}

}  // namespace guided
