// The goroutines of a program: each goes through its ops, which call the port as compiled Go code would.
#include "runtime/coro.h"
#include "runtime/debug.h"
#include "worlds/explore/inside.h"

namespace explore {

using runtime::systemstack;

namespace {

void begin(runtime::funcval* fn);

// Somebody may have asked the goroutine to give way.
void safePoint() {
  g* gp = getg();
  point(Kind::kWrite, &gp->m->curg, "safe point");
  if (getg()->preempt) runtime::mcall(runtime::gopreempt_m);
}

bool commitWait(g* gp, void* arg) {
  Cell* cell = static_cast<Cell*>(arg);
  point(Kind::kWrite, cell, "cell");
  if (cell->given > 0) {
    cell->given--;
    return false;
  }
  if (cell->waiter != nullptr) end(property::kPortsOwnChecks, "two goroutines wait on one cell: the program is wrong");
  taskOf(gp)->waits = cell;
  cell->waiter = gp;
  return true;
}

bool commitNet(g* gp, void*) {
  point(Kind::kWrite, &state.net, "net");
  state.net[state.nets++] = gp;
  state.net_waiters++;
  return true;
}

bool commitSleep(g* gp, void* arg) {
  p* pp = gp->m == nullptr ? getg()->m->p.ptr() : gp->m->p.ptr();
  const int64_t when = *static_cast<int64_t*>(arg);
  Timers& timers = state.timers[pp->id];
  point(Kind::kWrite, &pp->timers, "timers");
  timers.due[timers.n++] = {when, gp};
  runtime::wakeNetPoller(when);
  return true;
}

void compute(Kind kind) {
  if (kind == Kind::kCompute) {
    waitFor(Kind::kCompute, &getg()->m->curg, "computes", kForever);
    if (getg()->preempt) runtime::mcall(runtime::gopreempt_m);
  }
}

struct Body : runtime::funcval {
  runtime::coro* c = nullptr;
};
Body bodies[kCoroutines];

void coroutineBody(runtime::funcval*, runtime::coro* c) {
  runtime::coroswitch(c);
}

void perform(const Op& op) {
  switch (op.kind) {
    case Op::kGo: {
      Task& task = state.tasks[op.n];
      task.begun = true;
      runtime::newproc(&task);
      break;
    }
    case Op::kWait: {
      Cell& cell = state.cells[op.n];
      point(Kind::kWrite, &cell, "cell");
      if (cell.given > 0) {
        cell.given--;
      } else {
        runtime::gopark(commitWait, &cell, runtime::waitReasonSemacquire, runtime::traceBlockSync, 1);
      }
      break;
    }
    case Op::kWake: {
      Cell& cell = state.cells[op.n];
      point(Kind::kWrite, &cell, "cell");
      if (g* gp = cell.waiter; gp != nullptr) {
        cell.waiter = nullptr;
        taskOf(gp)->waits = nullptr;
        runtime::goready(gp, 1);
      } else {
        cell.given++;
      }
      break;
    }
    case Op::kYield: runtime::Gosched(); break;
    case Op::kHand: runtime::goyield(); break;
    case Op::kCall:
      runtime::entersyscall();
      point(Kind::kRead, nullptr, "in the kernel");
      runtime::exitsyscall();
      break;
    case Op::kLongCall:
      runtime::entersyscall();
      waitFor(Kind::kSleep, nullptr, "in the kernel", kForever);
      runtime::exitsyscall();
      break;
    case Op::kBlock:
      runtime::entersyscallblock();
      waitFor(Kind::kSleep, nullptr, "in the kernel", kForever);
      runtime::exitsyscall();
      break;
    case Op::kSleep: {
      int64_t when = state.now + op.n * kMs;
      runtime::gopark(commitSleep, &when, runtime::waitReasonSleep, runtime::traceBlockSleep, 1);
      break;
    }
    case Op::kNet:
      runtime::gopark(commitNet, nullptr, runtime::waitReasonIOWait, runtime::traceBlockNet, 1);
      break;
    case Op::kCompute: compute(Kind::kCompute); break;
    case Op::kWire: runtime::LockOSThread(); break;
    case Op::kUnwire: runtime::UnlockOSThread(); break;
    case Op::kProcs: runtime::GOMAXPROCS(op.n); break;
    case Op::kStop: {
      const runtime::worldStop stop = runtime::stopTheWorld(runtime::stwGOMAXPROCS);
      state.stopper = getg();
      point(Kind::kRead, nullptr, "the world stands still");
      state.stopper = nullptr;
      runtime::startTheWorld(stop);
      break;
    }
    case Op::kSwitch: {
      Body& body = bodies[op.n];
      if (body.c == nullptr) {
        body.fn = reinterpret_cast<uintptr_t>(&coroutineBody);
        body.c = runtime::newcoro(&body);
      }
      runtime::coroswitch(body.c);
      break;
    }
    case Op::kGoexit: runtime::goexit1(); break;
    case Op::kExit: end(nullptr, "exit"); break;
  }
}

void checkRuns(const Task& task) {
  const g* gp = getg();
  if (state.stopper != nullptr && state.stopper != gp) {
    end(property::kWorldStandsStill, "goroutine " + std::to_string(task.number) + " runs while the world stands still");
  }
  if (gp->lockedm != 0 && gp->lockedm.ptr() != gp->m) {
    end(property::kWired, "goroutine " + std::to_string(task.number) + " runs on another thread than its own");
  }
  if (gp->m->lockedg != 0 && gp->m->lockedg.ptr() != gp) {
    end(property::kWired, "goroutine " + std::to_string(task.number) + " runs on a thread that is another's");
  }
}

void begin(runtime::funcval* fn) {
  Task& task = *static_cast<Task*>(fn);
  task.gp = getg();
  if (task.number == 0) {
    runtime::mainStarted = true;
    state.running = true;
    toHost();  // where every run begins
  }
  for (const Op& op : state.program->goroutines[task.number]) {
    checkRuns(task);
    if (op.kind == Op::kGoexit) task.done = true;
    perform(op);
    checkRuns(task);
    safePoint();
  }
  task.done = true;
  runtime::goexit1();
}

}  // namespace

void beginMain() {
  for (int i = 0; i < kGoroutines; i++) {
    state.tasks[i].fn = reinterpret_cast<uintptr_t>(&begin);
    state.tasks[i].number = i;
  }
  state.tasks[0].begun = true;
  if (state.program->forces) runtime::init();
  runtime::newproc(&state.tasks[0]);
}

}  // namespace explore
