// Lesson 0: a thread each, 1:1. Not a scheduler of Go's, but what every other one is measured against: the system
// schedules, and this file only asks it to.
//
// It has much for it. A call that blocks stops one goroutine and nobody else, who computes without end loses the
// processor after some milliseconds, and nothing here can be wrong. What it costs is paid at each step: a thread to
// make, a call of the system for each wait and each wakeup, and a stack, a table of pages and a place in the system's
// lists for each goroutine, whether it does anything or not.
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "lessons/lock.h"
#include "lessons/sched.h"

namespace lessons {

struct G {
  Note parked;
  std::function<void()> f;
};

namespace {

thread_local G* g;
std::atomic<long> threads{1};

void* start(void* arg) {
  g = static_cast<G*>(arg);
  g->f();
  delete g;
  return nullptr;
}

}  // namespace

void run(int procs, int (*main)()) {
  // The system knows no limit on threads that run at once, but one on the processors that they run on.
  cpu_set_t may, use;
  CPU_ZERO(&use);
  sched_getaffinity(0, sizeof may, &may);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&use) < procs; cpu++) {
    if (CPU_ISSET(cpu, &may)) CPU_SET(cpu, &use);
  }
  sched_setaffinity(0, sizeof use, &use);

  g = new G;
  const int status = main();
  std::fflush(stdout);
  _exit(status);
}

void go(std::function<void()> f) {
  G* newg = new G;
  newg->f = std::move(f);
  threads.fetch_add(1, std::memory_order_relaxed);
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attr, 64 << 10);
  pthread_t thread;
  // The system may be short of threads for a moment: those that have ended are still being put away.
  int error;
  while ((error = pthread_create(&thread, &attr, start, newg)) == EAGAIN) usleep(100);
  if (error != 0) {
    std::fprintf(stderr, "lesson 0: no thread\n");
    std::abort();
  }
  pthread_attr_destroy(&attr);
}

void yield() { sched_yield(); }
G* self() { return g; }

void park(Latch& latch) {
  G* me = g;
  latch.unlock();
  me->parked.sleep();
}

void ready(G* gp) { gp->parked.wakeup(); }

void entersyscall() {}
void exitsyscall() {}

std::vector<Figure> counted() { return {{"threads made", static_cast<double>(threads.load()), ""}}; }

}  // namespace lessons
