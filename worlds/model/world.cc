// The port in simulated time: every M is a fiber, and has a processor of its own. What it does takes no time, but
// where a line here says so: computing and system calls take what they took in the trace, a thread that is woken comes
// a while later, a goroutine starts a while after the one before has stopped. The next event is the earliest; that is
// all.
//
// Goroutines go through their programs (workload.h) on the port's own stacks; timers and the poller are here, since the
// port asks its world for them. sysmon is the port's own, and preempts what computes for too long.
#include <algorithm>
#include <memory>
#include <queue>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "runtime/proc_decl.h"
#include "seam/atomic.h"
#include "seam/slog.h"
#include "worlds/lockstep/fiber.h"
#include "worlds/model/run.h"

namespace model {
namespace {

using lockstep::Fiber;
using runtime::allp;
using runtime::g;
using runtime::getg;
using runtime::m;
using runtime::p;
using runtime::sched;
using runtime::systemstack;

constexpr int64_t kNever = int64_t{1} << 62;
// A sleep of the system is longer than asked for by its slack.
constexpr int64_t kSlack = 50'000;
// What a thread that waits for another one looks at it for, each time.
constexpr int64_t kLook = 1'000;
// A thread that is made comes so much later than one that is woken.
constexpr int64_t kMakeThread = 10'000;
// Events at one moment: more are a circle.
constexpr uint64_t kCircle = 10'000'000;

struct M {
  m* mp = nullptr;
  std::unique_ptr<Fiber> fiber;
  g* saved = nullptr;        // what getg() answers when it continues
  uint64_t turn = 0;         // which of its events counts
  runtime::note* note = nullptr;  // that it sleeps on
  bool computes = false;
  int64_t polls_until = -1;  // it waits in the poller; -1: it does not
};

struct Event {
  int64_t time;
  uint64_t number;
  M* of;
  uint64_t turn;

