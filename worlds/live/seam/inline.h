// Functions of runtime/seam.h that the hot paths of the scheduler call, in the live world: inline, because a call would
// cost as much as what they do. Included by seam.h, behind the declarations.
#pragma once

#include <time.h>

#include <cstddef>

#include "runtime/boundary.h"
#include "runtime/cxx.h"
#include "runtime/lock_spinbit.h"
#include "runtime/runtime2.h"
#include "runtime/stubs.h"

// See the list in runtime/proc_hot.h.
#define RUNTIME_HOT [[gnu::flatten]]
#define RUNTIME_OUTLINE [[gnu::noinline]]

namespace runtime {

// Whether there is one P in the program. Only who holds a P may ask, and until it lets go of it.
inline bool onlyP() { return gomaxprocs.plain() == 1; }

// ---- lock_spinbit.cc has the idea and the slow halves.

void lock2Slow(mutex* l);
void unlock2Wake(mutex* l);
[[noreturn]] void badLockCount();
[[noreturn]] void badUnlock();
extern bool unlockNeedsFence;  // there is no membarrier: set at start, before there is a second thread

// The key's lowest byte is the lock bit's alone; of the rest, four bytes are enough to tell whether anything is set.
// Both architectures of the port are little-endian.
inline uint8* mutexByte(mutex* l) { return reinterpret_cast<uint8*>(&l->key); }
inline uint32 mutexRest(mutex* l) {
  uint32 rest;
  asm volatile("" ::: "memory");
  __builtin_memcpy(&rest, mutexByte(l) + 1, sizeof rest);
  return rest;
}

// The addresses of the mutexes that mp holds, one xor the other, in a field that Go has for its ranking of locks. With
// none held it is 0. Go's unlock looks at the lock bit instead to see that it is set; that load would wait for the
// exchange in lock, which is long under way in a short critical section, and it would not see that another thread holds
// the lock. m.locks counts acquirem too: under that, an error shows at the next unlock without it.
inline uintptr& heldMutexes(m* mp) { return mp->locksHeld[0].lockAddr; }

[[gnu::always_inline]] inline void lock(mutex* l) {
  m* mp = getg()->m;
  if (mp->locks < 0) [[unlikely]] badLockCount();
  mp->locks++;
  heldMutexes(mp) ^= reinterpret_cast<uintptr>(l);
  if (__atomic_exchange_n(mutexByte(l), uint8{mutexLocked}, __ATOMIC_SEQ_CST) != 0) [[unlikely]] lock2Slow(l);
}

// lock for a mutex that only threads that hold a p take, and release before they let go of it. With one p in the
// program there is nobody to exclude: the p itself is the lock, and passes from thread to thread with all that its
// holder wrote. GOMAXPROCS changes while the world is stopped, when no such mutex is held. The bit is set all the same,
// for unlock.
[[gnu::always_inline]] inline void lockWithP(mutex* l) {
  uint8* bit = mutexByte(l);
  if (!onlyP() || *bit != 0) return lock(l);
  m* mp = getg()->m;
  if (mp->locks < 0) [[unlikely]] badLockCount();
  mp->locks++;
  heldMutexes(mp) ^= reinterpret_cast<uintptr>(l);
  *bit = mutexLocked;
  asm volatile("" ::: "memory");
}

[[gnu::always_inline]] inline void unlock(mutex* l) {
  g* gp = getg();
  __atomic_store_n(mutexByte(l), uint8{0}, __ATOMIC_RELEASE);
  if (unlockNeedsFence) [[unlikely]] __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (mutexRest(l) != 0) [[unlikely]] unlock2Wake(l);

  m* mp = gp->m;
  heldMutexes(mp) ^= reinterpret_cast<uintptr>(l);
  if (--mp->locks <= 0) {
    if (heldMutexes(mp) != 0) [[unlikely]] badUnlock();
    if (mp->locks < 0) [[unlikely]] badLockCount();
    if (gp->preempt) [[unlikely]] gp->stackguard0 = stackPreempt;
  }
}

// ---- proc.cc

// Whether wakep could only do what is done: there is no idle p, and the mark for the next thread that gives one up
// stands. The loads are in this order for a reason. needspinning is set only under sched.lock while npidle is 0. If it
// was set before the first load and stood until the second, both held at the first; if it was set in between, both held
// then. So there was a moment in this call at which wakep, with the lock, would have changed nothing.
//
// For that moment to come after the caller made its work visible there must be a full fence in between. runqput has one
// for a goroutine that is new to the queue (the Cas of runnext; with one P there is nobody to miss it) and another one
// for who is kicked out of runnext by it; work on the global queue is found under sched.lock before a p goes idle; the
// callers that have neither call fenceBeforeWake. `gort explore --tso` holds it against schedules.
inline bool wakeIsMarked() { return sched.npidle.Load() == 0 && sched.needspinning.Load() == 1; }
inline void fenceBeforeWake() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

// Where many goroutines run in turn, most of what a switch costs is memory: the next one's g and stack have left the
// caches since it ran last, and its stack, a page of its own, has left the TLB. So whoever enters a goroutine asks for
// the stack of the next but one, and for the g of the one two further on, whose sp is wanted then. A hint and no more:
// a goroutine that another p takes meanwhile is still a g, for gs are never freed. Behind the last locked instruction
// of the switch, which would wait for it. With a short queue everything is near, and nothing is asked for.
inline void prefetchRunq(const p* pp) {
  uint32 h = pp->runqhead.plain();
  if (pp->runqtail.plain() - h < 4) return;
  auto at = [pp](uint32 i) { return __atomic_load_n(&pp->runq[i % 256].value, __ATOMIC_RELAXED); };
  const char* soon = reinterpret_cast<const char*>(at(h + 1));
  auto* spOf = reinterpret_cast<const uintptr*>(soon + offsetof(g, sched) + offsetof(gobuf, sp));
  const char* sp = reinterpret_cast<const char*>(__atomic_load_n(spOf, __ATOMIC_RELAXED));
  if (sp != nullptr) {  // else it has not run yet: see firstStack
    for (int i = 0; i < 4; i++) __builtin_prefetch(sp + i * 64);
  }
  const char* later = reinterpret_cast<const char*>(at(h + 3));
  for (int i = 0; i < 4; i++) __builtin_prefetch(later + i * 64);
  __builtin_prefetch(later + offsetof(g, syncGroup));
}

// A walk along a list of gs that have left the caches waits at each for its link, before it knows the next. So whoever
// links a batch of them says to each which one comes a few further on, and who walks asks for that. The place is a
// field that Go's profiler has. It holds half an address; the other half is taken to be as in the g's own. A hint: if
// it is wrong or old, something else is fetched, and nothing where nothing is.
constexpr uint32 aheadBy = 8;
inline void linkAhead(g* gp, const g* ahead) { gp->stackLock = static_cast<uint32>(reinterpret_cast<uintptr>(ahead)); }
inline void prefetchAhead(const g* gp) {
  uintptr high = reinterpret_cast<uintptr>(gp) & ~uintptr{0xffffffff};
  __builtin_prefetch(reinterpret_cast<const char*>(high | gp->stackLock) + offsetof(g, schedlink), 1);
}

// ---- stack.cc

g* newg();
template <>
inline g* newobject<g>() {
  return newg();
}

extern uintptr stackPage;  // the system's, in bytes
extern bool stackUnguarded;  // there are stacks without a guard
void stackCheckEnd(stack stk);

// stk lies in one slot, up to the end of the page of its hi (stack.cc).
inline uintptr stackEnd(uintptr hi) { return (hi + sizeof(gExtra) + stackPage - 1) & -stackPage; }
inline uintptr stackSize(stack stk) { return stackEnd(stk.hi) - stk.lo; }

inline bool stackStillFitsStart(g* gp) {
  return stackSize(gp->stack) == __atomic_load_n(&startingStackSize, __ATOMIC_RELAXED);
}
inline bool stackFitsStart(g* gp) {
  gp->sched.ret = getg()->m->p.ptr()->schedtick.plain();  // when it died, for firstStack; a dead g returns nowhere
  if (__atomic_load_n(&stackUnguarded, __ATOMIC_RELAXED)) [[unlikely]] stackCheckEnd(gp->stack);
  return stackStillFitsStart(gp);
}

// gp is about to run. If it has not run yet, it gets the stack to do so on. The caller holds a P.
void firstStack(g* gp);
inline void enterStack(g* gp) {
  if (gp->sched.sp == 0) firstStack(gp);
}

// ---- traceback.cc

extern "C" {
[[gnu::weak, gnu::visibility("hidden")]] extern char __start_gort_text[];  // the runtime's code (preempt.cc)
[[gnu::weak, gnu::visibility("hidden")]] extern char __stop_gort_text[];
}
bool isSystemStart(uintptr pc, bool fixed);

// Asked for each goroutine that begins or ends, and nearly all of them begin in the program's code.
inline bool isSystemGoroutine(g* gp, bool fixed) {
  uintptr pc = gp->startpc;
  if (pc - reinterpret_cast<uintptr>(__start_gort_text) >= static_cast<uintptr>(__stop_gort_text - __start_gort_text)) {
    return false;
  }
  return isSystemStart(pc, fixed);
}

// ---- os_linux.cc

inline int64 nanotime() {
  if (faketime != faketimeOff) [[unlikely]] return faketime;
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return int64{ts.tv_sec} * 1000000000 + ts.tv_nsec;
}

// The time of the system's last tick, some milliseconds ago at most as a rule: never after nanotime(), and an eighth of
// its price. Whoever asks only whether something is far off needs no more: see isFarOff.
inline int64 nanotimeCoarse() {
  if (faketime != faketimeOff) [[unlikely]] return faketime;
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
  return int64{ts.tv_sec} * 1000000000 + ts.tv_nsec;
}

// Whether when, of nanotime's clock, is to come, and not soon. False may mean anything. Should the ticks be late for
// once, it is as if the question had been asked that much earlier.
inline bool isFarOff(int64 when) { return when > nanotimeCoarse() + 1000000000; }

// ---- rand.cc

// wyrand. The thread's own state: a goroutine that moves to another thread in the middle would at worst repeat a
// number, and it cannot move here.
inline uint32 cheaprand() {
  m* mp = getg()->m;
  mp->cheaprand += 0xa0761d6478bd642f;
  unsigned __int128 product = static_cast<unsigned __int128>(mp->cheaprand) * (mp->cheaprand ^ 0xe7037ed1a0b428db);
  return static_cast<uint32>(static_cast<uint64>(product >> 64) ^ static_cast<uint64>(product));
}

// ---- mgc.cc, mfinal.cc: there is no collector.

inline bool gcBlackenEnabled() { return false; }
inline bool gcMarkWorkAvailable(p*) { return false; }
inline void flushAssistCredit(g*) {}
inline outsideFlag::operator bool() const { return false; }
inline uint32 fingStatus() { return 0; }

// ---- netpoll.cc

extern atomic::Uint32<> netpollInited;
extern atomic::Uint32<> netpollWaiters;  // goroutines that wait for a descriptor
inline bool netpollinited() { return netpollInited.Load() != 0; }
inline bool netpollAnyWaiters() { return netpollWaiters.Load() > 0; }

// ---- time.cc

// When the next timer is due, 0 if there is none. Without locks. The order of the loads: adjust lowers minWhenHeap
// before it clears minWhenModified, so that who sees the 0 sees that as well.
inline int64 timers::wakeTime() {
  int64 nextWhen = minWhenModified.Load();
  int64 when = minWhenHeap.Load();
  if (when == 0 || (nextWhen != 0 && nextWhen < when)) when = nextWhen;
  return when;
}

inline timers::check_result timers::check(int64 now) {
  int64 next = wakeTime();
  if (next == 0) return {now, 0, false};
  return checkDue(now, next);
}

}  // namespace runtime
