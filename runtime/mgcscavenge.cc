// The background scavenger: Go's mgcscavenge.go. It gives memory back to the system that was not used for a while: Go's
// whole heap, here the stacks of goroutines that are gone (stack.cc). sysmon sees that it is time and wakes it.
#include "runtime/mgcsweep.h"
#include "runtime/proc_decl.h"
#include "runtime/stack.h"

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

  // sysmon has no p: the goroutine goes to the global queue.
  void wake() {
    runtime::lock(&lock);
    if (parked) {
      parked = false;
      gList list;
      list.push(g);
      injectglist(&list);
    }
    runtime::unlock(&lock);
  }
} scavenger;

}  // namespace

void bgscavenge(hchan* c) {
  scavenger.g = getg();
  int64 one = 1;
  chansend1(c, &one);
  for (;;) {
    scavenger.park();
    stackScavengeDueNow();
  }
}

bool scavenger_sysmonWake() { return stackScavengeDue(nanotime()); }
void scavenger_wake() { scavenger.wake(); }

}  // namespace runtime
