// Stacks of the replayed goroutines: real ones, at one address for a goroutine's whole life, but in memory only while
// they are in use. When thousands of others have parked since a goroutine did, what it has on its stack is copied away
// and its pages are given back; it is copied to the same place before the goroutine runs again. So a hundred thousand
// goroutines that wait cost some hundred bytes each instead of some pages.
//
// Where a stack is left and entered is known from m.curg: each store to it is seen here, the g that was there has
// left its stack by mcall by then, and the g that is stored will be entered by gogo after it.
#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "worlds/lockstep/internal.h"
#include "worlds/lockstep/stack_slots.h"

namespace lockstep {

using runtime::g;
using runtime::uintptr;

namespace {

// The last kStay departures from a stack. Who is pushed out of the ring, and has not run since, loses its pages.
constexpr size_t kStay = 4096;
constexpr size_t kBatch = 64;  // that many are pushed out at a time: neighbours in one call
struct Departure {
  uintptr hi = 0;  // of the stack
  uint64_t number = 0;
  g* gp = nullptr;  // nullptr: a dead goroutine, of whose stack nothing is kept
};
Departure ring[kStay];
uint64_t departures = 0;

// Stacks without pages, by their upper end; what was at [g.sched.sp, hi).
absl::flat_hash_map<uintptr, char*> away;

// The stack's uppermost word, which nobody else uses (gostart leaves eight): the number of its last departure. 0 while
// a goroutine runs on it, and where the page is not there.
uint64_t& mark(uintptr hi) { return reinterpret_cast<uint64_t*>(hi)[-1]; }

// By words, and unseen by AddressSanitizer, which knows of places on a stack that nobody should look at.
__attribute__((no_sanitize("address"))) void copyWords(void* to, const void* from, size_t bytes) {
  auto* t = static_cast<volatile uint64_t*>(to);
  auto* f = static_cast<const volatile uint64_t*>(from);
  for (size_t i = 0; i < bytes / sizeof *t; i++) t[i] = f[i];
}

void giveBack(uintptr lo, uintptr hi) {
  madvise(reinterpret_cast<void*>(lo), hi - lo, MADV_DONTNEED);
}

// Empties the next kBatch places of the ring.
void pushOut() {
  uintptr his[kBatch];
  size_t n = 0;
  for (size_t i = 0; i < kBatch; i++) {
    const Departure& d = ring[(departures + i) % kStay];
    if (d.hi == 0 || mark(d.hi) != d.number) continue;
    if (d.gp != nullptr) {
      size_t bytes = d.hi - d.gp->sched.sp;
      auto* kept = static_cast<char*>(std::malloc(bytes));
      if (kept == nullptr) continue;  // it keeps its pages
      copyWords(kept, reinterpret_cast<void*>(d.gp->sched.sp), bytes);
      away[d.hi] = kept;
    }
    his[n++] = d.hi;
  }
  std::sort(his, his + n);
  for (size_t i = 0; i < n;) {
    size_t first = i++;
    while (i < n && his[i] == his[i - 1] + kStackBytes) i++;
    giveBack(his[first] - kStackBytes, his[i - 1]);
  }
}

void departed(uintptr hi, g* gp) {
  if (departures % kBatch == 0) pushOut();
  Departure& d = ring[departures++ % kStay];
  d = {hi, departures, gp};
  mark(hi) = departures;
}

}  // namespace

void stackSwitch(g* old, g* gp) {
  // A coroutine that was switched away may run again elsewhere before its M says so.
  if (old != nullptr && old->m == nullptr && old->stack.hi != 0) {
    departed(old->stack.hi, old->atomicstatus.value == runtime::_Gdead ? nullptr : old);
  }
  if (gp == nullptr) return;
  uintptr hi = gp->stack.hi;
  // One access that writes: to read first would cost a page that is not there two faults.
  if (__atomic_exchange_n(&mark(hi), 0, __ATOMIC_RELAXED) == 0) {
    if (auto it = away.find(hi); it != away.end()) {
      copyWords(reinterpret_cast<void*>(gp->sched.sp), it->second, hi - gp->sched.sp);
      std::free(it->second);
      away.erase(it);
    }
  }
}

}  // namespace lockstep

namespace runtime {

void gostart(g* newg, funcval* fn) {
  uintptr sp = newg->stack.hi - 8 * goarch::PtrSize;
  gostartcall(&newg->sched, reinterpret_cast<void*>(fn->fn), fn, sp);
  lockstep::departed(newg->stack.hi, newg);
}

}  // namespace runtime
