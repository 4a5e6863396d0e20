// What proc.cc stands on, in the explored world: locks, notes, time, timers, the poller, failures. As simple as can
// be; each has a point where an M does something that another can see.
#include <cstring>

#include "worlds/explore/arena.h"
#include "worlds/explore/inside.h"

namespace explore {

bool pollIsReady() { return state.nets > 0 || state.broken; }

namespace {

runtime::gList takeReady() {
  runtime::gList list{};
  for (int i = state.nets; i-- > 0;) list.push(state.net[i]);
  state.nets = 0;
  return list;
}

Timers& timersAt(const runtime::timers* t) {
  for (const p* pp : runtime::allp) {
    if (&pp->timers == t) return state.timers[pp->id];
  }
  // A P that was: GOMAXPROCS has become smaller.
  for (int i = 0; i < runtime::allp.cap; i++) {
    if (const p* pp = runtime::allp.array[i]; pp != nullptr && &pp->timers == t) return state.timers[pp->id];
  }
  end(property::kPortsOwnChecks, "timers of no P");
}

int64_t earliest(const Timers& t) {
  int64_t when = 0;
  for (int i = 0; i < t.n; i++) {
    if (when == 0 || t.due[i].when < when) when = t.due[i].when;
  }
  return when;
}

}  // namespace

}  // namespace explore

