// AddressSanitizer. Go's asan.go marks what its allocator frees; here malloc does. What is left is LeakSanitizer, which
// comes at the program's end and asks what can be reached from the threads' stacks and from global variables. Two kinds
// of memory it does not know: the stack of a goroutine that is parked, and the stack of a thread's g0 while the thread
// is on a goroutine's. A g may hold something as well: a goroutine's function that has not begun (gWithStart).
//
// They are named at the end and not when they are made: a stack that a goroutine has left, or the part of one below its
// stack pointer, still holds addresses that nobody knows any more, and would hide leaks.
#include "runtime/asan.h"

#if RUNTIME_ASAN

#include <sanitizer/asan_interface.h>

#include "runtime/proc_decl.h"

namespace runtime {

namespace {

void root(uintptr lo, uintptr hi) {
  if (lo < hi) __lsan_register_root_region(reinterpret_cast<void*>(lo), hi - lo);
}

// With detect_stack_use_after_return variables lie in a fake stack, and the true one has their addresses.
[[gnu::no_sanitize_address]] void rootFakeFrames(const g* gp, uintptr sp) {
  void* fakeStack = reinterpret_cast<void*>(gp->racectx);
  if (fakeStack == nullptr) return;
  for (auto* word = reinterpret_cast<void**>(sp); word < reinterpret_cast<void**>(gp->stack.hi); word++) {
    void *from, *to;
    if (__asan_addr_is_in_fake_stack(fakeStack, *word, &from, &to) == nullptr) continue;
    root(reinterpret_cast<uintptr>(from), reinterpret_cast<uintptr>(to));
  }
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
    uintptr sp = gp->sched.sp != 0 ? gp->sched.sp : gp->stack.hi;
    root(sp, gp->stack.hi + sizeof(gExtra));
    rootFakeFrames(gp, sp);
  });
  for (m* mp = allm; mp != nullptr; mp = mp->alllink) {
    if (mp->g0 != nullptr && mp->g0->sched.sp != 0) root(mp->g0->sched.sp, mp->g0->stack.hi);
  }
}

}  // namespace runtime

#endif
