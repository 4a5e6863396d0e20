// What proc.cc stands on, in the lockstep world: the answers come from the log (oracles), and what the scheduler asks
// of a thread, a lock or a note is compared with what it asked of the real one.
#include <cstddef>
#include <cstdlib>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "worlds/lockstep/internal.h"
#include "worlds/lockstep/trace.h"

namespace lockstep {

using runtime::fixed_string;

namespace {

// What runs outside from the record Name on, with its arguments, until `until`.
template <fixed_string Name, fixed_string Until, class... A>
void region(A... a) {
  told<Name>(a...);
  outside(&KindOf<Until, "">::kind);
}

// An oracle with one answer, in the argument number I.
template <fixed_string Name, int I = 0>
int64_t answer() {
  const Kind& kind = KindOf<Name, "">::kind;
  await(kind);
  int64_t v = head.a[I];
  advance();
  return v;
}

// An oracle that is in the log only when this M's answer changes.
template <fixed_string Name, class T>
T stickyAnswer(T& last) {
  const Kind& kind = KindOf<Name, "">::kind;
  if (peek(kind)) {
    last = static_cast<T>(head.a[0]);
    advance();
  }
  return last;
}

const Kind& kindLock = KindOf<"lock", "">::kind;
const Kind& kindUnlock = KindOf<"unlock", "">::kind;
const Kind& kindNotewakeup = KindOf<"notewakeup", "">::kind;
const Kind& kindNotesleep = KindOf<"notesleep", "">::kind;
const Kind& kindNotetsleep = KindOf<"notetsleep", "">::kind;

// Which note, as the log says it.
struct NoteID {
  int64_t n;
  int64_t m;
};

NoteID noteOf(const runtime::note* n) {
  if (n == &runtime::sched.stopnote) return {2, 0};
  if (n == &runtime::sched.sysmonnote) return {3, 0};
  if (n == &runtime::sched.safePointNote) return {4, 0};
  if (n == &runtime::newmHandoff.wake) return {5, 0};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
  const auto* mp = reinterpret_cast<const runtime::m*>(reinterpret_cast<const char*>(n) - offsetof(runtime::m, park));
#pragma GCC diagnostic pop
  return {1, midOf(mp)};
}

}  // namespace

const runtime::p* timersOwner(const runtime::timers* ts) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
  return reinterpret_cast<const runtime::p*>(reinterpret_cast<const char*>(ts) - offsetof(runtime::p, timers));
#pragma GCC diagnostic pop
}

int64_t lockOf(const runtime::mutex* l) {
  if (l == &runtime::sched.lock) return 1;
  if (l == &runtime::allglock) return 2;
  if (l == &runtime::allpLock) return 3;
  if (l == &runtime::sched.gFree.lock) return 4;
  if (l == &runtime::sched.sysmonlock) return 5;
  if (l == &runtime::newmHandoff.lock) return 6;
  if (l == &runtime::forcegc.lock) return 7;
  if (l == &runtime::deadlock) return 8;
  return 0;
}

}  // namespace lockstep

