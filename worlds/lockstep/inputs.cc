// Plays the code outside the port: user functions, channels, timers, the collector. The log has what they called.
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "runtime/debug.h"
#include "runtime/mgcmark.h"
#include "worlds/lockstep/internal.h"
#include "worlds/lockstep/requests.h"
#include "worlds/lockstep/state.h"

namespace lockstep {

using runtime::g;
using runtime::getg;
using runtime::p;
using runtime::systemstack;

namespace {

// A goroutine's g, and how large the captured one's stack is.
struct Known {
  g* gp = nullptr;
  int64_t stackBytes = 0;
};
absl::flat_hash_map<int64_t, Known> gs;  // by the goroutine that each is, or was last

// The size of the stacks that new goroutines get: all of them, but who gets a new g as well.
int64_t startingStackBytes = runtime::stackMin;

absl::flat_hash_map<uint64_t, std::unique_ptr<Func>> funcs;
absl::flat_hash_map<uint64_t, runtime::coro*> coros;    // by the captured address
absl::flat_hash_map<uint32_t, runtime::gQueue> drained;  // what runqdrain gave to an M
absl::flat_hash_map<uint32_t, std::unique_ptr<runtime::coro>> endedCoro;  // the last that an M ended
const schedlog::Header* header;

// The body of every goroutine that is not the port's own.
void playedBody(runtime::funcval*) {
  getg()->coroarg = nullptr;  // a coroutine takes it when it begins
  outside(nullptr);
}

// Unlock functions of outside parks.
bool outsideUnlock(g*, void*) {
  outside(&KindOf<"waitunlockf.ret", "">::kind);
  return head.a[0] != 0;
}
bool outsideMutexUnlock(g* gp, void* lock) { return outsideUnlock(gp, lock); }

void outsideSafePointFn(p* pp) {
  told<"safePointFn">(pidOf(pp));
  outside(&KindOf<"safePointFn.ret", "">::kind);
}

// A handler makes the call that the record at the head says. It either calls a function of the port that has the
// record as its first act, or consumes the record and makes the call.
using Handler = void (*)();

uint32_t u32(int i) { return static_cast<uint32_t>(head.a[i]); }
auto reasonAt(int i) { return static_cast<runtime::waitReason>(head.a[i]); }

g* gAt(int i) {
  g* gp = gByID(head.a[i]);
  if (gp == nullptr) diverge(KindOf<"ready", "">::kind, absl::StrCat("has no g", head.a[i]));
  return gp;
}

// A goroutine that is made by a timer of a bubble has g0 for its maker: there a bubble's own goroutine runs them.
void onNewproc() {
  Func* fn = funcAt(static_cast<uint64_t>(head.a[0]));
  if (getg() != getg()->m->g0 && getg()->m->g0->syncGroup != nullptr) {
    systemstack([=] { runtime::newproc(fn); });
  } else {
    runtime::newproc(fn);
  }
}

// The captured program knows the coroutine by its address, the port makes one of its own. (A function by itself, behind
// await, which may switch: AddressSanitizer marks a frame's variables when it is entered.)
[[gnu::noinline]] void makeCoro(uint64_t captured) {
  Func* fn = funcAt(static_cast<uint64_t>(head.a[0]));
  auto reason = reasonAt(2);
  g* gp = getg();
  systemstack([=] {
    auto* c = new runtime::coro;
    runtime::newcoro1(c, runtime::newproc1(fn, gp, 0, true, reason));
    coros[captured] = c;
  });
}

void onNewcoro() {
  const auto captured = static_cast<uint64_t>(head.a[0]);
  advance();
  await(KindOf<"newproc1", "">::kind);
  makeCoro(captured);
}

void onCoroswitch() {
  auto it = coros.find(static_cast<uint64_t>(head.a[0]));
  if (it == coros.end()) {
    diverge(KindOf<"coroswitch_m", "">::kind, "has no such coroutine");
    return;
  }
  g* gp = getg();
  gp->coroarg = it->second;
  gp->coroexit = head.a[1] != 0;
  if (gp->coroexit) {
    soil(gp);
    endedCoro[current].reset(it->second);  // the switch still uses it; the one before is free
    coros.erase(it);
  }
  advance();
  runtime::mcall(runtime::coroswitch_m);
}

void onGopark() {
  runtime::waitunlock_fn fn = nullptr;
  void* lock = nullptr;
  switch (head.a[0]) {
    case 1:
      fn = outsideMutexUnlock;
      break;
    case 2:
      fn = outsideUnlock;
      break;
  }
  runtime::gopark(fn, lock, reasonAt(2), static_cast<runtime::traceBlockReason>(head.a[3]), 0);
}

void onGoready() {
  g* gp = gAt(0);
  systemstack([=] { runtime::goready(gp, 0); });
}
void onReady() {
  g* gp = gAt(0);
  bool next = head.a[1] != 0;
  systemstack([=] { runtime::ready(gp, 0, next); });
}

void onGoschedIfBusy() {
  getg()->preempt = head.a[0] != 0;
  runtime::goschedIfBusy();
}

void onGoexit() {
  soil(getg());
  runtime::goexit1();
}

void onGopreempt() { runtime::mcall(runtime::gopreempt_m); }
void onPreemptPark() { runtime::mcall(runtime::preemptPark); }

void onStopTheWorld() { runtime::stopTheWorld(static_cast<runtime::stwReason>(head.a[0])); }
void onStartTheWorld() { runtime::startTheWorld(runtime::stopTheWorldContext); }
void onStopTheWorldGC() { runtime::stopTheWorldGC(static_cast<runtime::stwReason>(head.a[0])); }
void onStartTheWorldGC() { runtime::startTheWorldGC(runtime::stopTheWorldContext); }
void onStopTheWorldWithSema() {
  auto reason = static_cast<runtime::stwReason>(head.a[0]);
  systemstack([=] { runtime::stopTheWorldContext = runtime::stopTheWorldWithSema(reason); });
}
void onStartTheWorldWithSema() {
  int64_t now = head.a[0];
  runtime::worldStop w = runtime::stopTheWorldContext;
  w.reason = static_cast<runtime::stwReason>(head.a[1]);
  systemstack([=] { runtime::startTheWorldWithSema(now, w); });
}
void onForEachP() { runtime::forEachP(reasonAt(0), outsideSafePointFn); }

void onInjectglist() {
  runtime::gList list{};
  for (auto goid = head.list.rbegin(); goid != head.list.rend(); ++goid) {
    g* gp = gByID(static_cast<int64_t>(*goid));
    if (gp == nullptr) {
      diverge(KindOf<"injectglist", "">::kind, absl::StrCat("has no g", *goid));
      return;
    }
    list.push(gp);
  }
  runtime::injectglist(&list);
}

void onRunqdrain() {
  p* pp = getg()->m->p.ptr();
  const auto [queue, n] = runtime::runqdrain(pp);
  drained[current] = queue;
  const Kind& answer = KindOf<"runqdrain.ret", "">::kind;
  if (firstFormat) return;
  await(answer);
  compareList(answer, queue.head.ptr());
  if (head.a[1] != n) diverge(answer, absl::StrCat("n=", n));
  advance();
}
void onGlobrunqputbatch() {
  runtime::gQueue q = drained[current];
  drained.erase(current);
  runtime::globrunqputbatch(&q, static_cast<int32_t>(head.a[0]));
}

void onPollWork() { told<"pollWork.ret">(runtime::pollWork()); }
void onWakeNetPoller() { runtime::wakeNetPoller(head.a[0]); }
void onSchedEnableUser() { runtime::schedEnableUser(head.a[0] != 0); }
void onSetMaxThreads() { told<"setMaxThreads.ret">(runtime::setMaxThreads(head.a[0])); }
void onGOMAXPROCS() { told<"GOMAXPROCS.ret">(runtime::GOMAXPROCS(head.a[0])); }
void onCanSpin() { told<"canSpin.ret">(runtime::internal_sync_runtime_canSpin(static_cast<int32_t>(head.a[0]))); }
void onMarkrootFreeGStacks() {
  systemstack([] { runtime::markrootFreeGStacks(); });
}
void onPreemptone() {
  p* pp = pByID(head.a[0]);
  runtime::preemptone(pp);
}

// The records of these are only in the log for callers outside proc.go.
void onWakep() {
  advance();
  runtime::wakep();
}
void onCasgstatus() {
  g* gp = gAt(0);
  uint32_t from = u32(1), to = u32(2);
  advance();
  runtime::casgstatus(gp, from, to);
  // The collector makes a worker runnable, and tells the tracer.
  auto trace = runtime::traceAcquire();
  if (trace.ok() && from == runtime::_Gwaiting && to == runtime::_Grunnable) trace.GoUnpark(gp, 0);
}
void onCastogscanstatus() {
  g* gp = gAt(0);
  uint32_t from = u32(1), to = u32(2);
  advance();
  g* runs = to == runtime::_Gscanrunning ? gp : nullptr;
  if (runs != nullptr && requestsWatched) {
    askingOn(nullptr);
    asksOf(gp->m, gp);
  }
  if (!runtime::castogscanstatus(gp, from, to)) {
    if (requestsWatched) asked();
    return;
  }
  // What suspendG does then: it asks whom it finds running, and takes back what was asked of who does not run.
  gp->preempt = gp->preemptStop = runs != nullptr;
  gp->stackguard0 = runs != nullptr ? runtime::stackPreempt : gp->stack.lo + runtime::stackGuard;
}
void onCasfromGscanstatus() {
  g* gp = gAt(0);
  uint32_t from = u32(1), to = u32(2);
  advance();
  runtime::casfrom_Gscanstatus(gp, from, to);
  if (requestsWatched && from == runtime::_Gscanrunning) asked();
}
void onCasGFromPreempted() {
  g* gp = gAt(0);
  uint32_t from = u32(1), to = u32(2);
  advance();
  told<"casGFromPreempted.ret">(runtime::casGFromPreempted(gp, from, to));
}
void onCasGToWaiting() {
  g* gp = gAt(0);
  uint32_t from = u32(1);
  auto reason = reasonAt(2);
  advance();
  runtime::casGToWaiting(gp, from, reason);
}
void onCasGToWaitingForGC() {
  g* gp = gAt(0);
  uint32_t from = u32(1);
  auto reason = reasonAt(2);
  advance();
  runtime::casGToWaitingForGC(gp, from, reason);
}

// A goroutine's stack was moved, by itself or by the collector, and is that large now.
void onStack() {
  if (const auto it = gs.find(head.a[0]); it != gs.end()) it->second.stackBytes = head.a[1];
  advance();
}
void onStartingStackSize() {
  startingStackBytes = head.a[0];
  advance();
}

// os.Exit: the hooks run, and then the program ends.
void onBeforeExit() { runtime::os_beforeExit(static_cast<int32_t>(head.a[0])); }
void onExit() {
  auto code = static_cast<int32_t>(head.a[0]);
  advance();
  runtime::exit(code);
}

// A goroutine enters or leaves a bubble of fake time. What a bubble does is outside; that it is called is not.
runtime::synctestGroup bubble;
void onSyncGroup() {
  // g0 is in it too, while it runs the bubble's timers.
  g* gp = head.a[0] == 0 ? getg()->m->g0 : gAt(0);
  gp->syncGroup = head.a[1] != 0 ? &bubble : nullptr;
  advance();
}

struct Input {
  const char* name;
  Handler handler;
  // It neither waits nor needs a goroutine, so that a write barrier in the middle of a function of proc.go can make it
  // too, on g0 as well: one that fills its buffer asks for mark workers by preemptone.
  bool within = false;
};

constexpr Input inputs[] = {
    {"newproc", onNewproc},
    {"newcoro", onNewcoro},
    {"coroswitch_m", onCoroswitch},
    {"gopark", onGopark},
    {"goready", onGoready, true},
    {"ready", onReady, true},
    {"Gosched", runtime::Gosched},
    {"goschedguarded", runtime::goschedguarded},
    {"goschedIfBusy", onGoschedIfBusy},
    {"goyield", runtime::goyield},
    {"goexit1", onGoexit},
    {"syncGroup", onSyncGroup},
    {"gopreempt_m", onGopreempt},
    {"preemptPark", onPreemptPark},
    {"entersyscall", runtime::entersyscall},
    {"entersyscallblock", runtime::entersyscallblock},
    {"exitsyscall", runtime::exitsyscall},
    {"LockOSThread", runtime::LockOSThread},
    {"lockOSThread", runtime::lockOSThread},
    {"UnlockOSThread", runtime::UnlockOSThread},
    {"unlockOSThread", runtime::unlockOSThread},
    {"stopTheWorld", onStopTheWorld},
    {"startTheWorld", onStartTheWorld},
    {"stopTheWorldGC", onStopTheWorldGC},
    {"startTheWorldGC", onStartTheWorldGC},
    {"stopTheWorldWithSema", onStopTheWorldWithSema},
    {"startTheWorldWithSema", onStartTheWorldWithSema},
    {"forEachP", onForEachP},
    {"injectglist", onInjectglist, true},
    {"wakep.call", onWakep},
    {"runqdrain", onRunqdrain},
    {"globrunqputbatch", onGlobrunqputbatch},
    {"pollWork", onPollWork},
    {"wakeNetPoller", onWakeNetPoller, true},
    {"schedEnableUser", onSchedEnableUser},
    {"setMaxThreads", onSetMaxThreads},
    {"GOMAXPROCS", onGOMAXPROCS},
    {"canSpin", onCanSpin},
    {"markrootFreeGStacks", onMarkrootFreeGStacks},
    {"preemptone", onPreemptone, true},
    {"casgstatus", onCasgstatus},
    {"castogscanstatus", onCastogscanstatus},
    {"casfrom_Gscanstatus", onCasfromGscanstatus},
    {"casGFromPreempted", onCasGFromPreempted},
    {"casGToWaiting", onCasGToWaiting},
    {"casGToWaitingForGC", onCasGToWaitingForGC},
    {"stack", onStack},
    {"startingStackSize", onStartingStackSize},
    {"os_beforeExit", onBeforeExit},
    {"exit", onExit},
};

Handler handlers[2 * kFromOutside];
bool withins[2 * kFromOutside];
uint32_t wireGopreempt, wirePreemptPark, wireCasgstatus, wireStack;
// What is compared in messages when no input fits.
Kind outsideCode{"code outside proc.go", ""};

}  // namespace

void bindInputs(const schedlog::Header& h) {
  header = &h;
  for (const Input& in : inputs) {
    const schedlog::Kind* row = h.FindKind(in.name);
    if (row == nullptr) continue;
    const bool saysWho = !row->args.empty() && row->args.back().name == "own";
    const size_t place = row->number + (saysWho ? kFromOutside : 0);
    handlers[place] = in.handler;
    withins[place] = in.within;
  }
  auto number = [&](const char* name) {
    const schedlog::Kind* row = h.FindKind(name);
    return row == nullptr ? Kind::kAbsent : uint32_t{row->number};
  };
  for (const auto& [name, value] : h.facts) {
    // Where Go's clock begins with its build tag faketime.
    if (name == "faketime" && value == "true") runtime::faketime = 1257894000000000000;
  }
  wireGopreempt = number("gopreempt_m");
  wirePreemptPark = number("preemptPark");
  wireCasgstatus = number("casgstatus");
  wireStack = number("stack");
}

void outside(const Kind* until) {
  Sticky& here = sticky();
  const bool onG0 = getg() == getg()->m->g0;
  here.outside += onG0;
  for (;;) {
    if (head.m != current) switchToHead();
    if (detached) return;
    if (until != nullptr && head.kind == until->wire) {
      here.outside -= onG0;
      return;
    }
    Handler handler = head.kind < std::size(handlers) ? handlers[head.kind] : nullptr;
    if (handler == nullptr) {
      diverge(outsideCode, until == nullptr ? "cannot make this record" : absl::StrCat("waits for ", until->name));
      return;
    }
    head.kind &= ~kFromOutside;  // it is the call that is made now
    handler();
  }
}

bool interruption() {
  g* gp = getg();
  if (gp == nullptr || gp->m == nullptr) return false;
  // A write barrier, for which it takes a P.
  if (head.kind < std::size(handlers) && withins[head.kind] && gp->m->p != 0) {
    const Handler handler = handlers[head.kind];
    head.kind &= ~kFromOutside;
    handler();
    return true;
  }
  if (gp == gp->m->g0) return false;
  if (head.kind == wireGopreempt) {
    onGopreempt();
    return true;
  }
  if (head.kind == wirePreemptPark) {
    onPreemptPark();
    return true;
  }
  if (head.kind == wireStack && head.a[0] == goidOf(gp)) {
    onStack();
    return true;
  }
  if (head.kind == wireCasgstatus && head.a[0] == goidOf(gp) &&
      (head.a[1] == runtime::_Gcopystack || head.a[2] == runtime::_Gcopystack)) {
    onCasgstatus();
    return true;
  }
  return false;
}

Func* funcAt(uint64_t pc) {
  auto& slot = funcs[pc];
  if (slot == nullptr) {
    slot = std::make_unique<Func>();
    slot->pc = pc;
    absl::string_view name = header->SymbolAt(pc);
    if (name == "runtime.forcegchelper") {
      slot->fn = runtime::forcegchelperPC.fn;
    } else {
      slot->fn = reinterpret_cast<uintptr_t>(&playedBody);
    }
  }
  return slot.get();
}

int64_t pcOf(const runtime::funcval* fn) {
  if (fn == &runtime::mainPC) {
    // The first goroutine: by name.
    for (const schedlog::Symbol& s : header->symbols) {
      if (s.name == "runtime.main") return static_cast<int64_t>(s.pc);
    }
    return 0;
  }
  return static_cast<int64_t>(static_cast<const Func*>(fn)->pc);
}

std::string_view startName(const runtime::funcval* fn) {
  const absl::string_view name = header->SymbolAt(static_cast<uint64_t>(pcOf(fn)));
  return {name.data(), name.size()};
}

g* gByID(int64_t goid) {
  if (goid == 0) return nullptr;
  auto it = gs.find(goid);
  return it == gs.end() ? nullptr : it->second.gp;
}

void renamed(g* gp, runtime::uint64 goid) {
  Known known{gp, runtime::stackMin};
  if (int64_t last = goidOf(gp); last != 0) {
    gs.erase(last);
    known.stackBytes = startingStackBytes;
  }
  gs[static_cast<int64_t>(goid)] = known;
}

bool stackFits(const g* gp) { return gs[goidOf(gp)].stackBytes == startingStackBytes; }

p* pByID(int64_t wireID) {
  int64_t id = wireID - 1;
  return id < 0 || id >= runtime::allp.len ? nullptr : runtime::allp[id];
}

}  // namespace lockstep

namespace runtime::slog {

uint8 unlockClass(bool (*unlockf)(g*, void*)) {
  if (unlockf == nullptr) return 0;
  if (unlockf == parkunlock_c || unlockf == lockstep::outsideMutexUnlock) return 1;
  return 2;
}

const mutex* unlockLock(bool (*unlockf)(g*, void*), const void* lock) {
  return unlockf == parkunlock_c ? static_cast<const mutex*>(lock) : nullptr;
}

}  // namespace runtime::slog
