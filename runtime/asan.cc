// AddressSanitizer. Go's asan.go marks what its allocator frees; here malloc does. What is left is LeakSanitizer, which
// comes at the program's end and asks what can be reached from the threads' stacks and from global variables. Two kinds
// of memory it does not know: the stack of a goroutine that is parked, and the stack of a thread's g0 while the thread
// is on a goroutine's. A g may hold something as well: a goroutine's function that has not begun (gWithStart).
//
// They are named at the end and not when they are made: a stack that a goroutine has left, or the part of one below its
// stack pointer, still holds addresses that nobody knows any more, and would hide leaks.
#include "runtime/asan.h"

#if GORT_ASAN

#include <sanitizer/lsan_interface.h>

#include "runtime/proc_decl.h"

namespace runtime {

namespace {

void root(uintptr lo, uintptr hi) {
  if (lo < hi) __lsan_register_root_region(reinterpret_cast<void*>(lo), hi - lo);
}

}  // namespace

void asanLeakRoots() {
  static uint32 done;
  if (__atomic_exchange_n(&done, 1, __ATOMIC_RELAXED) != 0) return;
  forEachGRace([](g* gp) {
    uint32 status = readgstatus(gp) & ~_Gscan;
    if (status == _Gdead || status == _Gidle) return;
    root(reinterpret_cast<uintptr>(gp), reinterpret_cast<uintptr>(gp) + gMemory());
    // 0: it has not begun, or it runs, and then LeakSanitizer sees where.
    uintptr sp = gp->sched.sp;
    root(sp != 0 ? sp : gp->stack.hi, gp->stack.hi + sizeof(gExtra));
  });
  for (m* mp = allm; mp != nullptr; mp = mp->alllink) {
    if (mp->g0 != nullptr && mp->g0->sched.sp != 0) root(mp->g0->sched.sp, mp->g0->stack.hi);
  }
}

}  // namespace runtime

#endif
