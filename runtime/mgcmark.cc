// The one thing that marking does to the scheduler's state: Go's mgcmark.go.
#include "runtime/mgcmark.h"

#include "runtime/proc_decl.h"
#include "seam/slog.h"

namespace runtime {

using slog::at;

void markrootFreeGStacks() {
  at<"markrootFreeGStacks">();
  // Taken under the lock, freed without it.
  lock(&sched.gFree.lock);
  gList list = sched.gFree.stack.take();
  unlock(&sched.gFree.lock);
  if (list.empty()) return;

  gQueue q{list.head, list.head};
  for (g* gp = list.head.ptr(); gp != nullptr; gp = gp->schedlink.ptr()) {
    stackfree(gp->stack);
    gp->stack.lo = 0;
    gp->stack.hi = 0;
    q.tail.set(gp);
  }

  lock(&sched.gFree.lock);
  sched.gFree.noStack.pushAll(q);
  unlock(&sched.gFree.lock);
}

}  // namespace runtime
