// What differs, and why only this: most of what changed from version to version changes no decision that a trace shows,
// or is an input here (which M a P gets when the world starts, when a mark worker is found, who polls the network).
//
// Go 1.26: a goroutine that is preempted because the world is about to stop does not go to the global queue. It is the
// next one of its P, and goes on there when the world starts again.
#include "worlds/guided/profile.h"

#include "runtime/traceruntime.h"
#include "seam/trace.h"
#include "trace/kinds.h"

namespace guided {

namespace {
int traced;
}  // namespace

void setVersion(int version) { traced = version; }

void preempted(runtime::g* gp) {
  if (traced < gotrace::kGo126 || runtime::sched.gcwaiting.u.value == 0) runtime::gopreempt_m(gp);
  runtime::p* pp = gp->m->p.ptr();
  runtime::traceAcquire().GoPreempt();
  runtime::casgstatus(gp, runtime::_Grunning, runtime::_Grunnable);
  runtime::dropg();
  runtime::runqput(pp, gp, true);
  runtime::schedule();
}

}  // namespace guided
