// Lesson 2: many threads, one queue, one lock, M:N. Go's scheduler from 2008 until Go 1.0 (March 2012).
//
// A thread that runs goroutines is an M. All there is, is in `sched`, under schedlock: the queue of runnable
// goroutines, the Ms that have nothing to do, and two numbers: mcpu, how many goroutines run, and mcpumax, how many
// may ($GOMAXPROCS). matchmg brings the three together: as long as a goroutine waits and mcpu is below mcpumax, it
// hands the goroutine to an idle M, or to a new one.
//
// What this gave to Go is in entersyscall: a goroutine that goes into the system takes one from mcpu, and so another
// M may run something meanwhile. Coming back it adds the one again, if it may; else it queues like everybody.
//
// What it cost: every start, stop, wakeup, creation and system call takes the one lock, so more threads mean more
// waiting for it; a goroutine runs now here, now there, and finds the caches of the other processor; and matchmg
// hands goroutines to sleeping threads one by one, which is a call of the system each time.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "lessons/g.h"
#include "lessons/lock.h"

namespace lessons {
namespace {

struct M {
  lockstep::Fiber* g0 = nullptr;
  G* curg = nullptr;
  G* nextg = nullptr;  // what matchmg gave it; counted in mcpu already
  bool waitnextg = false;
  Note havenextg;
  M* schedlink = nullptr;
};

struct Sched {
  Lock lock;
  Queue runq;
  Queue gfree;
  M* mhead = nullptr;  // Ms that wait for a goroutine
  int mcpu = 0;
  int mcpumax = 1;
  long threads = 0;
  long handed = 0;  // goroutines given to another thread
} sched;

M* mwakeup;  // to be woken when schedlock is given back: it would only wait for it
thread_local M* tls;

// Not inlined: a goroutine may be on another thread after each switch, and a compiler would keep the address.
[[gnu::noinline]] M* getm() {
  asm volatile("");
  return tls;
}

void schedlock() { sched.lock.lock(); }

void schedunlock() {
  M* m = std::exchange(mwakeup, nullptr);
  sched.lock.unlock();
  if (m != nullptr) m->havenextg.wakeup();
}

void schedule();

void mstart(M* m) {
  tls = m;
  m->g0 = new lockstep::Fiber;
  schedule();
}

// Gives g to m, whose share of mcpu is counted. With schedlock.
void mnextg(M* m, G* g) {
  m->nextg = g;
  if (!m->waitnextg) return;  // new: it will look
  m->waitnextg = false;
  if (mwakeup != nullptr) mwakeup->havenextg.wakeup();
  mwakeup = m;
}

// Matches goroutines with Ms, as long as there are goroutines and mcpu allows. With schedlock.
void matchmg() {
  while (sched.mcpu < sched.mcpumax && sched.runq.size() > 0) {
    G* g = sched.runq.get();
    sched.mcpu++;
    sched.handed++;
    M* m = sched.mhead;
    if (m != nullptr) {
      sched.mhead = m->schedlink;
      mnextg(m, g);
    } else {
      m = new M;
      mnextg(m, g);
      sched.threads++;
      std::thread(mstart, m).detach();
    }
  }
}

// The goroutine that m is to run next. With schedlock, which it gives back.
G* nextgandunlock(M* m) {
  for (;;) {
    if (G* g = std::exchange(m->nextg, nullptr)) {
      schedunlock();
      return g;
    }
    if (sched.mcpu < sched.mcpumax && sched.runq.size() > 0) {
      sched.mcpu++;
      G* g = sched.runq.get();
      schedunlock();
      return g;
    }
    m->schedlink = std::exchange(sched.mhead, m);
    m->waitnextg = true;
    schedunlock();
    m->havenextg.sleep();
    schedlock();
  }
}

// What every M does on its own stack, from its birth on.
void schedule() {
  M* m = getm();
  schedlock();
  for (;;) {
    G* g = nextgandunlock(m);
    m->curg = g;
    g->status = Grunning;
    lockstep::Fiber::Switch(*m->g0, g->stack);
    // Back, and g's stack is still.
    m->curg = nullptr;
    const Status why = g->status;
    if (why == Gwaiting) g->latch->unlock();  // from here on g is not ours
    schedlock();
    if (why != Gsyscall) sched.mcpu--;  // one that comes from a system call has none
    if (why == Gdead) sched.gfree.put(g);
    if (why == Grunnable || why == Gsyscall) sched.runq.put(g);
  }
}

}  // namespace

void gosched(G* g, Status status) {
  g->status = status;
  lockstep::Fiber::Switch(g->stack, *getm()->g0);
}

void run(int procs, int (*main)()) {
  sched.mcpumax = procs;
  G* g = new G;
  g->f = [main] {
    const int status = main();
    std::fflush(stdout);
    _exit(status);
  };
  sched.runq.put(g);
  mstart(new M);
  std::abort();
}

void go(std::function<void()> f) {
  schedlock();
  G* newg = sched.gfree.get();
  if (newg == nullptr) newg = new G;
  newg->f = std::move(f);
  newg->status = Grunnable;
  sched.runq.put(newg);
  matchmg();
  schedunlock();
}

void yield() { gosched(self(), Grunnable); }

G* self() { return getm()->curg; }

void park(Latch& latch) {
  G* g = self();
  g->latch = &latch;
  gosched(g, Gwaiting);
}

void ready(G* g) {
  schedlock();
  g->status = Grunnable;
  sched.runq.put(g);
  matchmg();
  schedunlock();
}

void entersyscall() {
  schedlock();
  sched.mcpu--;
  matchmg();
  schedunlock();
}

void exitsyscall() {
  schedlock();
  const bool may = sched.mcpu < sched.mcpumax;
  if (may) sched.mcpu++;
  schedunlock();
  if (!may) gosched(self(), Gsyscall);
}

std::vector<Figure> counted() {
  schedlock();
  const double taken = static_cast<double>(sched.lock.taken());
  std::vector<Figure> all = {
      {"schedlock: taken", taken, " times"},
      {"schedlock: found taken by another", 100 * sched.lock.foundTaken() / taken, "%"},
      {"goroutines handed to another thread", static_cast<double>(sched.handed), ""},
      {"threads made", static_cast<double>(sched.threads + 1), ""},
  };
  schedunlock();
  return all;
}

}  // namespace lessons
