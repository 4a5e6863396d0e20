// Lesson 3: processors, each with a queue, and stealing. The design that Dmitry Vyukov wrote down in May 2012 and that
// came with Go 1.1 (May 2013).
//
// Between G and M comes P, the right to run a goroutine. There are as many as $GOMAXPROCS, so the count that mcpu was
// is now a number of things, and a thing can own something: a ring of runnable goroutines, which its thread fills and
// empties without a lock, and the dead ones to use again. A goroutine that is made or woken goes to the ring of the P
// that did it, where the data that it will look at is warm. Who has nothing to do takes half of the ring of somebody
// else. The one lock is still there, for the idle lists and for a global queue into which rings overflow.
//
// A system call needs no P: entersyscall hands it to another thread if there is work, exitsyscall takes one that is
// free.
//
// Left to the lessons after this one: `ready` wakes a thread whenever some P is idle, and most of those threads find
// nothing and sleep again; every system call, however short, gives its P away under the lock; a woken goroutine queues
// behind everybody on its ring; and who does not yield keeps its P.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "lessons/lists3.h"

namespace lessons {
namespace {

thread_local M* tls;

[[gnu::noinline]] M* getm() {  // see lesson 2
  asm volatile("");
  return tls;
}

void schedule();

void mstart(M* m) {
  tls = m;
  m->g0 = new lockstep::Fiber;
  m->p = std::exchange(m->nextp, nullptr);
  schedule();
}

// ---- Threads.

// A thread for p. With sched.lock, which it gives back.
void startm(P* p) {
  M* m = sched.midle;
  if (m != nullptr) {
    sched.midle = m->schedlink;
    sched.lock.unlock();
    m->nextp = p;
    m->park.wakeup();
    return;
  }
  m = new M;
  m->nextp = p;
  m->rand = static_cast<uint32_t>(++sched.threads) * 2654435761u | 1;
  sched.lock.unlock();
  std::thread(mstart, m).detach();
}

// The calling thread sleeps until somebody gives it a P.
void stopm(M* m) {
  sched.lock.lock();
  m->schedlink = std::exchange(sched.midle, m);
  sched.lock.unlock();
  m->park.sleep();
  m->p = std::exchange(m->nextp, nullptr);
}

// Something became runnable. Who goes idle does it the other way round: it adds to npidle, then looks at all rings.
void wakep() {
  if (sched.npidle.load() == 0) return;
  sched.lock.lock();
  P* p = pidleget();
  if (p == nullptr) {
    sched.lock.unlock();
    return;
  }
  sched.wakeups.fetch_add(1, std::memory_order_relaxed);
  startm(p);
}

// p's thread does not need it: to another one if there is work, else to the idle ones.
void handoffp(P* p) {
  sched.lock.lock();
  if (!p->runq.empty() || sched.runq.size() > 0) {
    startm(p);
    return;
  }
  pidleput(p);
  sched.lock.unlock();
}

G* findrunnable(M* m) {
  for (bool woken = false;;) {
    P* p = m->p;
    // Two that wake each other must not keep the global queue waiting for ever.
    if (p->schedtick % 61 == 0 && sched.runqsize.load() > 0) {
      sched.lock.lock();
      G* g = globrunqget(p, 1);
      sched.lock.unlock();
      if (g != nullptr) return g;
    }
    if (G* g = p->runq.get()) return g;
    if (sched.runqsize.load() > 0) {
      sched.lock.lock();
      G* g = globrunqget(p, Ring::kSize / 2);
      sched.lock.unlock();
      if (g != nullptr) return g;
    }
    if (G* g = stealwork(m)) return g;
    if (std::exchange(woken, false)) sched.invain.fetch_add(1, std::memory_order_relaxed);

    // Nothing. Give p away, then look once more: see wakep.
    sched.lock.lock();
    if (sched.runq.size() > 0) {
      sched.lock.unlock();
      continue;
    }
    m->p = nullptr;
    pidleput(p);
    sched.lock.unlock();
    if (std::any_of(allp.begin(), allp.end(), [](P* other) { return !other->runq.empty(); })) {
      sched.lock.lock();
      m->p = pidleget();
      sched.lock.unlock();
    }
    if (m->p != nullptr) continue;
    stopm(m);
    woken = true;
  }
}

// ---- Goroutines.

void schedule() {
  for (M* m = getm();;) {
    if (m->p == nullptr) stopm(m);
    G* g = findrunnable(m);
    m->p->schedtick++;
    m->curg = g;
    g->status = Grunning;
    lockstep::Fiber::Switch(*m->g0, g->stack);
    m->curg = nullptr;
    switch (g->status) {
      case Gwaiting:
        g->latch->unlock();
        break;
      case Gdead:
        gfput(m->p, g);
        break;
      case Grunnable:
      case Gsyscall:
        sched.lock.lock();
        globrunqput(g);
        // Who comes from a system call has no P. One may have become idle just now, and its thread did not see g.
        if (m->p == nullptr) m->p = pidleget();
        sched.lock.unlock();
        break;
      default:
        std::abort();
    }
  }
}

}  // namespace

void gosched(G* g, Status status) {
  g->status = status;
  lockstep::Fiber::Switch(g->stack, *getm()->g0);
}

void run(int procs, int (*main)()) {
  for (int i = 0; i < procs; i++) allp.push_back(new P);
  for (int i = procs - 1; i > 0; i--) pidleput(allp[i]);
  M* m = new M;
  m->nextp = allp[0];
  G* g = new G;
  g->f = [main] {
    const int status = main();
    std::fflush(stdout);
    _exit(status);
  };
  allp[0]->runq.put(g);
  mstart(m);
  std::abort();
}

void go(std::function<void()> f) {
  P* p = getm()->p;
  G* newg = gfget(p);
  if (newg == nullptr) newg = new G;
  newg->f = std::move(f);
  newg->status = Grunnable;
  runqput(p, newg);
  wakep();
}

void yield() { gosched(self(), Grunnable); }

G* self() { return getm()->curg; }

void park(Latch& latch) {
  G* g = self();
  g->latch = &latch;
  gosched(g, Gwaiting);
}

void ready(G* g) {
  g->status = Grunnable;
  runqput(getm()->p, g);
  wakep();
}

void entersyscall() { handoffp(std::exchange(getm()->p, nullptr)); }

void exitsyscall() {
  M* m = getm();
  sched.lock.lock();
  m->p = pidleget();
  sched.lock.unlock();
  if (m->p == nullptr) gosched(m->curg, Gsyscall);
}

std::vector<Figure> counted() {
  sched.lock.lock();
  const double taken = static_cast<double>(sched.lock.taken());
  std::vector<Figure> all = {
      {"sched.lock: taken", taken, " times"},
      {"sched.lock: found taken by another", 100 * sched.lock.foundTaken() / taken, "%"},
      {"steals", static_cast<double>(sched.steals), ""},
      {"threads woken", static_cast<double>(sched.wakeups), ""},
      {"threads that woke, found nothing and slept again", static_cast<double>(sched.invain), ""},
      {"threads made", static_cast<double>(sched.threads), ""},
  };
  sched.lock.unlock();
  return all;
}

}  // namespace lessons
