// Whose turn it is, and what to do when the port and the trace differ.
#include "worlds/guided/guide.h"

#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <csetjmp>
#include <csignal>
#include <cstring>
#include <map>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "trace/reader.h"
#include "worlds/facts/collector.h"
#include "worlds/guided/inputs.h"
#include "worlds/guided/inside.h"
#include "worlds/guided/profile.h"
#include "worlds/guided/search.h"
#include "worlds/guided/wired.h"

namespace guided {

using runtime::allp;
using runtime::getg;
using runtime::sched;

Window* window;
M* current;
bool muted = true;
std::map<int64_t, std::unique_ptr<M>> ms;
M* helper;
M* runFirst;
std::vector<M*> lookers;
absl::flat_hash_set<const g*> exiting;

namespace {

Fiber* host;
absl::flat_hash_map<int64_t, M*> ofThread;   // by the trace's
g* slow;                                     // its call ended, and nobody finds it yet
Result* result;
const std::function<void(const Divergence&)>* onDivergence;
uint64_t mostReported;
const std::function<void(const char*)>* onChoice;
int64_t startTime;
bool ended;  // no more events, or lost: back to the caller
std::vector<std::pair<uint64_t, Divergence>> unreported;  // and not reported yet, with the index of the event

}  // namespace

M* onThread(int64_t thread) {
  auto it = ofThread.find(thread);
  return it == ofThread.end() ? nullptr : it->second;
}

void bindThread(int64_t thread, M* me) {
  if (auto it = ofThread.find(thread); it != ofThread.end() && it->second != me) it->second->thread = -1;
  if (me->thread != -1 && me->thread != thread) ofThread.erase(me->thread);
  me->thread = thread;
  ofThread[thread] = me;
}

// Threads that have ended, and whose fibers are still there: they ended on them.
static std::vector<M*> gone;

static void bury() {
  for (M* me : gone) {
    if (me->thread >= 0) forgetThread(me);
    facts::Forget(me->mp->id);
    ms.erase(me->mp->id);
  }
  gone.clear();
}

void resume(M* me) {
  if (!gone.empty()) bury();
  M* before = current;
  current = me;
  g* saved = getg();
  runtime::setg(me->saved);
  Fiber::Switch(*host, *me->fiber);
  runtime::setg(saved);
  current = before;
}

// ---- the M's side

static bool isStatus(uint8_t kind) {
  return kind == gotrace::kGoStatus || kind == gotrace::kGoStatusStack || kind == gotrace::kProcStatus;
}

bool isHead(const M* me) {
  const In* e = window->head();
  return e != nullptr && me->thread == e->m && !isStatus(e->kind);
}

const In* mine() {
  if (current->early) return window->OfThread(current->thread);
  return isHead(current) ? window->head() : nullptr;
}
const In* mineNext(size_t n) { return window->OfThread(current->thread, n); }

void toHost(Wait wait) {
  showIdle();
  endLook();
  M* me = current;
  me->wait = wait;
  me->saved = getg();
  if (wait == Wait::kLook) lookers.push_back(me);
  Fiber::Switch(*me->fiber, *host);
  if (wait == Wait::kLook) std::erase(lookers, me);
}

const In& awaitMine(Wait wait) {
  if (wait == Wait::kOutside && !muted && isHead(current) &&
      (earlyOne() != nullptr || WantsSnapshot(window->head()->index))) {
    toHost(wait);
  }
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
  current->spunEarly = false;
  current->sights = 0;
  current->sightBatch = 0;
  current->lastIndex = window->head()->index;
  tellTime(*window->head());
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

static bool isBorrowing;
void borrowing(bool yes) { isBorrowing = yes; }

void emit(uint8_t kind, int64_t arg) {
  if (muted || isBorrowing) return;
  M* me = current;
  for (;;) {
    if (isHead(me)) {
      const In* e = window->head();
      bool same = matches(*e, kind, arg);
      if (same) {
        if (kind == gotrace::kProcStop && !me->said) {
          if (me->lookedAt == e->index && me->choice != nullptr) admissible(*e, me->choice); else exact(*e);
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

// ---- threads

void startThread(m* mp) {
  std::unique_ptr<M>& of = ms[mp->id] = std::make_unique<M>();
  M* me = of.get();
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
  gone.push_back(current);
  for (;;) toHost(Wait::kEnded);
}

// ---- the host's side

namespace {

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

// Whether the trace begins while the thread of e looks for work: it has a P, no goroutine, and was not seen before.
bool beginsWithP(const In& e) {
  if (e.p < 0 || e.p >= allp.len || e.g >= 0) return false;
  if (e.kind != gotrace::kGoStart && e.kind != gotrace::kProcStop && e.kind != gotrace::kGoUnblock) return false;
  p* pp = allp[static_cast<runtime::intptr>(e.p)];
  freeFromPending(pp);  // it was taken for idle until now
  bool was = false;
  return idleFirst(pp, &was);
}

bool borrows(const M* me, const In& e) {
  if (e.kind != gotrace::kProcStart || me->wait != Wait::kNote || me->mp->lockedg == 0) return false;
  const In* next = window->OfThread(e.m, 1);
  return next != nullptr && next->kind == gotrace::kProcStop;
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
  M* me = onThread(e.m);
  if (me == nullptr && beginsWithP(e)) {
    startLooking(allp[static_cast<runtime::intptr>(e.p)], e.m);
    return;
  }
  // Whose goroutine is wired to it may make a thread for the P that it has handed on, which is borrowed meanwhile
  // (allocm).
  if (me != nullptr && (me->borrowed || borrows(me, e))) {
    me->borrowed = !me->borrowed;
    window->Pop();
    result->events++;
    return;
  }
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
        if (shown == nullptr || (whereIs(shown).place == Place::kNowhere && !takeFromWired(shown))) {
          std::string where;
          for (const auto& [id, each] : ms) {
            if (each->mp->curg.plain() == shown) {
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
        takeInstead(me, allp[static_cast<runtime::intptr>(e.a[0])], e);
      }
    }
    resume(me);
    if (slow != nullptr) {
      extract(slow);
      putUnknown(slow, "how long the end of a system call took");
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
      me = onThread(e.m);
      lost(absl::StrCat("the port does not make it: its M ", me == nullptr ? "is not known" : waitText(me->wait)));
    }
  }
}

sigjmp_buf atLoss;

}  // namespace

void exact(const In&) { result->exact++; }

void admissible(const In&, const char* choice) {
  result->admissible++;
  if (*onChoice) (*onChoice)(choice);
}

// Reports what will not be undone.
static void letOut(uint64_t until) {
  if ((unreported.empty() || unreported.front().first >= until) && !factsWait(until)) return;
  const uint64_t done = LetOut(until);
  letFactsOut(done, until);
  size_t n = 0;
  for (; n < unreported.size() && unreported[n].first < until; n++) {
    if (unreported[n].first >= done) (*onDivergence)(unreported[n].second);
  }
  unreported.erase(unreported.begin(), unreported.begin() + static_cast<ptrdiff_t>(n));
}

void divergent(const In& e, const std::string& what) {
  conflict(e, false);
  result->divergent++;
  if (!*onDivergence || result->divergent > mostReported) return;
  Divergence d;
  d.number = result->divergent;
  d.offset = e.offset;
  d.time = e.time - startTime;
  d.m = e.m;
  d.p = e.p;
  d.g = e.g;
  d.what = what;
  d.queues = queuesText();
  unreported.emplace_back(e.index, std::move(d));
}

void lost(const std::string& why) {
  const In* e = window->head();
  if (e != nullptr) conflict(*e, true);
  result->lost = absl::StrCat(e == nullptr ? std::string("at the end") : describe(*e), ": ", why);
  if (e != nullptr) {
    result->lostOffset = e->offset;
    result->lostTime = e->time - startTime;
  }
  ended = true;
  if (current != nullptr) {
    Fiber::Switch(*current->fiber, *host);
  }
  siglongjmp(atLoss, 1);
}

// What is settled for the look for e, as far as it was wrong.
void conflict(const In& e, bool end) {
  if (!end && allp.len == 1) return;  // nobody else could have been first
  std::vector<Choice> alternatives;
  explain(e, alternatives);
  Conflict(e.index, alternatives.data(), static_cast<int>(alternatives.size()), end);
}

namespace {

void run() {
  resume(helper);
  while (!ended && window->head() != nullptr) {
    AtEvent(window->head()->index);
    letOut(Final());
    while (M* me = earlyOne()) {
      me->early = true;
      resume(me);
      if (ended || window->head() == nullptr) return;
    }
    step();
  }
}

}  // namespace

// The goroutines that are runnable when the trace begins lie on queues that it does not tell. They are taken to lie on
// the ring of the P on which the trace was begun, in the order in which they were made. Those that another P runs first
// may lie on its ring, unless that P was idle: that is a guess by what came of it, and so a free choice.
static void placeAtStart() {
  absl::flat_hash_set<uint64_t> runnable, idle;
  std::vector<std::pair<int64_t, int64_t>> made;  // the goroutine, and the P
  int64_t beginner = -1;
  for (size_t i = 0; i < 8192; i++) {
    const In* e = window->At(i);
    if (e == nullptr) break;
    if (e->kind == gotrace::kProcStatus && e->a[1] == gotrace::kProcIdle) idle.insert(e->a[0]);
    if (beginner < 0 && e->kind == gotrace::kSTWBegin) beginner = e->p;
    if ((e->kind == gotrace::kGoStatus || e->kind == gotrace::kGoStatusStack) && e->a[2] == gotrace::kGoRunnable) {
      runnable.insert(e->a[0]);
    }
    if (e->kind != gotrace::kGoStart || runnable.erase(e->a[0]) == 0 || e->p < 0 || e->p >= allp.len) continue;
    made.emplace_back(static_cast<int64_t>(e->a[0]), e->p);
  }
  if (beginner < 0 || beginner >= allp.len) beginner = 0;
  const auto byOutcome = [&](int64_t at) { return at != beginner && !idle.contains(static_cast<uint64_t>(at)); };
  for (const auto& [goid, at] : made) {
    if (byOutcome(at) && byName(goid) == nullptr) guessAt(goid, allp[static_cast<runtime::intptr>(at)], true);
  }
  std::sort(made.begin(), made.end());
  for (const auto& [goid, at] : made) {
    if (!byOutcome(at) && byName(goid) == nullptr) guessAt(goid, allp[static_cast<runtime::intptr>(beginner)], false);
  }
}

// A file can be read again, by each process from where it is.
static bool isFile(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// The port may die, or turn in a circle: then it is lost.
static void onSignal(int sig) {
  static uint64_t last = ~uint64_t{0};
  if (sig == SIGVTALRM && last != result->events) {
    last = result->events;
    return;
  }
  if (sig != SIGVTALRM) std::signal(sig, SIG_DFL);
  current = nullptr;
  lost(sig == SIGVTALRM ? std::string("the port turns in a circle")
                        : absl::StrCat("the port died: ", strsignal(sig)));
}

void watch() {
  static char stack[64 << 10];
  const stack_t alternative = {stack, 0, sizeof stack};
  sigaltstack(&alternative, nullptr);
  struct sigaction action = {};
  action.sa_handler = onSignal;
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  for (int sig : {SIGVTALRM, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigaction(sig, &action, nullptr);
  const itimerval each = {{1, 0}, {1, 0}};
  setitimer(ITIMER_VIRTUAL, &each, nullptr);
}

bool Diff(const std::string& path, Result& r, std::string& error, const std::function<void(const Divergence&)>& report,
          uint64_t most, const std::function<void(const char*)>& choice) {
  result = &r;
  onDivergence = &report;
  mostReported = most;
  onChoice = &choice;
  gotrace::Reader reader;
  if (!reader.Open(path)) {
    error = reader.verdict().Line(path);
    return false;
  }
  setVersion(reader.version());
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
    ms[0] = std::make_unique<M>();
    boot(procs);
    runtime::setg(runtime::m0.g0);  // whose hand the host's is, for whoever asks
    placeAtStart();
    if (isFile(path)) {
      FindWired(path);
      BeginSearch();
    }
    watch();
    if (sigsetjmp(atLoss, 1) == 0) run();
    EndSearch();
    letOut(~uint64_t{0});
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
    helper = ms.rbegin()->second.get();
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

void forgetThread(M* me) {
  ofThread.erase(me->thread);
  me->thread = -1;
}

void leaveThread() { forgetThread(current); }

}  // namespace guided
