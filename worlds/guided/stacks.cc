// Stacks of goroutines, warm ones first. A goroutine that has not begun needs none: what it will begin with is in its
// gobuf, and nothing has been written to its stack. When it begins, it changes stacks with one that has just ended.
// So tens of thousands that wait for their first turn have their g's in memory and no more, and a snapshot (search.h)
// copies few pages.
#include <utility>
#include <vector>

#include "worlds/guided/guide.h"

namespace guided {

namespace {

// They ended not long ago. Some are others by now.
std::vector<g*> ended;
constexpr size_t kWarm = 256;

bool hasBegun(const g* gp) { return gp->sched.sp != gp->stack.hi; }
bool isUnused(const g* gp) { return !hasBegun(gp) || gp->atomicstatus.value == runtime::_Gdead; }

void changeStacks(g* a, g* b) {
  std::swap(a->stack, b->stack);
  std::swap(a->stackguard0, b->stackguard0);
  std::swap(a->stackguard1, b->stackguard1);
  if (a->atomicstatus.value != runtime::_Gdead) a->sched.sp = a->stack.hi;
  if (b->atomicstatus.value != runtime::_Gdead) b->sched.sp = b->stack.hi;
}

void begin(g* gp) {
  g* other = nullptr;
  while (other == nullptr && !ended.empty()) {
    other = ended.back();
    ended.pop_back();
    if (!isUnused(other)) other = nullptr;
  }
  if (other != nullptr && other != gp) changeStacks(gp, other);
  gostartcall(&gp->sched, reinterpret_cast<void*>(gp->sched.pc), gp->sched.ctxt,
              gp->stack.hi - 8 * runtime::goarch::PtrSize);
  gp->stktopsp = gp->sched.sp;
}

}  // namespace

void curgChanges(g* old, g* gp) {
  if (old != nullptr && old->atomicstatus.value == runtime::_Gdead && ended.size() < kWarm) ended.push_back(old);
  if (gp != nullptr && !hasBegun(gp)) begin(gp);
}

}  // namespace guided

namespace runtime {

void gostart(g* newg, funcval* fn) {
  newg->sched.sp = newg->stack.hi;
  newg->sched.pc = reinterpret_cast<uintptr>(fn->fn);
  newg->sched.ctxt = fn;
}

}  // namespace runtime
