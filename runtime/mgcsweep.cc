// The background sweeper: Go's mgcsweep.go. Nothing is ever swept in C++, but the goroutine is there and parks as Go's
// does: ids of goroutines and the scheduler's ticks then begin as in a Go program.
#include "runtime/mgcsweep.h"

#include "runtime/proc_decl.h"

namespace runtime {

namespace {

struct {
  mutex lock;
  runtime::g* g = nullptr;
  bool parked = false;  // under lock; nobody ever readies it
} sweep;

}  // namespace

void bgsweep(hchan* c) {
  sweep.g = getg();
  lockInit(&sweep.lock, lockRankSweep);
  lock(&sweep.lock);
  sweep.parked = true;
  int64 one = 1;
  chansend1(c, &one);
  for (;;) {
    goparkunlock(&sweep.lock, waitReasonGCSweepWait, traceBlockGCSweep, 1);
    lock(&sweep.lock);
    sweep.parked = true;
  }
}

}  // namespace runtime