namespace runtime {

using explore::Kind;
using explore::point;
using explore::state;

// ---- locks, notes

void lock(mutex* l) {
  if (state.running) {
    state.current->mutex = l;
    explore::waitFor(Kind::kLock, l, "lock", -1);
  }
  if (l->key != 0) explore::end(explore::property::kPortsOwnChecks, "a lock is taken by who has it");
  l->key = 1;
  getg()->m->locks++;
}
void unlock(mutex* l) {
  const uintptr free = 0;
  if (l->key != 0 && explore::buffers && explore::delays(&l->key, &free, sizeof free, "unlock")) {
    releasem(getg()->m);
    return;
  }
  explore::note(Kind::kUnlock, l, "unlock");
  if (l->key == 0) explore::end(explore::property::kPortsOwnChecks, "unlock of a lock that nobody has");
  l->key = 0;
  releasem(getg()->m);
}

void notewakeup(note* n) {
  point(Kind::kWrite, n, "wake");
  if (n->key != 0) explore::end(explore::property::kPortsOwnChecks, "notewakeup - double wakeup");
  n->key = 1;
}
void notesleep(note* n) { notetsleep(n, -1); }
bool notetsleep(note* n, int64 ns) {
  state.current->note = n;
  explore::waitFor(Kind::kNote, n, "sleep", ns < 0 ? -1 : state.now + ns);
  return n->key != 0;
}

// ---- time, chance, threads

int64 nanotime() {
  explore::note(Kind::kTime, nullptr, "nanotime");
  return state.now;
}
uint32 cheaprand() {
  if (state.plain_random || !state.running || gomaxprocs.plain() < 3) {
    state.plain_random = false;
    return 1;  // with two Ps there is one other
  }
  explore::Pending& next = state.current->next;
  next.kind = Kind::kRead;
  next.woken = false;
  next.values = 2;
  next.object = 0;
  next.until = -1;
  next.what = "random";
  explore::toHost();
  // The others of three Ps in one order or the other.
  return state.value == 0 ? 0 : 3;
}

void usleep(uint32 us) { explore::waitFor(Kind::kSleep, nullptr, "usleep", state.now + int64{us} * 1000); }
void osyield() { usleep(1); }
void procyield(uint32) { usleep(1); }
void newosproc(m* mp) {
  if (explore::buffers) explore::fence("clone");
  explore::note(Kind::kCreate, nullptr, "makes a thread", static_cast<int>(mp->id));
  explore::startThread(mp);
}
void exit(int32 code) { explore::end(explore::property::kPortsOwnChecks, "exit " + std::to_string(code)); }
void freedeadm(m*, bool) {}
void exitThread(atomic::Uint32<"m.freeWait">* wait) {
  wait->Store(freeMStack);
  explore::endThread();
}
void preemptM(m* mp) {
  point(Kind::kWrite, &mp->curg, "signal");
  explore::Thread* t = explore::threadOf(mp);
  if (t != nullptr && t->next.kind == Kind::kCompute) t->next.woken = true;
}

// ---- failures

void throw_(const char* s) {
  using namespace explore;
  const char* property = property::kPortsOwnChecks;
  // A goroutine that is on no queue is lost; beside one that is, the report was wrong.
  if (std::strncmp(s, "checkdead: runnable", 19) == 0) {
    property = anyQueued() ? property::kNoFalseDeadlock : property::kNoLostWakeup;
  }
  end(property, std::string("the port throws: ") + s);
}
void fatal(const char* s) {
  using namespace explore;
  const bool asleep = std::strstr(s, "asleep") != nullptr;
  std::string text;
  for (const Task& task : state.tasks) {
    if (!task.begun || task.done) continue;
    if (task.waits == nullptr) {
      end(property::kNoFalseDeadlock, std::string("\"") + s + "\", but goroutine " + std::to_string(task.number) +
                                          " does not wait for another one");
    }
    text += " " + std::to_string(task.number);
  }
  if (const std::string wrong = wrongCount(); !wrong.empty()) end(property::kCountsAreExact, wrong);
  if (state.program->deadlocks != asleep) {
    end(property::kNoLostWakeup, std::string("\"") + s + "\"; not at their end: goroutines" + text);
  }
  end(nullptr, s);
}
void panic_(const char* s) { explore::end(explore::property::kPortsOwnChecks, std::string("the port panics: ") + s); }
void switchToCrashStack0(void (*)()) { explore::end(explore::property::kPortsOwnChecks, "the port is out of stack"); }

// ---- stacks

stack stackalloc(uint32) {
  // The uppermost bytes are what C++ keeps for a goroutine (runtime/cxx.h).
  const auto lo = reinterpret_cast<uintptr>(explore::TakeStack());
  const uintptr hi = lo + explore::kStackBytes - 64;
  std::memset(reinterpret_cast<void*>(hi), 0, 64);
  return {lo, hi};
}
void stackfree(stack) {}
void gostart(g* newg, funcval* fn) {
  gostartcall(&newg->sched, reinterpret_cast<void*>(fn->fn), fn, newg->stack.hi - 8 * goarch::PtrSize);
}

// ---- the collector has no worker, and is forced now and then

bool gcTrigger::test() const { return state.program->forces && state.forced < 2; }
void gcStart(gcTrigger) { state.forced++; }
bool isSystemGoroutine(g* gp, bool) { return gp->startpc == forcegchelperPC.fn; }

std::pair<g*, int64> gcControllerState::findRunnableGCWorker(p*, int64 t) { return {nullptr, t}; }
bool gcBlackenEnabled() { return false; }
g* traceReader() { return nullptr; }

// ---- the two semaphores that the runtime itself waits for

static bool commitAcquire(g* gp, void* arg) {
  uint32* addr = static_cast<uint32*>(arg);
  point(Kind::kWrite, addr, "semaphore");
  if (*addr > 0) {
    --*addr;
    return false;
  }
  state.acquires[state.acquirers++] = {gp, addr};
  return true;
}
void semacquire(uint32* addr) {
  point(Kind::kWrite, addr, "semaphore");
  if (*addr > 0) {
    --*addr;
  } else {
    gopark(commitAcquire, addr, waitReasonSemacquire, traceBlockSync, 1);
  }
}
void semrelease(uint32* addr) {
  point(Kind::kWrite, addr, "semaphore");
  for (int i = 0; i < state.acquirers; i++) {
    if (state.acquires[i].addr != addr) continue;
    g* gp = state.acquires[i].gp;
    state.acquirers--;
    for (int k = i; k < state.acquirers; k++) state.acquires[k] = state.acquires[k + 1];
    goready(gp, 1);
    return;
  }
  ++*addr;
}
void semrelease1(uint32* addr, bool, int) { semrelease(addr); }

// ---- the poller

bool netpollAnyWaiters() {
  point(Kind::kRead, &state.net_waiters, "net.waiters");
  return state.net_waiters > 0;
}
void netpollAdjustWaiters(int32 delta) {
  if (delta == 0) return;
  point(Kind::kWrite, &state.net_waiters, "net.waiters");
  state.net_waiters += delta;
}
netpollResult netpoll(int64 delay) {
  if (delay == 0) {
    point(Kind::kWrite, &state.net, "net");
  } else {
    explore::waitFor(Kind::kPoll, &state.net, "poll", delay < 0 ? -1 : state.now + delay);
    state.broken = false;
    state.poller_took_work = state.nets > 0;
  }
  const int n = state.nets;
  return {explore::takeReady(), -n};
}
void netpollBreak() {
  point(Kind::kWrite, &state.net, "net");
  state.broken = true;
}

// ---- timers

timers::check_result timers::check(int64 t) {
  if (t == 0) t = nanotime();
  point(Kind::kRead, this, "timers");
  explore::Timers& mine = explore::timersAt(this);
  if (mine.n == 0) return {t, 0, false};
  point(Kind::kWrite, this, "timers");
  t = nanotime();
  bool ran = false;
  for (int i = 0; i < mine.n;) {
    if (mine.due[i].when > t) {
      i++;
      continue;
    }
    g* gp = mine.due[i].gp;
    mine.due[i] = mine.due[--mine.n];
    ran = true;
    ready(gp, 0, true);
    i = 0;
  }
  return {t, explore::earliest(mine), ran};
}
int64 timers::wakeTime() {
  point(Kind::kRead, this, "timers");
  return explore::earliest(explore::timersAt(this));
}
uint32 timers::length() const {
  point(Kind::kRead, this, "timers");
  return static_cast<uint32>(explore::timersAt(this).n);
}
intptr timers::heaplen() const { return explore::timersAt(this).n; }
void timers::take(timers* src) {
  explore::Timers& from = explore::timersAt(src);
  explore::Timers& to = explore::timersAt(this);
  while (from.n > 0) to.due[to.n++] = from.due[--from.n];
}
int64 timeSleepUntil() {
  int64 next = explore::kForever;
  for (const explore::Timers& t : state.timers) {
    if (const int64 when = explore::earliest(t); when != 0 && when < next) next = when;
  }
  return next;
}

}  // namespace runtime
