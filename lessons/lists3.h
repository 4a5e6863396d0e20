// lists3.h: the things of lesson 3, P, M and what they share, and how goroutines and Ps move between their lists.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "lessons/g.h"
#include "lessons/lock.h"
#include "lessons/ring.h"

namespace lessons {

constexpr int kGFree = 64;  // the dead that a P keeps

// The right to run a goroutine, and what belongs to whoever has it.
struct P {
  Ring runq;
  Queue gfree;
  uint32_t schedtick = 0;
  P* link = nullptr;
};

// A thread.
struct M {
  lockstep::Fiber* g0 = nullptr;
  G* curg = nullptr;
  P* p = nullptr;
  P* nextp = nullptr;
  Note park;
  uint32_t rand = 1;
  M* schedlink = nullptr;
};

// What is everybody's. Under the lock, but for the atomics, which are read without it.
struct Sched {
  Lock lock;
  Queue runq, gfree;
  M* midle = nullptr;
  P* pidle = nullptr;
  std::atomic<int> npidle{0}, runqsize{0};
  long threads = 1;
  std::atomic<long> steals{0}, wakeups{0}, invain{0};
};
inline Sched sched;

inline std::vector<P*> allp;

// ---- With sched.lock.

inline void pidleput(P* p) {
  p->link = std::exchange(sched.pidle, p);
  sched.npidle++;
}

inline P* pidleget() {
  P* p = sched.pidle;
  if (p == nullptr) return nullptr;
  sched.pidle = p->link;
  sched.npidle--;
  return p;
}

inline void globrunqput(G* g) {
  sched.runq.put(g);
  sched.runqsize.store(sched.runq.size());
}

// A goroutine of the global queue, and a fair share of the others into p's ring. With sched.lock.
inline G* globrunqget(P* p, int most) {
  const int share = sched.runq.size() / static_cast<int>(allp.size()) + 1;
  int n = std::min({sched.runq.size(), share, most});
  G* first = sched.runq.get();
  for (n--; n > 0; n--) p->runq.put(sched.runq.get());
  sched.runqsize.store(sched.runq.size());
  return first;
}

// ---- Without it.

// Into p's ring; where that is full, half of it goes to the global queue. By p's owner.
inline void runqput(P* p, G* g) {
  while (!p->runq.put(g)) {
    const std::vector<G*> half = p->runq.getHalf();
    sched.lock.lock();
    for (G* old : half) globrunqput(old);
    sched.lock.unlock();
  }
}

// A goroutine of some other P, and half of what that had into the ring of m's own.
inline G* stealwork(M* m) {
  for (size_t tries = 0; tries < 2 * allp.size(); tries++) {
    m->rand ^= m->rand << 13, m->rand ^= m->rand >> 17, m->rand ^= m->rand << 5;
    P* other = allp[m->rand % allp.size()];
    if (other == m->p) continue;
    if (G* g = m->p->runq.steal(other->runq)) {
      sched.steals.fetch_add(1, std::memory_order_relaxed);
      return g;
    }
  }
  return nullptr;
}

// A dead one, for the next that is made. By p's owner.
inline void gfput(P* p, G* g) {
  p->gfree.put(g);
  if (p->gfree.size() < kGFree) return;
  sched.lock.lock();
  while (p->gfree.size() > kGFree / 2) sched.gfree.put(p->gfree.get());
  sched.lock.unlock();
}

// A dead one, if there is any. By p's owner.
inline G* gfget(P* p) {
  if (p->gfree.size() == 0) {
    sched.lock.lock();
    while (sched.gfree.size() > 0 && p->gfree.size() < kGFree / 2) p->gfree.put(sched.gfree.get());
    sched.lock.unlock();
  }
  return p->gfree.get();
}

}  // namespace lessons
