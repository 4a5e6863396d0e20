// Samples of where the processors' time goes: Go's cpuprof.go and profbuf.go.
//
// Each thread that runs goroutines has a timer of its own processor time, whose signal's handler comes here (sigprof,
// signal_unix.cc). A handler cannot allocate, so it leaves a record in a ring, and a goroutine takes the records out
// ten times a second. Go's profBuf is a ring of words with headers and times; here all records have one size. Who finds
// the ring full counts that, and the profile says so.
#include "runtime/cpuprof.h"

#include <cstdlib>
#include <iterator>

#include "runtime/asan.h"
#include "runtime/proc_decl.h"
#include "runtime/seam.h"

namespace runtime {

namespace {

struct sample {
  atomic::Uint32<> ready;
  int32 n;
  const void* labels;
  uintptr pcs[61];
};

struct ring {
  atomic::Uint64<> taken;  // records so far, to write
  atomic::Uint64<> read;   // and read
  atomic::Uint64<> lost;
  sample records[1024];
};

atomic::Pointer<ring> samples;  // made once, kept for ever: a handler may be in it at any time
atomic::Uint32<> on;
int32 rateBefore;

}  // namespace

bool startCPUProfile(int32 hz) {
  if (!on.CompareAndSwap(0, 1)) return false;
  if (samples.Load() == nullptr) {
    void* memory = std::calloc(1, sizeof(ring));
    if (memory == nullptr) throw_("startCPUProfile: out of memory");
    asanKeep(memory);
    samples.Store(static_cast<ring*>(memory));
  }
  rateBefore = prof.hz.Load();  // traces may have samples as well
  setcpuprofilerate(hz);
  return true;
}

void stopCPUProfile() {
  setcpuprofilerate(rateBefore);
  on.Store(0);
}

uint64 readCPUProfile(absl::FunctionRef<void(const profileRecord&)> f) {
  ring* r = samples.Load();
  if (r == nullptr) return 0;
  for (uint64 i = r->read.Load(); i < r->taken.Load(); i++) {
    sample& s = r->records[i % std::size(r->records)];
    if (s.ready.Load() == 0) break;  // its handler is still at it: the next time
    f({s.pcs, s.n, 1, 0, s.labels});
    s.ready.Store(0);
    r->read.Store(i + 1);
  }
  return r->lost.Swap(0);
}

void cpuProfileAdd(const g* gp, const traceFrom& at) {
  if (on.Load() == 0) return;
  ring* r = samples.Load();
  uint64 i = r->taken.Load();
  for (;;) {
    if (i - r->read.Load() >= std::size(r->records)) {
      r->lost.Add(1);
      return;
    }
    if (r->taken.CompareAndSwap(i, i + 1)) break;
    i = r->taken.Load();
  }
  sample& s = r->records[i % std::size(r->records)];
  traceSeen seen;
  seen.n = 0;
  s.n = gp != nullptr ? traceUnwind(gp, at, s.pcs, static_cast<int>(std::size(s.pcs)), &seen) : 0;
  if (s.n == 0) s.pcs[s.n++] = at.pc + 1;
  s.labels = gp != nullptr ? gp->labels : nullptr;
  s.ready.Store(1);
}

}  // namespace runtime
