// Lesson 1: one thread, one loop, N:1. What Go's first scheduler of 2008 was, before it learned of threads, and what
// Plan 9's libthread and many libraries of coroutines are.
//
// The loop is `scheduler`: take the first goroutine of the queue, switch to its stack, and when it comes back, see why.
// A goroutine comes back when it says so itself: it yields, parks, or ends. Nothing needs a lock, since nothing happens
// at the same time, and a switch costs some tens of instructions.
//
// That is also what is wrong with it. There is one thread: a second processor is of no use, and when a goroutine sits
// in a system call, or computes and does not yield, everybody waits with it. entersyscall and exitsyscall have
// nothing to do.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "lessons/g.h"

namespace lessons {
namespace {

lockstep::Fiber* g0;  // the thread's own stack, on which the loop runs
G* g;                 // who runs
Queue runq;
Queue gfree;  // the dead, with their stacks
long switches;

void scheduler() {
  for (;;) {
    g = runq.get();
    if (g == nullptr) {
      std::fprintf(stderr, "lesson 1: all goroutines are asleep\n");
      _exit(2);
    }
    switches++;
    g->status = Grunning;
    lockstep::Fiber::Switch(*g0, g->stack);
    switch (g->status) {
      case Grunnable:
        runq.put(g);
        break;
      case Gwaiting:
        g->latch->unlock();
        break;
      case Gdead:
        gfree.put(g);
        break;
      default:
        std::abort();
    }
  }
}

}  // namespace

void gosched(G* gp, Status status) {
  gp->status = status;
  lockstep::Fiber::Switch(gp->stack, *g0);
}

void run(int, int (*main)()) {
  g0 = new lockstep::Fiber;
  go([main] {
    const int status = main();
    std::fflush(stdout);
    _exit(status);
  });
  scheduler();
  std::abort();
}

void go(std::function<void()> f) {
  G* newg = gfree.get();
  if (newg == nullptr) newg = new G;
  newg->f = std::move(f);
  newg->status = Grunnable;
  runq.put(newg);
}

void yield() { gosched(g, Grunnable); }

G* self() { return g; }

void park(Latch& latch) {
  g->latch = &latch;
  gosched(g, Gwaiting);
}

void ready(G* gp) {
  gp->status = Grunnable;
  runq.put(gp);
}

void entersyscall() {}
void exitsyscall() {}

std::vector<Figure> counted() { return {{"goroutines started or resumed", static_cast<double>(switches), ""}}; }

}  // namespace lessons