namespace runtime {

using lockstep::advance;
using lockstep::answer;
using lockstep::await;
using lockstep::head;
using lockstep::KindOf;
using lockstep::match;
using lockstep::peek;
using lockstep::region;
using lockstep::sticky;
using lockstep::stickyAnswer;
using lockstep::told;

// ---- locks and notes

void lock(mutex* l) {
  int64_t id = lockstep::lockOf(l);
  if (id == 0) return;
  await(lockstep::kindLock);
  if (l->key != 0) lockstep::diverge(lockstep::kindLock, "the port's lock is held");
  l->key = mutexLocked;
  sticky().held++;
  match(lockstep::kindLock, id);
}

void unlock(mutex* l) {
  int64_t id = lockstep::lockOf(l);
  if (id == 0) return;
  await(lockstep::kindUnlock);
  if (l->key == 0) lockstep::diverge(lockstep::kindUnlock, "the port's lock is not held");
  l->key = 0;
  match(lockstep::kindUnlock, id);
  sticky().held--;
}

void notewakeup(note* n) {
  await(lockstep::kindNotewakeup);
  if (n->key != 0) lockstep::diverge(lockstep::kindNotewakeup, "the port's note is set already");
  n->key = 1;
  auto id = lockstep::noteOf(n);
  match(lockstep::kindNotewakeup, id.n, id.m);
  if (facts::listening) facts::wakesThread(n);
}

void notesleep(note* n) {
  auto id = lockstep::noteOf(n);
  told<"sleeps">(id.n, id.m);
  await(lockstep::kindNotesleep);
  if (n->key == 0) lockstep::diverge(lockstep::kindNotesleep, "nobody has woken the port's M");
  match(lockstep::kindNotesleep, id.n, id.m);
}

// Whether time ran out first is the clock's answer; that somebody woke it must be the port's doing too.
bool notetsleep(note* n, int64 ns) {
  told<"sleeps">(lockstep::noteOf(n).n, 0);
  await(lockstep::kindNotetsleep);
  bool ok = head.a[2] != 0;
  if (ok && n->key == 0) lockstep::diverge(lockstep::kindNotetsleep, "nobody has woken the port's M");
  match(lockstep::kindNotetsleep, lockstep::noteOf(n).n, ns, ok);
  return ok;
}

// ---- time and chance

int64 nanotime() {
  static int64 now = 0;
  if (lockstep::detached) return now;
  now = answer<"nanotime">();
  lockstep::traceTime(now);
  if (facts::listening) lockstep::clockRead(now);
  return now;
}
uint32 cheaprand() { return static_cast<uint32>(answer<"cheaprand">()); }

// ---- threads

void usleep(uint32 us) { slog::at<"usleep">(us); }
void osyield() {}
void procyield(uint32) {}
void newosproc(m* mp) {
  lockstep::startThread(mp);
  lockstep::giveTurn();
}
void exit(int32) { lockstep::endThread(); }
void exitThread(atomic::Uint32<"m.freeWait">*) {
  told<"exitThread">();
  lockstep::endThread();
}
void preemptM(m* mp) { told<"preemptM">(lockstep::midOf(mp)); }

bool canPreemptM(m*) { return answer<"canPreemptM">() != 0; }

// ---- failures: they end the port's M; if Go's record agrees, the log ends here too

uint32 outsideCount::Load() const { return static_cast<uint32>(answer<"runningPanicDefers">()); }

void throw_(const char* s) {
  lockstep::printed(absl::StrCat("throw: ", s));
  slog::at<"throw">();
  lockstep::endThread();
}

void fatal(const char* s) {
  lockstep::printed(absl::StrCat("fatal: ", s));
  slog::at<"fatal">();
  lockstep::endThread();
}

void panic_(const char* s) {
  lockstep::printed(absl::StrCat("panic: ", s));
  lockstep::diverge(KindOf<"throw", "">::kind, s);
  lockstep::endThread();
}

void writeErrStr(std::string_view s) { lockstep::printed(s); }
void printstring(std::string_view s) { lockstep::printed(s); }
void printint(int64 v) { lockstep::printed(absl::StrCat(v)); }
void printuint(uint64 v) { lockstep::printed(absl::StrCat(v)); }
void printbool(bool v) { lockstep::printed(v ? "true" : "false"); }
void printhex(uint64 v) { lockstep::printed(absl::StrCat("0x", absl::Hex(v))); }

// ---- the program

void parsedebugvars() {
  await(KindOf<"parsedebugvars.ret", "">::kind);
  debug.schedtrace = static_cast<int32>(head.a[0]);
  debug.scheddetail = static_cast<int32>(head.a[1]);
  debug.dontfreezetheworld = static_cast<int32>(head.a[2]);
  debug.gctrace = static_cast<int32>(head.a[3]);
  if (head.nargs > 4) debug.asyncpreemptoff = static_cast<int32>(head.a[4]);
  advance();
}
int32 gomaxprocsFromEnv() {
  await(KindOf<"gogetenv.GOMAXPROCS", "">::kind);
  int32 n = head.a[1] != 0 ? static_cast<int32>(head.a[0]) : 0;
  advance();
  return n;
}
void doInit(initTask*) { region<"doInit", "doInit.ret">(); }
void main_main() { region<"main_main", "main_main.ret">(); }
void runExitHooks(int32 code) { region<"runExitHooks", "runExitHooks.ret">(code); }
void switchToCrashStack0(void (*)()) { lockstep::endThread(); }

// ---- memory

// The captured goroutine's stack may have grown, this one's has not.
bool stackFitsStart(g* gp) {
  if (!lockstep::firstFormat) return lockstep::stackFits(gp);
  await(KindOf<"gfput", "">::kind);
  return head.a[1] != 0;
}

// Until allocm has walked all of sched.freem, a snapshot shows the list as it was: those that the walk has found dead
// go when the next walk finds one.
void freedeadm(m* mp, bool) {
  static m* dead;
  static const m* walked;  // the list's head then; nobody stores to it during a walk
  lockstep::freeThread(mp);
  while (walked != sched.freem.value && dead != nullptr) {
    m* old = dead;
    dead = old->alllink;
    delete old->g0;
    old->~m();
    ::operator delete(old, std::align_val_t{mutexMMask + 1});
  }
  walked = sched.freem.value;
  mp->alllink = dead;
  dead = mp;
}

// ---- the collector

std::pair<g*, int64> gcControllerState::findRunnableGCWorker(p* pp, int64 given) {
  region<"findRunnableGCWorker", "findRunnableGCWorker.ret">(lockstep::pidOf(pp), given);
  g* gp = lockstep::gByID(head.a[0]);
  int64 now = head.a[1];
  advance();
  if (given == 0 && now != 0 && facts::listening) lockstep::clockRead(now);
  return {gp, now};
}
bool gcControllerState::addIdleMarkWorker() { return answer<"addIdleMarkWorker">() != 0; }
bool gcControllerState::needIdleMarkWorker() { return answer<"needIdleMarkWorker">() != 0; }
bool gcTrigger::test() const { return answer<"gcTrigger.test">() != 0; }
void gcStart(gcTrigger) { region<"gcStart", "gcStart.ret">(); }
void gcenable() { region<"gcenable", "gcenable.ret">(); }
bool gcBlackenEnabled() { return stickyAnswer<"gcBlackenEnabled">(sticky().gcBlackenEnabled); }
bool gcMarkWorkAvailable(p*) { return answer<"gcMarkWorkAvailable">() != 0; }
g* gcBgMarkWorkerPool_pop() { return lockstep::gByID(answer<"gcBgMarkWorkerPool.pop">()); }
bool scavenger_sysmonWake() { return stickyAnswer<"scavenger.sysmonWake">(sticky().sysmonWake); }
void scavenger_wake() { region<"scavenger.wake", "scavenger.wake.ret">(); }
uint32 fingStatus() { return stickyAnswer<"fingStatus">(sticky().fingStatus); }
g* wakefing() { return lockstep::gByID(answer<"wakefing">()); }

// ---- the network poller

bool netpollinited() { return stickyAnswer<"netpollinited">(sticky().netpollinited); }
bool netpollAnyWaiters() { return stickyAnswer<"netpollAnyWaiters">(sticky().netpollAnyWaiters); }

netpollResult netpoll(int64 delay) {
  const lockstep::Kind& kind = KindOf<"netpoll", "">::kind;
  await(kind);
  // What it was asked is a decision; what it found is the answer.
  if (head.a[0] != delay) lockstep::diverge(kind, absl::StrCat("delay=", delay));
  netpollResult r{};
  for (auto goid = head.list.rbegin(); goid != head.list.rend(); ++goid) {
    g* gp = lockstep::gByID(static_cast<int64_t>(*goid));
    if (gp == nullptr) lockstep::diverge(kind, absl::StrCat("has no g", *goid));
    r.list.push(gp);
  }
  r.delta = static_cast<int32>(head.a[2]);
  advance();
  return r;
}

void netpollBreak() { slog::at<"netpollBreak">(); }
void netpollAdjustWaiters(int32 delta) { told<"netpollAdjustWaiters">(delta); }

// ---- semaphores and timers

// Which one, as the log says it.
static int64_t semaOf(const uint32* addr) { return addr == &worldsema ? 1 : addr == &gcsema ? 2 : 0; }
void semacquire(uint32* addr) { region<"semacquire", "semacquire.ret">(semaOf(addr)); }
void semrelease(uint32* addr) { semrelease1(addr, false, 0); }
void semrelease1(uint32* addr, bool handoff, int) {
  region<"semrelease", "semrelease.ret">(semaOf(addr), handoff);
}
int64 timeSleepUntil() { return answer<"timeSleepUntil">(); }

// Not in the log when the heap is empty.
timers::check_result timers::check(int64 now) {
  const lockstep::Kind& kind = KindOf<"timers.check", "">::kind;
  if (!peek(kind)) return {now, 0, false};
  match(kind, lockstep::pidOf(lockstep::timersOwner(this)), now);
  lockstep::outside(&KindOf<"timers.check.ret", "">::kind);
  check_result r{head.a[0], head.a[1], head.a[2] != 0};
  advance();
  if (now == 0 && r.now != 0 && facts::listening) lockstep::clockRead(r.now);
  return r;
}

int64 timers::wakeTime() {
  const lockstep::Kind& kind = KindOf<"timers.wakeTime", "">::kind;
  await(kind);
  int64 t = head.a[1];
  match(kind, lockstep::pidOf(lockstep::timersOwner(this)), t);
  return t;
}

uint32 timers::length() const {
  const lockstep::Kind& kind = KindOf<"timers.len", "">::kind;
  await(kind);
  int64 n = head.a[1];
  match(kind, lockstep::pidOf(lockstep::timersOwner(this)), n);
  return static_cast<uint32>(n);
}

void timers::take(timers*) {}
intptr timers::heaplen() const {
  const lockstep::Kind& kind = KindOf<"timers.heaplen", "">::kind;
  await(kind);
  int64 n = head.a[1];
  match(kind, lockstep::pidOf(lockstep::timersOwner(this)), n);
  return n;
}

// ---- bubbles of fake time may ready a goroutine; the tracer's events are in no log: trace.cc

void synctestGroup::changegstatus(g* gp, uint32 oldval, uint32 newval) {
  region<"synctest.changegstatus", "synctest.ret">(lockstep::goidOf(gp), oldval, newval);
}
void synctestGroup::incActive() { region<"synctest.incActive", "synctest.ret">(); }
void synctestGroup::decActive() { region<"synctest.decActive", "synctest.ret">(); }

outsideFlag::operator bool() const { return stickyAnswer<"casgstatusAlwaysTrack">(sticky().alwaysTrack); }

outsidePeriod::operator int64() const { return stickyAnswer<"forcegcperiod">(sticky().forcegcperiod); }

bool isSystemGoroutine(g*, bool) { return answer<"isSystemGoroutine">() != 0; }

bool traceEnabled() { return stickyAnswer<"traceEnabled">(sticky().traceEnabled); }
bool traceShuttingDown() { return stickyAnswer<"traceShuttingDown">(sticky().traceShuttingDown); }
g* traceReader() { return lockstep::gByID(answer<"traceReader">()); }
bool traceReaderAvailable() { return answer<"traceReaderAvailable">() != 0; }

}  // namespace runtime
