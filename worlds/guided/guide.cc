// Whose turn it is, and what to do when the port and the trace differ.
#include "worlds/guided/guide.h"
#include "worlds/guided/inputs.h"

#include <csetjmp>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "trace/reader.h"

namespace guided {

using runtime::allp;
using runtime::getg;
using runtime::sched;

Window* window;
M* current;
bool muted = true;

namespace {

Fiber* host;
std::vector<std::unique_ptr<M>> ms;          // by the port's id of the M
absl::flat_hash_map<int64_t, M*> ofThread;   // by the trace's
M* helper;                                   // sysmon's stand-in
absl::flat_hash_set<const g*> exiting;       // their calls ended without a P, and they have not run since
g* slow;                                     // its call ended, and nobody finds it yet
M* runFirst;                                 // it had looked before the one that asks for it
Result* result;
const std::function<void(const Divergence&)>* onDivergence;
const std::function<void(const char*)>* onChoice;
int64_t startTime;
bool ended;  // no more events, or lost: back to the caller

std::vector<bool> tickKnown;  // by P

void resume(M* me) {
  M* before = current;
  current = me;
  g* saved = getg();
  runtime::setg(me->saved);
  Fiber::Switch(*host, *me->fiber);
  runtime::setg(saved);
  current = before;
}

bool isStatus(uint8_t kind) {
  return kind == gotrace::kGoStatus || kind == gotrace::kGoStatusStack || kind == gotrace::kProcStatus;
}

bool isHead(const M* me) {
  const In* e = window->head();
  return e != nullptr && me->thread == e->m && !isStatus(e->kind);
}

void bindThread(int64_t thread, M* me) {
  if (auto it = ofThread.find(thread); it != ofThread.end() && it->second != me) it->second->thread = -1;
  if (me->thread != -1 && me->thread != thread) ofThread.erase(me->thread);
  me->thread = thread;
  ofThread[thread] = me;
}

}  // namespace

// ---- the M's side

const In* mine() {
  if (current->early) return window->OfThread(current->thread);
  return isHead(current) ? window->head() : nullptr;
}
const In* mineNext(size_t n) { return window->OfThread(current->thread, n); }

// While it is set nobody has anything to steal.
static bool blind;

static void showGlobal();
static void lengthenRing();
static void joinGlobal();

void toHost(Wait wait) {
  blind = false;
  showIdle();
  showGlobal();
  lengthenRing();
  joinGlobal();
  M* me = current;
  me->wait = wait;
  me->saved = getg();
  Fiber::Switch(*me->fiber, *host);
}

const In& awaitMine(Wait wait) {
  while (muted || !(isHead(current) || (current->early && wait == Wait::kLook))) toHost(wait);
  return current->early ? *window->OfThread(current->thread) : *window->head();
}

// Statuses that change nothing for any M are no events of their own: they stand before the event that wants them.
static void passStatuses() {
  for (const In* e; (e = window->head()) != nullptr && isStatus(e->kind);) {
    const In status = *e;
    bool quiet = status.kind == gotrace::kProcStatus || byName(static_cast<int64_t>(status.a[0])) != nullptr ||
                 status.a[2] == gotrace::kGoWaiting || status.a[2] == gotrace::kGoRunnable;
    if (!quiet) return;
    window->Pop();
    result->events++;
    adopt(status);
  }
}

void consume() {
  current->tries = 0;
  current->forced = 0;
  current->early = false;
  current->lastIndex = window->head()->index;
  window->Pop();
  result->events++;
  passStatuses();
}

// Whether the port's event is that of the trace.
static bool matches(const In& e, uint8_t kind, int64_t arg) {
  if (e.kind != kind) return kind == gotrace::kGoCreate && e.kind == gotrace::kGoCreateBlocked;
  switch (kind) {
    case gotrace::kProcStart:
    case gotrace::kProcSteal:
    case gotrace::kGoStart:
    case gotrace::kGoUnblock:
    case gotrace::kGoSwitch:
    case gotrace::kGoSwitchDestroy:
      return static_cast<int64_t>(e.a[0]) == arg;
    default:
      return true;
  }
}

static bool borrows;
void borrowing(bool yes) { borrows = yes; }

void emit(uint8_t kind, int64_t arg) {
  if (muted || borrows) return;
  M* me = current;
  for (;;) {
    if (isHead(me)) {
      const In* e = window->head();
      bool same = matches(*e, kind, arg);
      if (same) {
        if (kind == gotrace::kProcStop && !me->said) {
          exact(*e);
        }
        me->said = false;
        if (kind == gotrace::kGoStart && !exiting.empty()) exiting.erase(byName(arg));
        consume();
        return;
      }
    }
    me->emitKind = kind;
    me->emitArg = arg;
    toHost(Wait::kEmit);
    arg = me->emitArg;
    if (me->skipEmit) {
      me->skipEmit = false;
      return;
    }
    if (me->lookAgain) {
      me->lookAgain = false;
      scheduleAgain();
    }
  }
}

[[noreturn]] void scheduleAgain() {
  g* gp = getg();
  m* mp = gp->m;
  mp->locks = 0;
  if (p* pp = mp->p.ptr(); pp != nullptr && mp->spinning && !runtime::runqempty(pp)) {
    // Who spins has an empty queue.
    mp->spinning = false;
    sched.nmspinning.value--;
  }
  auto sp = gp->sched.sp & ~uintptr_t{15};
  void (*fn)() = runtime::schedule;
#if defined(__x86_64__)
  asm volatile("movq %0, %%rsp\n\txorl %%ebp, %%ebp\n\tcall *%1\n\tud2" : : "r"(sp), "r"(fn) : "memory");
#else
  asm volatile("mov sp, %0\n\tmov x29, xzr\n\tblr %1\n\tbrk 1" : : "r"(sp), "r"(fn) : "memory");
#endif
  __builtin_unreachable();
}

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

// Of those that come along with the first one, the thread will start some: those that others start may have come later.
static void shortenGlobal(const p* pp) {
  int32_t procs = runtime::gomaxprocs.plain(), size = sched.runqsize.plain();
  int32_t n = std::min(size / procs + 1, std::min(size, 128));
  if (procs == 1 || n < 2) return;
  absl::flat_hash_map<uint64_t, int32_t> place;
  int32_t i = 0;
  for (g* q = sched.runq.head.ptr(); q != nullptr && i < n; q = q->schedlink.ptr(), i++) place[q->goid.plain()] = i;
  int32_t mineToo = n;
  for (size_t k = 0; k < 1024 && !place.empty(); k++) {
    const In* e = window->At(k);
    if (e == nullptr) break;
    if (e->kind != gotrace::kGoStart) continue;
    auto it = place.find(e->a[0]);
    if (it == place.end()) continue;
    if (e->p != pp->id) mineToo = std::min(mineToo, it->second);
    place.erase(it);
  }
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
  cutOff = runtime::gQueue{};
  cutOff.head = last->schedlink;
  cutOff.tail = sched.runq.tail;
  last->schedlink = 0;
  sched.runq.tail.set(last);
  cutSize = size - then;
  sched.runqsize.plainStore(then);
  current->choice = "when it looked";
}

// The P that the goroutine lies on may be anybody's: look there first.
static void prepareToLook(const In& e) {
  M* me = current;
  if (me->lookedAt == e.index) return;
  me->lookedAt = e.index;
  me->tail = getg()->m->p.ptr()->runqtail.plain();
  me->heads.clear();
  for (p* q : allp) me->heads.push_back(q->runqhead.plain());
  me->choice = nullptr;
  me->stealFrom = -1;
  p* pp = getg()->m->p.ptr();
  auto id = static_cast<size_t>(pp->id);
  if (tickKnown.size() <= id) tickKnown.resize(id + 1);
  if (e.kind != gotrace::kGoStart) return;
  g* gp = byName(static_cast<int64_t>(e.a[0]));
  if (gp == nullptr) return;
  Where w = whereIs(gp);
  if (wasGuessed(gp)) {
    me->choice = "where it lay when the trace began";
    if (!(w.place == Place::kRing && w.pp == pp && w.at == 0)) w.place = Place::kUnknown;
  }
  switch (w.place) {
    case Place::kUnknown:
      extract(gp);
      putFirst(pp, gp);
      me->choice = "who looked first";
      break;
    case Place::kRing:
    case Place::kRunnext:
      if (w.pp != pp) {
        me->stealFrom = w.pp->id;
        if (w.place == Place::kRing) shortenRing(w.pp, w.at + 1);
      }
      break;
    case Place::kGlobal:
      if (w.at == 0) shortenGlobal(pp);
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
  if (gp != mp->g0 || mp->p == 0 || mp->curg.plain() != nullptr || current == helper) return v;
  const In& e = awaitMine(Wait::kLook);
  prepareToLook(e);
  // It had looked before the stop was asked for.
  if (v && e.kind != gotrace::kProcStop) return false;
  return v;
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

static const char* const whyText[] = {
    "?", "the trace's reader", "a GC worker", "the global queue, by the 61st tick", "the local queue",
    "the global queue", "the network", "stolen", "an idle GC worker", "?", "the global queue, before going idle",
    "the global queue, once more", "an idle GC worker", "the network, after a wait",
};

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

// The next start of gp, in what is in view.
static const In* nextStart(const g* gp) {
  for (size_t i = 0; i < 512; i++) {
    const In* e = window->At(i);
    if (e == nullptr) break;
    if (e->kind == gotrace::kGoStart && e->a[0] == gp->goid.plain()) return e;
  }
  return nullptr;
}

// gp was found and goes back to where it lay, with those that came along. tail: of the ring before.
static void putBack(runtime::uint8 why, g* gp, bool inheritTime, uint32_t tail) {
  p* pp = getg()->m->p.ptr();
  uint32_t t = pp->runqtail.plain();
  uint32_t along = t - tail < 256 ? t - tail : 0;
  switch (why) {
    case 4:
      if (inheritTime) {
        if (g* other = pp->runnext.plain().ptr(); other != nullptr) putFirst(pp, other);
        runtime::guintptr next;
        next.set(gp);
        pp->runnext.plainStore(next);
      } else {
        putFirst(pp, gp);
      }
      return;
    case 3:
    case 5:
    case 10:
    case 11:
      for (uint32_t i = 0; i < along; i++) runtime::globrunqputhead(pp->runq[(t - 1 - i) % 256].ptr());
      pp->runqtail.plainStore(t - along);
      runtime::globrunqputhead(gp);
      return;
    case 7:
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
      putFirst(pp, gp);
      return;
    default:
      putFirst(pp, gp);
  }
}

void found(runtime::uint8 why, g* gp, bool inheritTime) {
  if (muted) return;
  M* me = current;
  // What the thread does next with what it found; before that it may unblock others.
  const In* e = nullptr;
  for (size_t i = 0; i < 32; i++) {
    e = window->OfThread(me->thread, i);
    if (e == nullptr || e->kind == gotrace::kGoStart || e->kind == gotrace::kProcStop) break;
  }
  const bool globalHidden = hiddenSize != 0;
  showGlobal();
  lengthenRing();
  joinGlobal();
  if (e == nullptr) return;
  auto takeBack = [&] { putBack(why, gp, inheritTime, me->tail); };
  // Another thread that looks for work, and starts gp next, may have been the first to find it.
  auto takenBefore = [&] {
    const In* starts = nextStart(gp);
    if (starts == nullptr || starts->m == me->thread) return false;
    auto it = ofThread.find(starts->m);
    M* other = it == ofThread.end() ? nullptr : it->second;
    if (other == nullptr || other == me || other->early || other->mp->curg.plain() != nullptr) return false;
    if (other->wait == Wait::kEmit) return false;
    takeBack();
    me->tries++;
    me->lookedAt = ~uint64_t{0};
    if (other->wait == Wait::kLook && other->mp->p != 0 && window->OfThread(starts->m) == starts) {
      other->early = true;
      runFirst = other;
      toHost(Wait::kLook);
    } else {
      extract(gp);
      putUnknown(gp);
    }
    return true;
  };
  // Whether gp came to where it lies while the M looked, so that the M may have looked before.
  bool cameMeanwhile = static_cast<uint64_t>(gp->waitsince) > me->lastIndex;
  if (e->kind == gotrace::kGoStart) {
    if (static_cast<int64_t>(e->a[0]) == static_cast<int64_t>(gp->goid.plain())) {
      if (me->said || me->forced > 0) {
        me->said = false;
        return;
      }
      if (me->choice != nullptr) {
        admissible(*e, me->choice);
      } else if (me->stealFrom >= 0 && why == 7) {
        admissible(*e, "from which P to steal first");
      } else {
        exact(*e);
      }
      return;
    }
    g* shown = byName(static_cast<int64_t>(e->a[0]));
    if (shown == nullptr) lost(absl::StrCat("starts G", e->a[0], ", which nobody has made"));
    if (me->tries < 6 && takenBefore()) scheduleAgain();
    const bool global = why == 3 || why == 5 || why == 10 || why == 11;
    if (global && !globalHidden && globalSince > me->lastIndex && me->tries < 3 &&
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
      putUnknown(gp);
      scheduleAgain();
    }
    if (auto id = static_cast<size_t>(getg()->m->p.ptr()->id); why == 3 && !tickKnown[id]) {
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
      putUnknown(gp);
      scheduleAgain();
    }
    if (exiting.erase(shown) != 0) {
      takeBack();
      extract(shown);
      putUnknown(shown);
      me->lookedAt = ~uint64_t{0};
      scheduleAgain();
    }
    if (me->forced == 0 && cameMeanwhile) {
      admissible(*e, "which came first");
      me->said = true;
    }
    if (me->forced == 0 && !me->said) {
      divergent(*e, absl::StrCat("Go started G", e->a[0], ", the port would start G", gp->goid.plain(), " (",
                                 whyText[why], ")"));
    }
    takeBack();
    if (++me->forced > 3) lost(absl::StrCat("cannot start G", e->a[0]));
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
    if (mp->p.ptr()->schedtick.plain() % 61 == 0) mp->p.ptr()->schedtick.plainStore(mp->p.ptr()->schedtick.plain() + 1);
    scheduleAgain();
  }
  if (e->kind == gotrace::kProcStop && gp->lockedm == 0) {
    if (me->tries < 6 && takenBefore()) scheduleAgain();
    // Found, but the P stops: wired to another thread, or Go found nothing.
    const In* next = nullptr;
    for (size_t i = 0; i < 64; i++) {
      const In* other = window->At(i);
      if (other == nullptr) break;
      if (other->kind == gotrace::kGoStart && other->a[0] == gp->goid.plain()) {
        next = other;
        break;
      }
    }
    if (next != nullptr && next->m != me->thread) {
      auto it = ofThread.find(next->m);
      if (it != ofThread.end() && it->second->wait == Wait::kNote && it->second->mp->nextp == 0) {
        M* owner = it->second;
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
          gp->lockedm.set(owner->mp);
          owner->mp->lockedg.set(gp);
          admissible(*e, "a goroutine wired to its thread");
          return;
        }
      }
    }
    if (cameMeanwhile) {
      admissible(*e, "which came first");
    } else {
      divergent(*e, absl::StrCat("Go's P stopped, the port would start G", gp->goid.plain(), " (", whyText[why], ")"));
    }
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

// ---- threads

M* ofRuntime(const m* mp) { return ms[static_cast<size_t>(mp->id)].get(); }

void startThread(m* mp) {
  auto id = static_cast<size_t>(mp->id);
  if (ms.size() <= id) ms.resize(id + 1);
  ms[id] = std::make_unique<M>();
  M* me = ms[id].get();
  me->mp = mp;
  me->fiber = std::make_unique<Fiber>(
      64 << 10,
      [](void* arg) {
        auto* me = static_cast<M*>(arg);
        me->mp->park.key = 0;
        runtime::setg(me->mp->g0);
        runtime::mstart();
        endThread();
      },
      me);
  runtime::stackfree(mp->g0->stack);
  mp->g0->stack.lo = reinterpret_cast<uintptr_t>(me->fiber->stack_lo());
  mp->g0->stack.hi = reinterpret_cast<uintptr_t>(me->fiber->stack_hi());
  me->saved = mp->g0;
}

void endThread() {
  for (;;) toHost(Wait::kEnded);
}

// ---- the host's side

namespace {

// An M that was given pp and has not shown it.
M* pendingWith(const p* pp) {
  for (auto& each : ms) {
    if (each == nullptr) continue;
    if (each->mp->nextp.ptr() == pp) return each.get();
    const bool starts = each->wait == Wait::kEmit && each->emitKind == gotrace::kProcStart;
    if (starts && each->mp->p.ptr() == pp) return each.get();
  }
  return nullptr;
}

bool isPending(const M* me) {
  return me->mp->nextp != 0 && (me->wait == Wait::kNote || me->wait == Wait::kNew);
}

M* anyPending(bool spinning) {
  for (auto& each : ms) {
    if (each == nullptr || !isPending(each.get())) continue;
    if (!spinning || each->mp->spinning || each->mp->mstartfn != nullptr) return each.get();
  }
  return nullptr;
}

// Whether the P is free to be given to somebody.
bool isIdle(p* pp) {
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
  if (mp->spinning || mp->mstartfn != nullptr) {
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
void startMuted(p* pp) {
  g* saved = getg();
  bool before = muted;
  runtime::setg(runtime::m0.g0);
  muted = true;
  runtime::startm(pp, false, false);
  muted = before;
  runtime::setg(saved);
}

// The thread of e starts the P e.a[0].
void startProc(const In& e) {
  if (static_cast<int64_t>(e.a[0]) >= allp.len) lost(absl::StrCat("starts P", e.a[0], ", of which there is none"));
  p* pp = allp[static_cast<runtime::intptr>(e.a[0])];
  M* me = pendingWith(pp);
  if (me == nullptr && pp->status.plain() == runtime::_Pgcstop && pp->m.plain() == 0 && sched.gcwaiting.u.value != 0) {
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
  } else if (auto it = ofThread.find(e.m); it != ofThread.end() && it->second->wait == Wait::kPoll) {
    me = it->second;
    bool was = false;
    if (!idleFirst(pp, &was)) lost(absl::StrCat("starts P", e.a[0], " from the poller, and it is not idle"));
    if (was) exact(e); else admissible(e, "in what order Ps went idle");
  } else if ((me = anyPending(true)) != nullptr && isIdle(pp)) {
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
    bool first = result->events < 200;
    const In* run = window->OfThread(e.m, 1);
    g* next = run != nullptr && run->kind == gotrace::kGoStart ? byName(static_cast<int64_t>(run->a[0])) : nullptr;
    auto poller = [&] {
      for (auto& each : ms) {
        if (each != nullptr && each->wait == Wait::kPoll) me = each.get();
      }
    };
    poller();
    if (me == nullptr) {
      // Whoever looks once more finds nothing, and polls or sleeps.
      for (size_t i = 0; i < ms.size(); i++) {
        if (ms[i] == nullptr || ms[i]->wait != Wait::kLookNoP) continue;
        ms[i]->giveUp = true;
        resume(ms[i].get());
      }
      idleFirst(pp, &was);
      poller();
    }
    if (me != nullptr) {
      // Which of the idle threads polls does not show.
      if (was) exact(e); else admissible(e, "in what order Ps went idle");
    } else {
      if (next != nullptr && whereIs(next).place == Place::kUnknown) {
        admissible(e, "how long the end of a system call took");
      } else if (first) {
        admissible(e, "what lay where when the trace began");
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

const char* waitText(Wait w);

std::string describe(const In& e) {
  return absl::StrCat(std::string(gotrace::InfoOf(e.kind).name), " at byte ", e.offset, " (M", e.m, " P", e.p, " G",
                      e.g, ", args ",
                      e.a[0], " ", e.a[1], " ", e.a[2], ")");
}

const char* waitText(Wait w) {
  constexpr const char* text[] = {"has not begun", "runs its goroutine", "looks for work", "emits", "sleeps", "polls",
                                  "waits as sysmon", "ended", "looks once more"};
  return text[static_cast<int>(w)];
}

// One event.
void step() {
  const In e = *window->head();
  if (isStatus(e.kind)) {
    window->Pop();
    result->events++;
    adopt(e);
    return;
  }
  auto it = ofThread.find(e.m);
  M* me = it == ofThread.end() ? nullptr : it->second;
  if (me != nullptr && me->wait == Wait::kLookNoP && e.kind != gotrace::kProcStart) {
    me->giveUp = true;
    resume(me);
  }
  bool asleep = me == nullptr || me->wait == Wait::kNew || me->wait == Wait::kPoll || me->wait == Wait::kEnded ||
                (me->wait == Wait::kNote && me->note == &me->mp->park);
  if (me != nullptr && me->wait == Wait::kLookNoP && e.kind == gotrace::kProcStart &&
      static_cast<int64_t>(e.a[0]) < allp.len) {
    // It has given its P up and looks once more: it may find something, or go to sleep and be woken.
    p* pp = allp[static_cast<runtime::intptr>(e.a[0])];
    bool was = false;
    if (pendingWith(pp) != nullptr || !idleFirst(pp, &was)) {
      me->giveUp = true;
      resume(me);
    } else {
      resume(me);
      if (const In* now = window->head(); now == nullptr || now->index != e.index) {
                if (was) exact(e); else admissible(e, "in what order Ps went idle");
        return;
      }
    }
    asleep = true;
  }
  if (asleep) {
    if (e.kind == gotrace::kProcStart) {
      startProc(e);
    } else if (me != nullptr && me->wait == Wait::kPoll && e.kind == gotrace::kGoUnblock && e.p < 0) {
      resume(me);
    } else if (e.p < 0 && (e.kind == gotrace::kProcSteal || e.kind == gotrace::kGoUnblock)) {
      bindThread(e.m, helper);
      resume(helper);
    } else {
      lost(absl::StrCat("its thread ", me == nullptr ? "is not known" : waitText(me->wait)));
    }
  } else {
    if (me->wait == Wait::kEmit) {
      uint8_t kind = me->emitKind;
      if (matches(e, kind, me->emitArg)) {
        // Its turn.
      } else if (kind == gotrace::kProcStop && e.kind == gotrace::kGoStart && me->mp->curg.plain() == nullptr) {
        g* shown = byName(static_cast<int64_t>(e.a[0]));
        if (shown == nullptr || whereIs(shown).place == Place::kNowhere) {
          std::string where;
          for (auto& each : ms) {
            if (each != nullptr && each->mp->curg.plain() == shown) {
              where = absl::StrCat(": it is on m", each->mp->id, " of thread ", each->thread, ", which ",
                                   waitText(each->wait));
            }
          }
          lost(absl::StrCat("starts G", e.a[0], ", which is not runnable in the port, status ",
                            shown == nullptr ? 0 : runtime::readgstatus(shown), where));
        }
        divergent(e, absl::StrCat("Go found G", e.a[0], ", the port finds nothing"));
        me->forced++;
        extract(shown);
        putFirst(me->mp->p.ptr(), shown);
        if (me->mp->spinning) {
          me->mp->spinning = false;
          sched.nmspinning.Add(-1);
        }
        me->lookAgain = true;
      } else if (kind == gotrace::kProcSteal || kind == gotrace::kGoUnblock) {
        me->skipEmit = true;
      } else if (!(e.kind == kind)) {
        lost(absl::StrCat("the port emits ", std::string(gotrace::InfoOf(kind).name), " ", me->emitArg));
      } else if (kind == gotrace::kProcStart && static_cast<int64_t>(e.a[0]) != me->emitArg &&
                 static_cast<int64_t>(e.a[0]) < allp.len) {
        // Idle Ps are all alike but for their order.
        p* shown = allp[static_cast<runtime::intptr>(e.a[0])];
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
    }
    resume(me);
    if (slow != nullptr) {
      extract(slow);
      putUnknown(slow);
      slow = nullptr;
    }
  }
  if (runFirst != nullptr && !ended) {
    M* other = runFirst;
    runFirst = nullptr;
    resume(other);
    return;
  }
  const In* now = window->head();
  if (now != nullptr && now->index == e.index && !ended) {
    static uint64_t last = ~uint64_t{0};
    static int times;
    times = last == e.index ? times + 1 : 0;
    last = e.index;
    if (times > 8) {
      me = ofThread.contains(e.m) ? ofThread[e.m] : nullptr;
      lost(absl::StrCat("the port does not make it: its M ", me == nullptr ? "is not known" : waitText(me->wait)));
    }
  }
}

jmp_buf atLoss;

}  // namespace

void exact(const In&) { result->exact++; }

void admissible(const In&, const char* choice) {
  result->admissible++;
  if (*onChoice) (*onChoice)(choice);
}

void divergent(const In& e, const std::string& what) {
  result->divergent++;
  if (!*onDivergence) return;
  Divergence d;
  d.offset = e.offset;
  d.time = e.time - startTime;
  d.m = e.m;
  d.p = e.p;
  d.g = e.g;
  d.what = what;
  d.queues = queuesText();
  (*onDivergence)(d);
}

void lost(const std::string& why) {
  const In* e = window->head();
  result->lost = absl::StrCat(e == nullptr ? std::string("at the end") : describe(*e), ": ", why);
  if (e != nullptr) {
    result->lostOffset = e->offset;
    result->lostTime = e->time - startTime;
  }
  ended = true;
  if (current != nullptr) {
    Fiber::Switch(*current->fiber, *host);
  }
  longjmp(atLoss, 1);
}

namespace {

void run() {
  resume(helper);
  while (!ended && window->head() != nullptr) step();
}

}  // namespace

// The goroutines that are runnable when the trace begins lie on queues that it does not tell. A first guess: on the
// ring of the P that runs them first, in the order in which they run.
static void placeAtStart() {
  absl::flat_hash_map<uint64_t, bool> runnable;
  for (size_t i = 0; i < 8192; i++) {
    const In* e = window->At(i);
    if (e == nullptr) break;
    if ((e->kind == gotrace::kGoStatus || e->kind == gotrace::kGoStatusStack) && e->a[2] == gotrace::kGoRunnable) {
      runnable[e->a[0]] = true;
    }
    if (e->kind != gotrace::kGoStart || !runnable.contains(e->a[0]) || e->p < 0 || e->p >= allp.len) continue;
    auto goid = static_cast<int64_t>(e->a[0]);
    if (byName(goid) == nullptr) guessAt(goid, allp[static_cast<runtime::intptr>(e->p)]);
  }
}

bool Diff(const std::string& path, Result& r, std::string& error, const std::function<void(const Divergence&)>& report,
          const std::function<void(const char*)>& choice) {
  result = &r;
  onDivergence = &report;
  onChoice = &choice;
  gotrace::Reader reader;
  if (!reader.Open(path)) {
    error = reader.verdict().Line(path);
    return false;
  }
  Window w(reader);
  window = &w;
  Fiber here;
  host = &here;
  if (const In* first = w.head(); first != nullptr) {
    startTime = first->time;
    // How many Ps there are.
    int32_t procs = 0;
    for (size_t i = 0; i < 4096; i++) {
      const In* e = w.At(i);
      if (e == nullptr) break;
      if (e->kind == gotrace::kProcsChange) {
        procs = static_cast<int32_t>(e->a[0]);
        break;
      }
      if (e->kind == gotrace::kProcStatus || e->kind == gotrace::kProcStart) {
        procs = std::max(procs, static_cast<int32_t>(e->a[0]) + 1);
      }
    }
    if (procs <= 0 || procs > 4096) procs = 1;
    ms.push_back(std::make_unique<M>());
    boot(procs);
    placeAtStart();
    if (setjmp(atLoss) == 0) run();
  }
  r.decisions = r.exact + r.admissible + r.divergent;
  if (!reader.verdict().ok()) {
    error = reader.verdict().Line(path);
    return false;
  }
  return true;
}

// What rt0_go does, and then the Ms that are there from the beginning.
void boot(int32_t procs) {
  static int32_t n = procs;
  M* me = ms[0].get();
  me->mp = &runtime::m0;
  me->fiber = std::make_unique<Fiber>(256 << 10, [](void*) {
    runtime::m0.g0 = &runtime::g0;
    runtime::g0.m = &runtime::m0;
    runtime::setg(&runtime::g0);
    runtime::ncpu = n;
    runtime::mcache0 = runtime::allocmcache();
    runtime::schedinit();
    runtime::mainStarted = true;
    runtime::newm(helperLoop, nullptr, -1);
    helper = ms.back().get();
    runtime::mstart();
    endThread();
  }, nullptr);
  runtime::g0.stack.lo = reinterpret_cast<uintptr_t>(me->fiber->stack_lo());
  runtime::g0.stack.hi = reinterpret_cast<uintptr_t>(me->fiber->stack_hi());
  me->saved = nullptr;
  muted = true;
  resume(me);
  muted = false;
}

void endsSlowly(g* gp) { slow = gp; }
void endsWithoutP(g* gp) { exiting.insert(gp); }

void startOnThread(p* pp, int64_t thread) {
  startMuted(pp);
  M* me = pendingWith(pp);
  bindThread(thread, me);
  resume(me);
}

void leaveThread() {
  ofThread.erase(current->thread);
  current->thread = -1;
}

void freeFromPending(p* pp) {
  M* me = pendingWith(pp);
  if (me != nullptr && isPending(me)) cancel(me);
}


}  // namespace guided
