// The background scavenger: Go's mgcscavenge.go. Memory goes back to the system where it is freed (stack.cc), not from here;
// the goroutine is there for the same reason as the sweeper.
#include "runtime/mgcsweep.h"
#include "runtime/proc_decl.h"

namespace runtime {

namespace {

struct {
  mutex lock;
  runtime::g* g = nullptr;
  bool parked = false;  // under lock

  void park() {
    runtime::lock(&lock);
    if (getg() != g) throw_("tried to park scavenger from another goroutine");
    parked = true;
    goparkunlock(&lock, waitReasonGCScavengeWait, traceBlockSystemGoroutine, 2);
  }
} scavenger;

}  // namespace

void bgscavenge(hchan* c) {
  scavenger.g = getg();
  int64 one = 1;
  chansend1(c, &one);
  for (;;) scavenger.park();
}

}  // namespace runtime
