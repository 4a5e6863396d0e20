// The goroutine that runs finalizers in Go: mfinal.go. C++ has destructors and nothing to finalize, but the goroutine
// is there: ids of goroutines and the scheduler's ticks then begin as they do in a Go program that uses package os.
#include "runtime/os_linux_decl.h"
#include "runtime/proc_decl.h"

namespace runtime {

namespace {

mutex finlock;
g* fing;  // under finlock

bool finalizercommit(g*, void* lock) {
  unlock(static_cast<mutex*>(lock));
  return true;
}

}  // namespace

void runfinq() {
  lock(&finlock);
  fing = getg();
  unlock(&finlock);
  for (;;) {
    lock(&finlock);
    gopark(finalizercommit, &finlock, waitReasonFinalizerWait, traceBlockSystemGoroutine, 1);
  }
}

namespace {
funcval runfinqPC{reinterpret_cast<uintptr>(&runfinq)};
}

void createfing() { newproc(&runfinqPC); }

// Nothing is ever queued, so sysmon and findRunnable never see a reason to wake it.
g* wakefing() { return nullptr; }

}  // namespace runtime
