// Go's mprof.go, as far as it is not a profiler: the stacks of goroutines as text. Profiles are perf's and others' job.
#include "runtime/proc_decl.h"
#include "runtime/stacktext.h"
#include "runtime/traceback.h"

namespace runtime {

// The trace goes where g0 prints; g0 prints into buf meanwhile.
[[gnu::noinline]] intptr Stack(slice<uint8> buf, bool all) {
  worldStop stw{};
  if (all) stw = stopTheWorld(stwAllGoroutinesStack);
  intptr n = 0;
  if (buf.len > 0) {
    g* gp = getg();
    uintptr sp = getcallersp();
    uintptr pc = getcallerpc();
    systemstack([&, gp, sp, pc] {
      g* g0 = getg();
      // GOTRACEBACK is about crashes only.
      g0->m->traceback = 1;
      g0->writebuf = {buf.array, 0, buf.len};
      goroutineheader(gp);
      traceback(pc, sp, 0, gp);
      if (all) tracebackothers(gp);
      g0->m->traceback = 0;
      n = g0->writebuf.len;
      g0->writebuf = {};
    });
  }
  if (all) startTheWorld(stw);
  return n;
}

}  // namespace runtime