  bool operator<(const Event& other) const {
    return time != other.time ? time > other.time : number > other.number;  // the earliest is the top
  }
};

struct Task : runtime::funcval {
  const Program* program = nullptr;
  g* gp = nullptr;
  size_t at = 0;
  uint64_t given = 0;   // readied before it waited
  bool waits = false;   // for another goroutine
};

struct Due {
  int64_t when;
  uint64_t number;
  g* gp;
  bool operator<(const Due& other) const { return when != other.when ? when > other.when : number > other.number; }
};
using Dues = std::priority_queue<Due>;

std::vector<std::unique_ptr<M>> ms;  // by the port's id
M* current;
Fiber* host;
std::priority_queue<Event> events;
uint64_t numbers;
int64_t now;
bool ended, counts;  // counts: what happens is measured
const Workload* workload;
Outcome outcome;
Meter meter;
std::vector<Task> tasks;
absl::flat_hash_map<const Program*, Task*> taskOf;
absl::flat_hash_map<const g*, Task*> runs;
Task* making;
uint64_t left;  // programs that have not come to their end
absl::flat_hash_map<const runtime::timers*, Dues> timersOf;
Dues net;

// ---- whose turn it is

void at(M* me, int64_t time) { events.push({time, numbers++, me, ++me->turn}); }

void toHost() {
  M* me = current;
  me->saved = getg();
  Fiber::Switch(*me->fiber, *host);
}

void resume(M* me) {
  current = me;
  g* saved = getg();
  runtime::setg(me->saved);
  Fiber::Switch(*host, *me->fiber);
  runtime::setg(saved);
  current = nullptr;
}

void pass(int64_t ns) {
  at(current, now + ns);
  toHost();
}

[[noreturn]] void end() {
  ended = true;
  for (;;) toHost();
}

// ---- programs

void readied(g* gp) {
  if (const auto it = runs.find(gp); it != runs.end() && counts) meter.Ready(it->second->program->id, now);
}

void compute(int64_t ns) {
  while (ns > 0) {
    M* me = current;
    const int64_t began = now;
    me->computes = true;
    pass(ns);
    me->computes = false;
    ns -= now - began;
    if (ns > 0 && getg()->preempt) runtime::mcall(runtime::gopreempt_m);
  }
}

void make(const Program* program) {
  Task* task = taskOf.at(program);
  making = task;
  runtime::newproc(task);
  making = nullptr;
}

void ready(const Program* program) {
  Task* task = taskOf.at(program);
  if (!task->waits) {
    task->given++;
    return;
  }
  task->waits = false;
  systemstack([=] { runtime::ready(task->gp, 0, true); });
}

void waitFor(int64_t when, bool onNet) {
  g* gp = getg();
  if (onNet) {
    net.push({when, numbers++, gp});
    for (auto& each : ms) {
      if (each != nullptr && each->polls_until > when) {
        each->polls_until = when;
        at(each.get(), when + workload->wake_ns);
      }
    }
    runtime::gopark(nullptr, nullptr, runtime::waitReasonIOWait, runtime::traceBlockNet, 0);
  } else {
    p* pp = gp->m->p.ptr();
    timersOf[&pp->timers].push({when, numbers++, gp});
    runtime::wakeNetPoller(when);
    runtime::gopark(nullptr, nullptr, runtime::waitReasonSleep, runtime::traceBlockSleep, 0);
  }
}

void play(runtime::funcval* fn) {
  Task* task = static_cast<Task*>(fn);
  task->gp = getg();
  const std::vector<Op>& ops = task->program->ops;
  while (task->at < ops.size()) {
    const Op& op = ops[task->at++];
    switch (op.kind) {
      case Op::kRun: compute(op.ns); break;
      case Op::kMake: make(op.whom); break;
      case Op::kReady: ready(op.whom); break;
      case Op::kWait:
        if (task->given > 0) {
          task->given--;
        } else {
          task->waits = true;
          runtime::gopark(nullptr, nullptr, runtime::waitReasonChanReceive, runtime::traceBlockChanRecv, 0);
        }
        break;
      case Op::kSleep: waitFor(now + op.ns, false); break;
      case Op::kNet: waitFor(now + op.ns, true); break;
      case Op::kCall:
        runtime::entersyscall();
        pass(op.ns);
        runtime::exitsyscall();
        break;
      case Op::kGosched: runtime::Gosched(); break;
      case Op::kYield: runtime::goyield(); break;
      case Op::kForever:
        if (--left == 0) end();
        runtime::gopark(nullptr, nullptr, runtime::waitReasonZero, runtime::traceBlockForever, 0);
        break;
    }
  }
  if (--left == 0) end();
  if (task->program->ended) {
    // Its g will be another's.
    runs.erase(getg());
    runtime::goexit1();
  }
  runtime::gopark(nullptr, nullptr, runtime::waitReasonZero, runtime::traceBlockForever, 0);
}

// Those that were there when the trace began.
void load(runtime::funcval*) {
  counts = true;
  for (Task& task : tasks) {
    const Program& program = *task.program;
    if (program.begins == Program::kRunnable) make(&program);
    if (program.begins != Program::kWaiting) continue;
    g* gp = nullptr;
    making = &task;
    systemstack([&] { gp = runtime::newproc1(&task, getg()->m->curg.plain(), 0, true, runtime::waitReasonZero); });
    making = nullptr;
    task.gp = gp;
    const Op& first = program.ops.front();
    task.at = 1;
    if (first.kind == Op::kWait) {
      task.waits = true;
    } else if (first.kind == Op::kForever) {
      left--;
    } else if (first.kind == Op::kNet) {
      net.push({first.ns, numbers++, gp});
    } else {
      timersOf[&allp[0]->timers].push({first.ns, numbers++, gp});
    }
  }
  if (left == 0) end();
  runtime::goexit1();
}
runtime::funcval loader{reinterpret_cast<uintptr_t>(&load)};

void startThread(m* mp, int64_t when) {
  const auto id = static_cast<size_t>(mp->id);
  if (ms.size() <= id) ms.resize(id + 1);
  ms[id] = std::make_unique<M>();
  M* me = ms[id].get();
  me->mp = mp;
  me->fiber = std::make_unique<Fiber>(
      64 << 10,
      [](void* arg) {
        runtime::setg(static_cast<M*>(arg)->mp->g0);
        runtime::mstart();
        for (;;) toHost();
      },
      me);
  runtime::stackfree(mp->g0->stack);
  mp->g0->stack.lo = reinterpret_cast<uintptr_t>(me->fiber->stack_lo());
  mp->g0->stack.hi = reinterpret_cast<uintptr_t>(me->fiber->stack_hi());
  me->saved = mp->g0;
  at(me, when);
}

// What rt0_go and runtime.main do.
void boot(int32_t procs) {
  static int32_t n = procs;
  ms.push_back(std::make_unique<M>());
  M* me = ms[0].get();
  me->mp = &runtime::m0;
  me->fiber = std::make_unique<Fiber>(256 << 10, [](void*) {
    runtime::m0.g0 = &runtime::g0;
    runtime::g0.m = &runtime::m0;
    runtime::setg(&runtime::g0);
    runtime::ncpu = n;
    runtime::mcache0 = runtime::allocmcache();
    runtime::schedinit();
    for (p* pp : allp) {
      if (pp->id != 0) meter.Idle(pp->id, 0);
    }
    runtime::mainStarted = true;
    runtime::newm(runtime::sysmon, nullptr, -1);
    runtime::newproc(&loader);
    runtime::mstart();
    for (;;) toHost();
  }, nullptr);
  runtime::g0.stack.lo = reinterpret_cast<uintptr_t>(me->fiber->stack_lo());
  runtime::g0.stack.hi = reinterpret_cast<uintptr_t>(me->fiber->stack_hi());
  at(me, 0);
}

runtime::gList netDue() {
  std::vector<g*> due;
  for (; !net.empty() && net.top().when <= runtime::nanotime(); net.pop()) due.push_back(net.top().gp);
  runtime::gList list{};
  for (size_t i = due.size(); i-- > 0;) list.push(due[i]);
  return list;
}

[[noreturn]] void lost(const std::string& why) {
  if (outcome.lost.empty()) outcome.lost = why;
  end();
}

}  // namespace

Outcome Run(const Workload& of, int32_t procs) {
  workload = &of;
  tasks.resize(of.programs.size());
  for (size_t i = 0; i < tasks.size(); i++) {
    tasks[i].fn = reinterpret_cast<uintptr_t>(&play);
    tasks[i].program = &of.programs[i];
    taskOf[tasks[i].program] = &tasks[i];
  }
  left = tasks.size();
  Fiber here;
  host = &here;
  boot(procs);
  uint64_t at_once = 0;
  while (!ended && !events.empty()) {
    const Event e = events.top();
    events.pop();
    if (e.turn != e.of->turn) continue;
    at_once = e.time == now ? at_once + 1 : 0;
    if (at_once > kCircle) {
      outcome.lost = absl::StrCat("the port turns in a circle at ", now, " ns");
      break;
    }
    now = e.time;
    resume(e.of);
  }
  outcome.unfinished = left;
  outcome.measured = meter.Finish(now);
  return std::move(outcome);
}

}  // namespace model

