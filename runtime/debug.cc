// The knobs of package runtime that reach into the scheduler: Go's debug.go.
#include "runtime/debug.h"

#include "runtime/proc_decl.h"
#include "seam/slog.h"

namespace runtime {

using slog::at;

intptr GOMAXPROCS(intptr n) {
  at<"GOMAXPROCS">(static_cast<int64>(n));
  lock(&sched.lock);
  intptr ret = gomaxprocs.plain();
  unlock(&sched.lock);
  if (n <= 0 || n == ret) return ret;

  worldStop stw = stopTheWorldGC(stwGOMAXPROCS);

  // Taken up by startTheWorld.
  newprocs = static_cast<int32>(n);

  startTheWorldGC(stw);
  return ret;
}

}  // namespace runtime
