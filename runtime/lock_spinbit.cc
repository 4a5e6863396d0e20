// The runtime's mutex: Go's lock_spinbit.go. It excludes threads, so it may be held on g0 and without a p; whoever
// holds one must neither park nor be preempted (m.locks > 0 says so).
//
// One word holds everything. The low byte is the fast path's: an exchange with mutexLocked takes the lock if the bit was
// clear, an exchange with 0 gives it back. The rest of the word is the top of a stack of sleeping ms, linked through
// m.mWaitList; an m is aligned to 1024 bytes so that its low ten bits are free for flags:
//
//   mutexLocked       somebody holds it
//   mutexSleeping     a hint that the stack may not be empty: unlock takes its slow path
//   mutexSpinning     one thread, never more, is busy waiting; while one is, unlock need not wake a sleeper
//   mutexStackLocked  whoever set it, and nobody else, may take ms off the stack; pushing needs no permission
//
// The exchange of the fast path may lose mutexSleeping (it writes the whole byte); lock puts it back when it saw it, and the
// spinner repairs it when it takes the lock. Losing it only delays a wakeup: a waiter that pushes itself sets it again.
//
// Memory orders: all operations on the word are sequentially consistent read-modify-writes, as in Go. The exchange in
// lock2 pairs with the exchange in unlock2: what the last holder wrote is seen by the next.
//
// Left out: the contention profile of Go (lockTimer, recordUnlock): nobody reads it here.
#include "runtime/proc_decl.h"
#include "runtime/os_linux_decl.h"

namespace runtime {

namespace {

// The low byte of the word. Both architectures of the port are little-endian.
uint8* key8(uintptr* p) { return reinterpret_cast<uint8*>(p); }

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

// Slow path of unlock2: wakes a sleeper unless a spinner will take the lock anyway. Now and then it wakes the one that
// sleeps longest, at the bottom, so that a stack does not starve it.
void unlock2Wake(mutex* l) {
  uintptr v = loadKey(l);

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
[[gnu::noinline]] void lock2Slow(mutex* l, m* mp) {
  uint8* k8 = key8(&l->key);
  int spin = ncpu > 1 ? mutexActiveSpinCount : 0;

  bool weSpin = false;  // this thread owns mutexSpinning
  bool atTail = false;  // it slept at the bottom: in danger of starving
  uintptr v = loadKey(l);
  for (int i = 0;; i++) {
    if ((v & mutexLocked) == 0) {
      if (weSpin) {
        uintptr next = (v & ~mutexSpinning) | mutexSleeping | mutexLocked;
        if ((next & ~mutexMMask) == 0) next &= ~mutexSleeping;
        if (casKey(l, v, next)) return;
      } else {
        uint8 prev8 = __atomic_exchange_n(k8, uint8{mutexLocked | mutexSleeping}, __ATOMIC_SEQ_CST);
        if ((prev8 & mutexLocked) == 0) return;
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
        procyield(mutexActiveSpinSize);
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
    uintptr next = (reinterpret_cast<uintptr>(mp) & ~mutexMMask) | (v & mutexMMask) | mutexSleeping;
    if (weSpin) next &= ~mutexSpinning;
    if (casKey(l, v, next)) {
      weSpin = false;
      semasleep(-1);
      atTail = mp->mWaitList.next == 0;
      i = 0;
    }
    mp->mWaitList.next = 0;
    v = loadKey(l);
  }
}

}  // namespace

// l is held when it returns. Any stack; not in a signal handler.
void lock(mutex* l) {
  m* mp = getg()->m;
  if (mp->locks < 0) throw_("runtime·lock: lock count");
  mp->locks++;

  uint8* k8 = key8(&l->key);
  uint8 v8 = __atomic_exchange_n(k8, uint8{mutexLocked}, __ATOMIC_SEQ_CST);
  if ((v8 & mutexLocked) == 0) [[likely]] {
    if ((v8 & mutexSleeping) != 0) __atomic_fetch_or(k8, uint8{mutexSleeping}, __ATOMIC_SEQ_CST);
    return;
  }
  lock2Slow(l, mp);
}

// Gives l back; a preemption that was asked for meanwhile is heard at the next chance.
void unlock(mutex* l) {
  g* gp = getg();
  uint8 prev8 = __atomic_exchange_n(key8(&l->key), uint8{0}, __ATOMIC_SEQ_CST);
  if ((prev8 & mutexLocked) == 0) throw_("unlock of unlocked lock");
  if ((prev8 & mutexSleeping) != 0) unlock2Wake(l);

  m* mp = gp->m;
  mp->locks--;
  if (mp->locks < 0) throw_("runtime·unlock: lock count");
  if (mp->locks == 0 && gp->preempt) gp->stackguard0 = stackPreempt;
}

}  // namespace runtime
