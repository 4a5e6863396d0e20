// The runtime's mutex: Go's lock_spinbit.go. It excludes threads, so it may be held on g0 and without a p; whoever
// holds one must neither park nor be preempted (m.locks > 0 says so).
//
// One word holds everything. Its lowest byte is the lock bit and nothing else: an exchange with mutexLocked takes the
// lock if the bit was clear, a plain store of 0 gives it back. The rest of the word is the top of a stack of sleeping
// ms, linked through m.mWaitList; an m is aligned to 1024 bytes so that the second byte has two bits free for flags:
//
//   mutexLocked       somebody holds it
//   mutexSpinning     one thread, never more, is busy waiting; while one is, unlock need not wake a sleeper
//   mutexStackLocked  whoever set it, and nobody else, may take ms off the stack; pushing needs no permission
//
// Go gives the lock back by an exchange, which costs as much as taking it. Here who goes to sleep pays for both:
//
//   unlock: lock byte = 0; then look at the rest      waiter: push itself; membarrier; then look at the lock byte
//
// One of the two must see the other, or the waiter sleeps on a free lock. A processor may make unlock's load before its
// store; the membarrier, a system call, makes every thread of the process pass a full fence between the waiter's push
// and its look. Where unlock's load came before that fence, so did its store, and the waiter sees the lock free; where
// it came after, it sees the waiter. A waiter that finds the lock free does what unlock would have done: it wakes
// somebody, perhaps itself. (Go keeps a flag mutexSleeping beside the lock bit, which the exchange reads and clears; it
// has no use here.) Without membarrier, unlock has a fence of its own (unlockNeedsFence).
//
// How long to spin. A thread that met a taken lock looks again after mutexActiveSpinTime. In Go that is 30 pause
// instructions, whose length differs from one kind of processor to another. Two threads that take a lock in turn send
// its cache line, and those of what it guards, to and fro each time, and these journeys take longer than most work
// under a lock. A waiter that stays away for two microseconds leaves the lines where they are for many turns of the
// other thread; `gort bench live --only prodcons,mutex` tells whether another time would be better. It spins no longer
// than waking a sleeper may take, so that who spins in vain loses about twice that. No order of goroutines depends on
// it: that is decided under the lock.
//
// Memory orders: the exchange in lock pairs with the release store in unlock: what the last holder wrote is seen by the
// next. unlock is no fence towards what comes after it; nothing in the runtime takes it for one: where a store before
// an unlock and a load after it must stay in order, what the load reads is written under the same lock.
//
// The fast halves are inline: seam/inline.h.
//
// Left out: the contention profile of Go (lockTimer, recordUnlock): nobody reads it here.
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <limits>

#include "runtime/os_linux_decl.h"
#include "runtime/proc_decl.h"

