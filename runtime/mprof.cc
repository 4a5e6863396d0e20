// Go's mprof.go: the stacks of goroutines as text, and the profiles of waiting. There is no profile of memory: malloc
// is the system's, and has its own tools.
//
// A wait is counted by who waited, when it goes on: the one that woke it has left the time in the sudog (releasetime).
// A contended lock is counted by who gives it back, since that is whose fault it was. The counts lie in buckets, one
// for each stack, in a table that only grows; a program has few stacks on which it waits.
#include "runtime/mprof_decl.h"

#include <algorithm>
#include <cstdlib>

#include "runtime/asan.h"
#include "runtime/boundary.h"
#include "runtime/handoff.h"
#include "runtime/proc_decl.h"
#include "runtime/stacktext.h"
#include "runtime/traceback.h"
#include "runtime/traceunwind.h"

namespace runtime {

uint64 blockprofilerate;
uint64 mutexprofilerate;

namespace {

constexpr int maxStack = 32;
constexpr uintptr buckHashSize = 1 << 10;

struct bucket {
  bucket* next;
  uintptr hash;
  int n;
  double count;
  double ns;
  uintptr pcs[maxStack];
};

struct {
  mutex lock;
  bucket* table[2][buckHashSize];  // under lock; buckets are never freed
} profBlock;

bucket* stkbucket(bucketType which, const uintptr* pcs, int n) {
  uintptr h = 0;
  for (int i = 0; i < n; i++) h = (h + pcs[i]) * 0x9e3779b97f4a7c15;
  bucket** head = &profBlock.table[static_cast<uint32>(which)][h >> 54];
  for (bucket* b = *head; b != nullptr; b = b->next) {
    if (b->hash == h && b->n == n && std::equal(pcs, pcs + n, b->pcs)) return b;
  }
  auto* b = static_cast<bucket*>(std::calloc(1, sizeof(bucket)));
  if (b == nullptr) return nullptr;
  asanKeep(b);
  b->hash = h;
  b->n = n;
  std::copy(pcs, pcs + n, b->pcs);
  b->next = *head;
  *head = b;
  return b;
}

// Adds a sample that stands for so many, at the stack of the caller.
[[gnu::noinline]] void saveblockevent(double count, double ns, bucketType which) {
  g* gp = getg();
  if (gp != gp->m->curg.plain()) return;
  systemstack([=] {
    traceSeen seen;
    seen.n = 0;
    uintptr pcs[maxStack];
    const int n = traceUnwind(gp, {gp->sched.pc, gp->sched.sp, gp->sched.bp, true}, pcs, maxStack, &seen);
    lock(&profBlock.lock);
    if (bucket* b = stkbucket(which, pcs, n); b != nullptr) {
      b->count += count;
      b->ns += ns;
    }
    unlock(&profBlock.lock);
  });
}

}  // namespace

void blockevent(int64 ns) {
  if (ns <= 0) ns = 1;
  const auto rate = static_cast<int64>(__atomic_load_n(&blockprofilerate, __ATOMIC_RELAXED));
  if (rate == 0) return;
  if (ns >= rate) return saveblockevent(1, static_cast<double>(ns), bucketType::block);
  // Shorter ones by chance, and then for all of their kind.
  if (static_cast<int64>(cheaprand()) % rate >= ns) return;
  saveblockevent(static_cast<double>(rate) / static_cast<double>(ns), static_cast<double>(rate), bucketType::block);
}

void mutexevent(int64 ns) {
  if (ns < 0) ns = 0;
  const uint64 rate = __atomic_load_n(&mutexprofilerate, __ATOMIC_RELAXED);
  if (rate == 0 || cheaprand() % rate != 0) return;
  saveblockevent(static_cast<double>(rate), static_cast<double>(ns) * static_cast<double>(rate), bucketType::mutex);
}

void readBlockProfile(bucketType which, absl::FunctionRef<void(const profileRecord&)> f) {
  fromProgram here;
  for (bucket*& head : profBlock.table[static_cast<uint32>(which)]) {
    lock(&profBlock.lock);
    const bucket* b = head;
    unlock(&profBlock.lock);
    while (b != nullptr) {
      lock(&profBlock.lock);
      const bucket copy = *b;
      unlock(&profBlock.lock);
      f({copy.pcs, copy.n, copy.count, copy.ns, nullptr});
      b = copy.next;
    }
  }
}

void readGoroutineProfile(absl::FunctionRef<void(const profileRecord&)> f) {
  fromProgram here;
  worldStop stw = stopTheWorld(stwGoroutineProfile);
  g* me = getg();
  systemstack([&] {
    forEachGRace([&](g* gp) {
      const uint32 status = readgstatus(gp) & ~_Gscan;
      if (status == _Gdead || status == _Gidle || isSystemGoroutine(gp, false)) return;
      if (gp->m != nullptr && gp->m->isExtraInC) return;  // a thread that is outside
      traceSeen seen;
      seen.n = 0;
      uintptr pcs[maxStack];
      traceFrom from{gp->sched.pc, gp->sched.sp, gp->sched.bp, true};
      if (gp != me && gp->syscallsp != 0) from = {gp->syscallpc, gp->syscallsp, gp->syscallbp, false};
      int n = 0;
      const bool unknown = isHandedOff(gp) || from.sp == 0 || gp->sched.pc == gp->startpc;
      if (!unknown) n = traceUnwind(gp, from, pcs, maxStack, &seen);
      if (n == 0) pcs[n++] = gp->startpc + 1;
      f({pcs, n, 1, 0, gp->labels});
    });
  });
  startTheWorld(stw);
}

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
