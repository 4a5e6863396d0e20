// Coroutines (iter.Pull): two goroutines of which one runs.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/runtime2_base.h"

namespace runtime {

// coro holds the goroutine that does not run now; coroswitch swaps it with the caller.
struct coro {
  guintptr gp;
  funcval* f = nullptr;  // the body

  // The thread locks of the creator: a switch on another thread, or with other counts, is an error.
  runtime::m* mp = nullptr;
  uint32 lockedExt = 0;
  uint32 lockedInt = 0;
};

static_assert(sizeof(coro) == 32);

// newcoro makes a coroutine whose goroutine, at the first coroswitch, calls f->fn(f, c). The caller owns both; freecoro
// when the other side has ended, which throws if it has not. On a goroutine.
coro* newcoro(funcval* f);
void freecoro(coro* c);
// newcoro1 ties c to gp, a goroutine that newproc1 made parked. On the creator's system stack.
void newcoro1(coro* c, g* gp);
// coroswitch continues the other side of c; coroexit does so and ends this one. On a goroutine.
void coroswitch(coro* c);
void coroexit(coro* c);
void coroswitch_m(g* gp);

}  // namespace runtime
