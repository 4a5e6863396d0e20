// ThreadSanitizer: what needs more than a call of it. See race.h.
#include "runtime/race.h"

#if RUNTIME_TSAN

#include <sanitizer/tsan_interface.h>
#include <sys/mman.h>

#include <cstdlib>

#include "runtime/proc_decl.h"

extern "C" {
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}

namespace runtime {

namespace {

constexpr unsigned noSync = __tsan_switch_to_fiber_no_sync;

void* fiberOf(const g* gp) { return reinterpret_cast<void*>(gp->racectx); }

// f, as gp.
template <class F>
void as(const g* gp, F f) {
  void* self = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(fiberOf(gp), noSync);
  f();
  __tsan_switch_to_fiber(self, noSync);
}

// What the current fiber does from here on, and to heed, is not looked at. Nests.
void ignore() {
  AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
}
void heed() {
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
  AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}

}  // namespace

void raceacquirefrom(g* gp) {
  as(gp, [=] { __tsan_release(gp); });
  __tsan_acquire(gp);
}

void racereleaseto(g* gp) {
  __tsan_release(gp);
  as(gp, [=] { __tsan_acquire(gp); });
}

void racethreadinit(g* g0) {
  g0->racectx = reinterpret_cast<uintptr>(__tsan_get_current_fiber());
  ignore();
}

void racethreadfini() { heed(); }

void raceforeigninit(g* g0, g* curg) {
  curg->racectx = reinterpret_cast<uintptr>(__tsan_get_current_fiber());
  g0->racectx = reinterpret_cast<uintptr>(__tsan_create_fiber(0));
  as(g0, [] { ignore(); });
}

void raceforeignfini(g* g0) {
  as(g0, [] { heed(); });
  __tsan_destroy_fiber(fiberOf(g0));
  g0->racectx = 0;
}

// A new fiber is behind what its maker did.
void racegostart(g* gp) { gp->racectx = reinterpret_cast<uintptr>(__tsan_create_fiber(0)); }

// A goroutine that has ended and the next on its stack are in no order, and need none: the memory is new. That is what
// ThreadSanitizer takes a mapping for.
void racestack(const g* gp) {
  const uintptr lo = gp->stack.lo, hi = (gp->stack.hi + sizeof(gExtra) + stackPage - 1) & -stackPage;
  ignore();
  mmap(reinterpret_cast<void*>(lo), hi - lo, PROT_READ | PROT_WRITE,
       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  heed();
}

void racegoend(g* gp) {
  __tsan_destroy_fiber(fiberOf(gp));
  gp->racectx = 0;
}

namespace {

// ThreadSanitizer comes last of all that was given to atexit, and wants that nothing is ignored then. This is given to
// it before any static object's destructor is, and so comes after those.
bool finishing;
void afterDestructors() {
  if (finishing) heed();
}
[[gnu::constructor(101)]] void beforeConstructors() { std::atexit(afterDestructors); }

}  // namespace

void racefini() {
  if (finishing) return;
  finishing = true;
  ignore();
}

void raceexit() {
  const g* gp = getg();
  if (gp != nullptr && gp->m != nullptr && fiberOf(gp->m->g0) == __tsan_get_current_fiber()) heed();
}

}  // namespace runtime

#endif