// ---- what the shared words of the guided world ask: nothing is known better here

namespace guided {

bool gcwaitingIsRead(bool v) { return v; }
void spinningWentDown() {}
runtime::int64 lastpollIsRead(runtime::int64 v) { return v; }
void ringGrew(void*, runtime::uint32) {}
void globalQueueFilled() {}
void curgChanges(runtime::g*, runtime::g*) {}
bool isBlind() { return false; }
void found(runtime::why, runtime::g*, bool) {}
void borrowing(bool) {}
void executes(runtime::g*, bool) {}

}  // namespace guided

// ---- what proc.cc stands on

namespace runtime {

using model::current;
using model::now;

void notewakeup(note* n) {
  n->key = 1;
  for (auto& each : model::ms) {
    if (each == nullptr || each->note != n) continue;
    each->note = nullptr;
    model::at(each.get(), now + model::workload->wake_ns);
  }
}
void notesleep(note* n) { notetsleep(n, -1); }
bool notetsleep(note* n, int64 ns) {
  const int64 until = ns < 0 ? model::kNever : now + ns;
  while (n->key == 0 && now < until) {
    current->note = n;
    if (ns >= 0) model::at(current, until);
    model::toHost();
    current->note = nullptr;
  }
  return n->key != 0;
}

int64 nanotime() { return now + 1; }  // 0 is no time
uint32 cheaprand() {
  static uint64 x = 0x9e3779b97f4a7c15;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return static_cast<uint32>(x >> 32);
}

void usleep(uint32 us) { model::pass(int64{us} * 1000 + model::kSlack); }
void osyield() { model::pass(model::kLook); }
void procyield(uint32) { osyield(); }
void newosproc(m* mp) { model::startThread(mp, now + model::workload->wake_ns + model::kMakeThread); }
void exit(int32 code) { model::lost(absl::StrCat("the port exits with ", code)); }
void freedeadm(m*, bool) {}
void exitThread(atomic::Uint32<"m.freeWait">* wait) {
  wait->Store(freeMStack);
  for (;;) model::toHost();
}
// It hears of it when it computes; else at its next call.
void preemptM(m* mp) {
  for (auto& each : model::ms) {
    if (each != nullptr && each->mp == mp && each->computes) model::at(each.get(), now);
  }
}

void throw_(const char* s) {
  model::lost(absl::StrCat("the port throws: ", s));
  __builtin_unreachable();
}
// All wait for ever: that is the end of what the trace has.
void fatal(const char* s) {
  model::lost(absl::StrCat("the port ends: ", s));
  __builtin_unreachable();
}
void panic_(const char* s) {
  model::lost(absl::StrCat("the port panics: ", s));
  __builtin_unreachable();
}

void switchToCrashStack0(void (*)()) { model::lost("the port is out of stack"); }

void gostart(g* newg, funcval* fn) {
  const uintptr sp = newg->stack.hi - 8 * goarch::PtrSize;
  gostartcall(&newg->sched, reinterpret_cast<void*>(fn->fn), fn, sp);
}

std::pair<g*, int64> gcControllerState::findRunnableGCWorker(p*, int64 t) { return {nullptr, t}; }
bool gcBlackenEnabled() { return false; }

bool netpollAnyWaiters() { return !model::net.empty(); }
netpollResult netpoll(int64 delay) {
  netpollResult r{};
  r.list = model::netDue();
  if (!r.list.empty() || delay == 0) return r;
  int64 until = delay < 0 ? model::kNever : now + delay;
  if (!model::net.empty()) until = std::min(until, model::net.top().when);
  current->polls_until = until;
  if (until < model::kNever) {
    model::at(current, until + model::workload->wake_ns);
  } else {
    current->turn++;  // only a break ends it
  }
  model::toHost();
  current->polls_until = -1;
  r.list = model::netDue();
  return r;
}
void netpollBreak() {
  for (auto& each : model::ms) {
    if (each == nullptr || each->polls_until < 0) continue;
    each->polls_until = now;
    model::at(each.get(), now + model::workload->wake_ns);
  }
}

timers::check_result timers::check(int64 t) {
  if (t == 0) t = nanotime();
  model::Dues& due = model::timersOf[this];
  bool ran = false;
  for (; !due.empty() && due.top().when <= nanotime(); ran = true) {
    g* gp = due.top().gp;
    due.pop();
    ready(gp, 0, true);
  }
  return {t, due.empty() ? 0 : due.top().when, ran};
}
int64 timers::wakeTime() {
  const model::Dues& due = model::timersOf[this];
  return due.empty() ? 0 : due.top().when;
}
uint32 timers::length() const { return static_cast<uint32>(model::timersOf[this].size()); }
intptr timers::heaplen() const { return static_cast<intptr>(length()); }
int64 timeSleepUntil() {
  int64 next = model::kNever;
  for (const auto& [of, due] : model::timersOf) {
    if (!due.empty()) next = std::min(next, due.top().when);
  }
  return next;
}

// ---- what the tracer is told is what is measured

g* traceReader() { return nullptr; }
traceLocker traceAcquire() {
  traceLocker t;
  t.mp = getg()->m;
  t.gen = 1;
  return t;
}

void traceLocker::GoUnpark(g* gp, int) const { model::readied(gp); }
void traceLocker::GoStart() const {
  g* gp = getg()->m->curg.plain();
  if (gp == nullptr) return;
  model::pass(model::workload->switch_ns);
  if (const auto it = model::runs.find(gp); it != model::runs.end()) {
    model::meter.Start(it->second->program->id, it->second->program->function, now);
  }
}
void traceLocker::GoPark(traceBlockReason, int) const {}
void traceLocker::GoPreempt() const { model::readied(getg()->m->curg.plain()); }
void traceLocker::GoSched() const { model::readied(getg()->m->curg.plain()); }
void traceLocker::GoEnd() const {}
void traceLocker::GoSysCall() const {}
void traceLocker::GoSysExit(bool lostP) const {
  if (lostP) model::readied(getg()->m->curg.plain());
}
void traceLocker::GoCreate(g* newg, uintptr, bool parked) const {
  if (model::making == nullptr) return;
  model::runs[newg] = model::making;
  if (!parked) model::readied(newg);
}
void traceLocker::GoSwitch(g*, bool) const {}
void traceLocker::ProcStart() const { model::meter.Busy(getg()->m->p.ptr()->id, now); }
void traceLocker::ProcStop(p* pp) const { model::meter.Idle(pp->id, now); }
void traceLocker::ProcSteal(p* pp, bool) const { model::meter.Idle(pp->id, now); }
void traceLocker::STWStart(stwReason) const {}
void traceLocker::STWDone() const {}
void traceLocker::Gomaxprocs(int32) const {}

}  // namespace runtime
