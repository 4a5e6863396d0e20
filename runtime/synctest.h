// synctest groups: goroutines that live by a clock of their own.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/runtime2_base.h"
#include "runtime/time.h"

namespace runtime {

struct synctestGroup {
  mutex mu;  // guards the fields below, except timers, which has its own
  runtime::timers timers;
  int64 now = 0;          // the fake clock
  g* root = nullptr;      // who called synctest.Run
  g* waiter = nullptr;    // who called synctest.Wait
  bool waiting = false;   // somebody is in synctest.Wait
  intptr total = 0;       // goroutines
  intptr running = 0;     // goroutines not durably blocked
  intptr active = 0;      // other reasons not to advance the clock

  void changegstatus(g* gp, uint32 oldval, uint32 newval);  // on the system stack
  void incActive();
  void decActive();
  g* maybeWakeLocked();
};

static_assert(sizeof(synctestGroup) == 136);

// What package synctest stands on. On a goroutine; errors of use are panics.
void synctestRun(funcval* fn, void (*drop)(funcval*));  // drop(fn) if it does not come to start fn
void synctestWait();
synctestGroup* synctest_acquire();
void synctest_release(synctestGroup* sg);
void synctest_inBubble(synctestGroup* sg, void (*f)(void*), void* arg);

}  // namespace runtime
