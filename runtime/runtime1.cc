// Holding on to a thread: from Go's runtime1.go.
#include "runtime/proc_decl.h"

namespace runtime {

m* acquirem() {
  g* gp = getg();
  gp->m->locks++;
  return gp->m;
}

void releasem(m* mp) {
  g* gp = getg();
  mp->locks--;
  if (mp->locks == 0 && gp->preempt) {
    // A request came while it could not be heard.
    gp->stackguard0 = stackPreempt;
  }
}

}  // namespace runtime