namespace runtime {

namespace {

uintptr loadKey(mutex* l) { return __atomic_load_n(&l->key, __ATOMIC_SEQ_CST); }

bool casKey(mutex* l, uintptr old, uintptr v) {
  return __atomic_compare_exchange_n(&l->key, &old, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

// The m on top of the stack in v. m0 is a variable and not aligned as the others are.
m* mutexWaitListHead(uintptr v) {
  uintptr high = v & ~mutexMMask;
  if (high == (reinterpret_cast<uintptr>(&m0) & ~mutexMMask)) return &m0;
  return reinterpret_cast<m*>(high);
}

// Whether a waiter should spin although others do: the lock is taken and given back all the time. No lock is marked
// so in Go 1.24 but sched.lock's kin in its tests.
constexpr bool mutexPreferLowLatency(mutex*) { return false; }

// Makes every thread of the process pass a full fence, if unlock has none.
void fenceUnlocks() {
  if (unlockNeedsFence) return;
  if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0) throw_("membarrier failed");
}

}  // namespace

bool unlockNeedsFence;

void lockFenceInit() {
  unlockNeedsFence = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0;
}

uint32 mutexSpinPauses = mutexActiveSpinSize;

// The shortest of a few runs: what made another one longer was not the pauses.
void lockSpinInit() {
  constexpr uint32 pauses = 64;
  int64 least = std::numeric_limits<int64>::max();
  for (int i = 0; i < 5; i++) {
    int64 start = nanotime();
    procyield(pauses);
    int64 took = nanotime() - start;
    if (0 < took && took < least) least = took;
  }
  int64 n = pauses * mutexActiveSpinTime / least;
  if (n > mutexActiveSpinSize) mutexSpinPauses = n < 10'000 ? static_cast<uint32>(n) : 10'000;
}

// The count and the books begin anew before a report: it takes locks itself, and would find them wrong again.
static void startBooksAnew() {
  m* mp = getg()->m;
  heldMutexes(mp) = 0;
  if (mp->locks < 0) mp->locks = 0;
}

void badLockCount() {
  startBooksAnew();
  throw_("runtime·lock: lock count");
}

void badUnlock() {
  startBooksAnew();
  throw_("unlock of unlocked lock");
}

// Slow path of unlock: wakes a sleeper unless a spinner will take the lock anyway. Now and then it wakes the one that
// sleeps longest, at the bottom, so that a stack does not starve it.
void unlock2Wake(mutex* l) {
  uintptr v = loadKey(l);
  if ((v & ~mutexMMask) == 0) return;  // a spinner, and nobody sleeps

  bool antiStarve = cheaprandn(mutexTailWakePeriod) == 0;
  if (!(antiStarve || (v & mutexSpinning) == 0 || mutexPreferLowLatency(l))) return;

  for (;;) {
    // Nobody sleeps, or whoever holds the stack decides as this thread would.
    if ((v & ~mutexMMask) == 0 || (v & mutexStackLocked) != 0) return;
    if (casKey(l, v, v | mutexStackLocked)) break;
    v = loadKey(l);
  }

  // Only this thread takes ms off the stack now; new ones may still come on top.
  v = loadKey(l);
  m* committed = nullptr;  // taken out of the middle: it must be woken
  for (;;) {
    uintptr headM = v & ~mutexMMask;
    uintptr flags = v & (mutexMMask & ~mutexStackLocked);

    m* mp = mutexWaitListHead(v);
    m* wakem = committed;
    if (committed == nullptr) {
      if ((v & mutexSpinning) == 0 || mutexPreferLowLatency(l)) wakem = mp;
      if (antiStarve) {
        wakem = mp;
        m* prev = mp;
        for (;;) {
          m* next = wakem->mWaitList.next.ptr();
          if (next == nullptr) break;
          prev = wakem;
          wakem = next;
        }
        if (wakem != mp) {
          prev->mWaitList.next = wakem->mWaitList.next;
          committed = wakem;
        }
      }
    }

    if (wakem == mp) headM = mp->mWaitList.next.value & ~mutexMMask;

    if (casKey(l, v, headM | flags)) {
      if (wakem != nullptr) semawakeup(wakem);
      return;
    }
    v = loadKey(l);
  }
}

// The contended half of lock: spin a little if nobody does, then sleep on the stack.
[[gnu::noinline]] void lock2Slow(mutex* l) {
  m* mp = getg()->m;
  int spin = ncpu > 1 ? mutexActiveSpinCount : 0;

  bool weSpin = false;  // this thread owns mutexSpinning
  bool atTail = false;  // it slept at the bottom: in danger of starving
  uintptr v = loadKey(l);
  for (int i = 0;; i++) {
    if ((v & mutexLocked) == 0) {
      if (weSpin) {
        if (casKey(l, v, (v & ~mutexSpinning) | mutexLocked)) return;
      } else {
        if (__atomic_exchange_n(mutexByte(l), uint8{mutexLocked}, __ATOMIC_SEQ_CST) == 0) return;
      }
      v = loadKey(l);
      continue;
    }

    if (!weSpin && (v & mutexSpinning) == 0 && casKey(l, v, v | mutexSpinning)) {
      v |= mutexSpinning;
      weSpin = true;
    }

    if (weSpin || atTail || mutexPreferLowLatency(l)) {
      if (i < spin) {
        procyield(mutexSpinPauses);
        v = loadKey(l);
        continue;
      }
      if (i < spin + mutexPassiveSpinCount) {
        osyield();
        v = loadKey(l);
        continue;
      }
    }

    // Push this m and sleep.
    mp->mWaitList.next = muintptr(mutexWaitListHead(v));
    uintptr next = (reinterpret_cast<uintptr>(mp) & ~mutexMMask) | (v & mutexMMask);
    if (weSpin) next &= ~mutexSpinning;
    if (casKey(l, v, next)) {
      weSpin = false;
      fenceUnlocks();
      if ((loadKey(l) & mutexLocked) == 0) unlock2Wake(l);
      semasleep(-1);
      atTail = mp->mWaitList.next == 0;
      i = 0;
    }
    mp->mWaitList.next = 0;
    v = loadKey(l);
  }
}

}  // namespace runtime
