// The scheduler's own words, put together. A fact mostly needs two of them: that a goroutine became runnable is a
// change of its status, that it was a goroutine which readied it shows at<"ready"> just before; where it lies is told
// by the word that makes it visible there (the tail of a ring, runnext, the size of the global queue), when its slot is
// filled. So every M has a note of what it said last.
//
// What is not collected here is what can be put together from facts: who lies on which queue is a matter of who was
// laid and started, and a listener keeps the queues itself.
#include "worlds/facts/collector.h"

#include <cstddef>
#include <memory>
#include <vector>

#include "runtime/proc_decl.h"
#include "worlds/facts/hooks.h"

namespace facts {

using runtime::allp;
using runtime::g;
using runtime::getg;
using runtime::m;
using runtime::p;
using runtime::sched;

bool listening = false;
std::string_view (*nameOf)(const g* gp) = nullptr;

namespace {

Sink sink;
Fact now;  // its time and at are those of the facts to come

// What an M said, and what it means for what it says next.
struct Said {
  const g* readies = nullptr;  // at<"ready">
  const g* found = nullptr;    // at<"found">, with the rule
  Rule rule = Rule::kNone;
  bool inherits = false;
  const g* wired = nullptr;  // its own, for which it waited
  const g* undone = nullptr;  // did not have to park
  bool parkFailed = false;
  bool handsOver = false;  // at<"goyield">
  bool preempts = false;   // at<"gopreempt_m">
  const g* handsTo = nullptr;  // at<"startlockedm">
  const g* switched = nullptr;  // a coroutine that another went over to, on its way through the states
  const p* callP = nullptr;   // its P when the system call began
  const p* grabbedFrom = nullptr;
  bool grabbedNext = false;
  int32_t along = 0;  // gs taken along with the one that it will run
  Place from = Place::kNone;
  bool atHead = false;
  const g* global = nullptr;  // what it puts on the global queue; nullptr: a batch
  const g* lastGlobal = nullptr;  // the last one there before the batch
  bool wonSpinning = false;
};

// Threads are numbered as they are made, and many may have ended: what those of a page said goes when all have.
constexpr size_t kPage = 64;
struct Page {
  Said of[kPage];
  size_t ended = 0;
};
std::vector<std::unique_ptr<Page>> pages;

Said& said() {
  const auto id = static_cast<size_t>(getg()->m->id);
  if (id / kPage >= pages.size()) pages.resize(id / kPage + 1);
  std::unique_ptr<Page>& page = pages[id / kPage];
  if (page == nullptr) [[unlikely]] page = std::make_unique<Page>();
  return page->of[id % kPage];
}

int64_t idOf(const g* gp) { return gp == nullptr ? 0 : static_cast<int64_t>(gp->goid.plain()); }
int32_t idOf(const p* pp) { return pp == nullptr ? kNobody : pp->id; }
int32_t idOf(const m* mp) { return mp == nullptr ? kNobody : static_cast<int32_t>(mp->id); }
const m* me() { return getg()->m; }
const p* myP() { return me()->p.ptr(); }
const g* myG() { return me()->curg.plain(); }

void put(const Fact& f, std::string_view text = {}) { sink(f, text); }

Fact of(Kind kind) {
  Fact f = now;
  f.kind = kind;
  return f;
}

Fact mine(Kind kind) {
  Fact f = of(kind);
  f.m = idOf(me());
  f.p = idOf(myP());
  return f;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
template <class T>
T* owner(const void* field, size_t offset) {
  return reinterpret_cast<T*>(const_cast<char*>(static_cast<const char*>(field)) - offset);
}
#define OWNER(object, member) owner<runtime::object>(field, offsetof(runtime::object, member))

constexpr runtime::uint32 kRing = 256;

std::string_view nameFor(const g* gp) { return nameOf == nullptr ? std::string_view{} : nameOf(gp); }

void made(const g* gp, How how) {
  Fact f = mine(Kind::kMade);
  f.g = idOf(gp);
  f.by = idOf(myG());
  f.how = how;
  put(f, nameFor(gp));
}

void ready(const g* gp, How how) {
  Fact f = mine(Kind::kReady);
  f.g = idOf(gp);
  f.how = how;
  if (how == How::kCreated || how == How::kUnblocked) f.by = idOf(myG());
  f.n = gp->lockedm != 0;
  put(f);
}

void laid(const g* gp, Place place, const p* pp, int32_t position, bool atHead = false) {
  Fact f = of(Kind::kLaid);
  f.m = idOf(me());
  f.g = idOf(gp);
  f.place = place;
  f.p = idOf(pp);
  f.position = position;
  if (atHead) f.how = How::kAtHead;
  put(f);
}

void moved(Place place, const p* from, const p* to, int32_t n) {
  Fact f = of(Kind::kMoved);
  f.m = idOf(me());
  f.place = place;
  f.p2 = idOf(from);
  f.p = idOf(to);
  f.n = n;
  put(f);
}

// By which rule gp is about to run on this M.
Rule ruleFor(const Said& s, const g* gp) {
  if (s.wired == gp) return Rule::kWired;
  if (s.undone == gp) return Rule::kUndone;
  if (s.found != gp) return Rule::kAfterCall;
  if (s.rule == Rule::kRing && s.inherits) return Rule::kRunnext;
  if (s.rule == Rule::kStolen) {
    if (s.grabbedFrom == nullptr) return Rule::kTimerStolen;
    if (s.grabbedNext) return Rule::kStolenRunnext;
  }
  return s.rule;
}

void started(const g* gp, bool switched) {
  Said& s = said();
  Fact f = mine(Kind::kStarted);
  f.g = idOf(gp);
  f.rule = switched ? Rule::kSwitch : ruleFor(s, gp);
  f.place = s.found == gp ? s.from : Place::kNone;
  if (f.rule == Rule::kStolen || f.rule == Rule::kStolenRunnext) f.p2 = idOf(s.grabbedFrom);
  f.n = s.along;
  put(f);
  const p* call = s.callP;
  s = Said{};
  s.callP = call;
}

void stopped(const g* gp, How how, std::string_view text = {}) {
  Fact f = mine(Kind::kStopped);
  f.g = idOf(gp);
  f.how = how;
  put(f, text);
}

void proc(const p* pp, How how, const m* mp) {
  Fact f = of(Kind::kProc);
  f.p = idOf(pp);
  f.m = idOf(mp);
  f.how = how;
  put(f);
}

// What a goroutine waits for that stays on its thread: the collector or a stop of the world holds it.
bool staysOnThread(const g* gp) { return runtime::isWaitingForGC(gp->waitreason); }

}  // namespace

void Listen(Sink to) {
  sink = to;
  listening = true;
}

void Deafen() { listening = false; }

void Forget(int64_t thread) {
  const auto at = static_cast<size_t>(thread) / kPage;
  if (at >= pages.size() || pages[at] == nullptr) return;
  if (++pages[at]->ended == kPage) pages[at].reset();
}

void SetTime(int64_t time, uint64_t at) {
  now.time = time;
  now.at = at;
}

// ---- what the port says

void foundBy(runtime::uint8 why, g* gp, bool inheritTime) {
  Said& s = said();
  s.found = gp;
  s.rule = static_cast<Rule>(why);
  s.inherits = inheritTime;
}

void readies(g* gp) { said().readies = gp; }

void wakes(bool took) {
  Said& s = said();
  Fact f = mine(Kind::kWake);
  if (took) {
    f.how = How::kWoken;
  } else if (s.wonSpinning) {
    f.how = How::kNoIdleP;
  } else {
    f.how = How::kSpins;
    f.n = sched.nmspinning.value;
  }
  s.wonSpinning = false;
  put(f);
}

void startsThread() { said().wonSpinning = false; }

// What a thread is woken for is the P that it finds when it comes.
void wakesThread(const runtime::note* n) {
  if (n == &sched.stopnote || n == &sched.sysmonnote || n == &sched.safePointNote || n == &runtime::newmHandoff.wake) {
    return;
  }
  const void* field = n;
  const m* mp = OWNER(m, park);
  const p* pp = mp->nextp.ptr();
  if (pp == nullptr) return;
  Said& s = said();
  Fact f = of(Kind::kGiven);
  f.p = idOf(pp);
  f.m = idOf(mp);
  f.how = s.handsTo == nullptr ? How::kWoken : How::kWaits;
  f.g = idOf(s.handsTo);
  if (s.handsTo != nullptr && s.found == s.handsTo) f.rule = ruleFor(s, s.handsTo);
  s.handsTo = nullptr;
  put(f);
}

void newThread(p* pp, runtime::int64 id) {
  if (pp == nullptr) return;
  Fact f = of(Kind::kGiven);
  f.p = idOf(pp);
  f.m = id < 0 ? kNobody : static_cast<int32_t>(id);
  f.how = How::kNew;
  put(f);
}

void startsWired(g* gp) { said().handsTo = gp; }

void waitsWired() { said().wired = me()->lockedg.ptr(); }

void parkEnds(bool parked) { said().parkFailed = !parked; }

void sleeps() {
  Fact f = of(Kind::kThread);
  f.m = idOf(me());
  f.how = How::kSleeps;
  put(f);
}

void endsThread() {
  Fact f = of(Kind::kThread);
  f.m = idOf(me());
  f.how = How::kEnded;
  put(f);
}

void handsOver() { said().handsOver = true; }
void preempts() { said().preempts = true; }

void putsAtHead(g* gp) {
  said().global = gp;
  said().atHead = true;
}

void putsOnGlobal(g* gp) {
  said().global = gp;
  said().atHead = false;
}

void putsBatch() {
  Said& s = said();
  s.global = nullptr;
  s.lastGlobal = sched.runq.tail.ptr();
}

void stopsWorld(runtime::uint8 reason) {
  Fact f = mine(Kind::kWorld);
  f.how = How::kStops;
  f.by = idOf(myG());
  const runtime::string text = String(static_cast<runtime::stwReason>(reason));
  put(f, std::string_view(text));
}

// ---- what changes

void statusChanged(const void* field, runtime::uint32 old, runtime::uint32 status) {
  const g* gp = OWNER(g, atomicstatus);
  Said& s = said();
  switch (status) {
    case runtime::_Gdead:
      if (old == runtime::_Grunning) stopped(gp, How::kEnded);
      return;
    case runtime::_Grunnable:
      switch (old) {
        case runtime::_Gdead:
          made(gp, How::kNone);
          ready(gp, How::kCreated);
          return;
        case runtime::_Gwaiting:
          if (s.readies == gp) {
            ready(gp, myG() != nullptr ? How::kUnblocked : myP() != nullptr ? How::kTimer : How::kRuntime);
            s.readies = nullptr;
          } else if (s.parkFailed) {
            s.parkFailed = false;
            s.undone = gp;
            ready(gp, How::kUndone);
          } else if (myG() == gp) {
            s.switched = gp;
          } else if (gp == runtime::forcegc.g) {
            ready(gp, How::kRuntime);
          } else {
            // The rule under which it is found says more, if it is.
            ready(gp, myG() != nullptr ? How::kUnblocked : How::kPoller);
          }
          return;
        case runtime::_Grunning: {
          const How how = s.handsOver ? How::kHandedOver : s.preempts ? How::kPreempted : How::kYielded;
          s.handsOver = s.preempts = false;
          stopped(gp, how);
          ready(gp, how);
          return;
        }
        case runtime::_Gsyscall:
          ready(gp, How::kCallEnded);
          return;
      }
      return;
    case runtime::_Gwaiting:
      if (old == runtime::_Gdead) {
        made(gp, How::kParked);
      } else if (old == runtime::_Grunning && !staysOnThread(gp)) {
        const bool coro = gp->waitreason == runtime::waitReasonCoroutine;
        const runtime::string text = String(gp->waitreason);
        stopped(gp, coro ? How::kSwitched : How::kBlocked, std::string_view(text));
      }
      return;
    case runtime::_Gscan | runtime::_Gpreempted:
      if (old == runtime::_Grunning) stopped(gp, How::kBlocked, "preempted");
      return;
    case runtime::_Grunning:
      if (old == runtime::_Grunnable) {
        started(gp, s.switched == gp);
      } else if (old == runtime::_Gwaiting) {
        if (!staysOnThread(gp)) started(gp, true);
      } else if (old == runtime::_Gsyscall) {
        const p* pp = myP();
        Fact f = mine(Kind::kReturned);
        f.g = idOf(gp);
        f.how = pp == s.callP ? How::kKept : How::kOther;
        put(f);
      }
      return;
    case runtime::_Gsyscall:
      if (old == runtime::_Grunning) {
        s.callP = myP();
        stopped(gp, How::kCall);
      }
      return;
  }
}

void procStatusChanged(const void* field, runtime::uint32, runtime::uint32 status) {
  const p* pp = OWNER(p, status);
  switch (status) {
    case runtime::_Prunning:
      proc(pp, How::kRunning, me());
      return;
    case runtime::_Psyscall:
      proc(pp, How::kInSyscall, me());
      return;
    case runtime::_Pgcstop:
      proc(pp, How::kHeld, nullptr);
      return;
    case runtime::_Pdead:
      proc(pp, How::kGone, nullptr);
      return;
  }
  // _Pidle: on its way from one hand to another; that it lies on the list is told by the list.
}

// Somebody took from a ring: its owner one to run, or the half that it gives away; a thief.
void headChanged(const void* field, runtime::uint32 old, runtime::uint32 head) {
  const p* pp = OWNER(p, runqhead);
  Said& s = said();
  const auto n = static_cast<int32_t>(head - old);
  if (pp != myP()) {
    moved(Place::kRing, pp, myP(), n);
    s.grabbedFrom = pp;
    s.grabbedNext = false;
    s.along = n - 1;
    s.from = Place::kRing;
  } else if (n == 1) {
    moved(Place::kRing, pp, pp, 1);
    s.from = Place::kRing;
    s.along = 0;
  } else {
    moved(Place::kRing, pp, nullptr, n);
  }
}

// Somebody filled slots of his own ring.
void tailChanged(const void* field, runtime::uint32 old, runtime::uint32 tail) {
  const p* pp = OWNER(p, runqtail);
  if (tail - old > kRing) return;
  const runtime::uint32 head = pp->runqhead.plain();
  for (runtime::uint32 i = old; i != tail; i++) {
    laid(pp->runq[i % kRing].ptr(), Place::kRing, pp, static_cast<int32_t>(i - head));
  }
}

void runnextChanged(const void* field, g* old, g* gp) {
  const p* pp = OWNER(p, runnext);
  Said& s = said();
  if (gp != nullptr) {
    laid(gp, Place::kRunnext, pp, 0);
    return;
  }
  if (old == nullptr) return;
  s.from = Place::kRunnext;
  s.along = 0;
  moved(Place::kRunnext, pp, myP(), 1);
  if (pp != myP()) {
    s.grabbedFrom = pp;
    s.grabbedNext = true;
  }
}

void idleListChanged(p* old, p* first) {
  if (first != nullptr && first->link.ptr() == old && (old == nullptr || old->link.ptr() != first)) {
    proc(first, How::kIdle, nullptr);
    return;
  }
  if (old == nullptr) return;
  Fact f = of(Kind::kTaken);
  f.p = idOf(old);
  f.m = idOf(me());
  put(f);
}

void globalSizeChanged(runtime::int32 by) {
  Said& s = said();
  if (by < 0) {
    s.from = Place::kGlobal;
    s.along = -by - 1;
    moved(Place::kGlobal, nullptr, myP(), -by);
    return;
  }
  const int32_t size = sched.runqsize.plain();
  if (s.global != nullptr) {
    laid(s.global, Place::kGlobal, nullptr, s.atHead ? 0 : size - 1, s.atHead);
    s.global = nullptr;
    return;
  }
  const g* gp = s.lastGlobal == nullptr ? sched.runq.head.ptr() : s.lastGlobal->schedlink.ptr();
  for (int32_t i = size - by; gp != nullptr; gp = gp->schedlink.ptr(), i++) laid(gp, Place::kGlobal, nullptr, i);
}

void spinningChanged(runtime::int32 old, runtime::int32 n) {
  Fact f = of(Kind::kSpinning);
  f.m = idOf(me());
  f.n = n;
  put(f);
  // Not for itself: wakep, or handoffp, for the thread that it will start.
  if (n > old && !me()->spinning) said().wonSpinning = true;
}

void stoppingChanged(bool stops) {
  if (stops) return;  // told with its reason
  Fact f = mine(Kind::kWorld);
  f.how = How::kGoes;
  put(f);
}

// 0: this M goes to sleep in the poller; else it, or one that does not sleep there, has looked.
void lastpollChanged(runtime::int64 old, runtime::int64 t) {
  if (old != 0 && t != 0) return;
  Fact f = mine(Kind::kThread);
  f.how = t == 0 ? How::kPolls : How::kBegun;
  put(f);
}

void procsChanged(runtime::int32 n) {
  Fact f = of(Kind::kProcs);
  f.n = n;
  put(f);
}

#pragma GCC diagnostic pop

}  // namespace facts
