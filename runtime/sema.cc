// sema.cc mirrors sema.go: sleeping on an address and being woken, for locks that belong to goroutines.
//
// A semaphore is a count, a uint32 that somebody else owns. semacquire takes one from it or sleeps; semrelease adds one
// and wakes a sleeper. Fast paths touch the count alone. The sleepers are found by address: the address picks one of
// semTabSize roots, and a root keeps a binary search tree of the distinct addresses slept on. The tree is a treap, kept
// shallow by random priorities (sudog.ticket). A node of it is the first sleeper on its address; the others of the same
// address hang behind it in a list (waitlink, waittail), so that a thousand sleepers on one lock cost the others
// nothing.
//
// What must hold:
//   * No wakeup is lost. A sleeper adds itself to nwait and then looks at the count once more; a releaser adds to the
//     count and then looks at nwait. Both are sequentially consistent, so at least one of them sees the other.
//   * The tree, the lists and whatever of a sudog they use change under root.lock only. A sudog belongs to its sleeper
//     again when dequeue has taken it off.
//   * sudog.ticket is a priority, never 0, while the sudog is a node; after dequeue it is 0, or 1 if the releaser took
//     the count on the sleeper's behalf (a hand-off). The sleeper reads it after it was woken: goready and the switch
//     order the two.
//   * waiters of a node is at least the number of those behind it, as far as 16 bits go (Go's count: it does not return
//     from 1 to 0). Nothing is decided by it.
//
// A hand-off also yields: the sleeper is the P's next goroutine, inherits the rest of the time slice and runs at once,
// and the releaser goes to the end of the P's own queue. Only a mutex that starves somebody asks for it.
//
// Different from Go: no block profile and no mutex profile is taken, so no times are kept in a sudog.
#include "runtime/sema.h"

#include "runtime/boundary.h"
#include "runtime/mprof_decl.h"
#include "runtime/proc_decl.h"
#include "runtime/race.h"
#include "runtime/runtime2.h"
#include "runtime/seam.h"
#include "runtime/stubs.h"

namespace runtime {

constinit semTable semtable;

void sync_runtime_Semacquire(uint32* addr) { semacquire1(addr, false, 0, waitReasonSemacquire); }

void poll_runtime_Semacquire(uint32* addr) { semacquire1(addr, false, 0, waitReasonSemacquire); }

void sync_runtime_Semrelease(uint32* addr, bool handoff, int skipframes) { semrelease1(addr, handoff, skipframes); }

void internal_sync_runtime_SemacquireMutex(uint32* addr, bool lifo, int skipframes) {
  semacquire1(addr, lifo, skipframes, waitReasonSyncMutexLock);
}

void sync_runtime_SemacquireRWMutexR(uint32* addr, bool lifo, int skipframes) {
  semacquire1(addr, lifo, skipframes, waitReasonSyncRWMutexRLock);
}

void sync_runtime_SemacquireRWMutex(uint32* addr, bool lifo, int skipframes) {
  semacquire1(addr, lifo, skipframes, waitReasonSyncRWMutexLock);
}

void sync_runtime_SemacquireWaitGroup(uint32* addr) { semacquire1(addr, false, 0, waitReasonSyncWaitGroupWait); }

void poll_runtime_Semrelease(uint32* addr) { semrelease(addr); }

void internal_sync_runtime_Semrelease(uint32* addr, bool handoff, int skipframes) {
  semrelease1(addr, handoff, skipframes);
}

void readyWithTime(sudog* s, int traceskip) {
  if (s->releasetime != 0) [[unlikely]] s->releasetime = nanotime();
  goready(s->g, traceskip);
}

// For the runtime's own use.
void semacquire(uint32* addr) { semacquire1(addr, false, 0, waitReasonSemacquire); }

void semacquire1(uint32* addr, bool lifo, int skipframes, waitReason reason) {
  fromProgram here;
  g* gp = getg();
  if (gp != gp->m->curg.plain()) throw_("semacquire not on the G stack");

  if (cansemacquire(addr)) {
    raceacquire(addr);
    return;
  }

  sudog* s = acquireSudog();
  semaRoot* root = semtable.rootFor(addr);
  s->releasetime = 0;
  s->acquiretime = 0;
  int64 t0 = 0;
  if (reason != waitReasonSemacquire) {
    if (profilesBlocking()) [[unlikely]] {
      t0 = nanotime();
      s->releasetime = -1;
    }
    if (profilesMutexes() && reason != waitReasonSyncWaitGroupWait) [[unlikely]] s->acquiretime = nanotime();
  }
  s->ticket = 0;
  for (;;) {
    lock(&root->lock);
    // From here on every semrelease takes the slow path, for which it needs the lock: what it adds to the count is
    // either seen by the next line, or it finds s in the tree.
    root->nwait.Add(1);
    if (cansemacquire(addr)) {
      root->nwait.Add(-1);
      unlock(&root->lock);
      break;
    }
    root->queue(addr, s, lifo);
    goparkunlock(&root->lock, reason, traceBlockSync, 4 + skipframes);
    if (s->ticket != 0 || cansemacquire(addr)) break;
  }
  raceacquire(addr);
  if (s->releasetime > 0) [[unlikely]] blockevent(s->releasetime - t0);
  releaseSudog(s);
}

void semrelease(uint32* addr) { semrelease1(addr, false, 0); }

void semrelease1(uint32* addr, bool handoff, int skipframes) {
  fromProgram here;
  semaRoot* root = semtable.rootFor(addr);
  racerelease(addr);
  __atomic_add_fetch(addr, 1, __ATOMIC_SEQ_CST);

  // Nobody waits. In this order: see the head of the file.
  if (root->nwait.Load() == 0) return;

  lock(&root->lock);
  if (root->nwait.Load() == 0) {
    // The count is taken already; there is nobody to wake.
    unlock(&root->lock);
    return;
  }
  sudog* s = root->dequeue(addr);
  if (s != nullptr) root->nwait.Add(-1);
  unlock(&root->lock);
  if (s == nullptr) return;  // the sleepers of this root sleep on other addresses

  if (s->acquiretime != 0) [[unlikely]] mutexevent(nanotime() - s->acquiretime);

  if (s->ticket != 0) throw_("corrupted semaphore ticket");
  bool direct = handoff && cansemacquire(addr);
  if (direct) s->ticket = 1;
  // Afterwards s may be gone: its goroutine runs.
  readyWithTime(s, 5 + skipframes);
  // The goroutine is the P's next. Make room for it, unless a lock of the runtime is held here.
  if (direct && getg()->m->locks == 0) goyield();
}

// Takes one from the count, if there is one.
bool cansemacquire(uint32* addr) {
  uint32 v = __atomic_load_n(addr, __ATOMIC_SEQ_CST);
  while (v != 0) {
    if (__atomic_compare_exchange_n(addr, &v, v - 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return true;
  }
  return false;
}

void semaRoot::queue(uint32* addr, sudog* s, bool lifo) {
  s->g = getg();
  s->elem = addr;
  s->next = nullptr;
  s->prev = nullptr;
  s->waiters = 0;

  sudog* last = nullptr;
  sudog** pt = &treap;
  for (sudog* t = *pt; t != nullptr; t = *pt) {
    if (t->elem == addr) {
      if (lifo) {
        // s takes t's place in the tree, and t becomes the first behind it.
        *pt = s;
        s->ticket = t->ticket;
        s->acquiretime = t->acquiretime;
        s->parent = t->parent;
        s->prev = t->prev;
        s->next = t->next;
        if (s->prev != nullptr) s->prev->parent = s;
        if (s->next != nullptr) s->next->parent = s;
        s->waitlink = t;
        s->waittail = t->waittail;
        if (s->waittail == nullptr) s->waittail = t;
        s->waiters = t->waiters;
        if (static_cast<uint16>(s->waiters + 1) != 0) s->waiters++;
        t->parent = nullptr;
        t->prev = nullptr;
        t->next = nullptr;
        t->waittail = nullptr;
      } else {
        // s becomes the last behind t.
        if (t->waittail == nullptr) {
          t->waitlink = s;
        } else {
          t->waittail->waitlink = s;
        }
        t->waittail = s;
        s->waitlink = nullptr;
        if (static_cast<uint16>(t->waiters + 1) != 0) t->waiters++;
      }
      return;
    }
    last = t;
    pt = reinterpret_cast<uintptr>(addr) < reinterpret_cast<uintptr>(t->elem) ? &t->prev : &t->next;
  }

  // A new leaf. Its priority is random but not 0, which means something else elsewhere; rotations bring it up until its
  // parent's is not greater.
  s->ticket = cheaprand() | 1;
  s->parent = last;
  *pt = s;
  while (s->parent != nullptr && s->parent->ticket > s->ticket) {
    if (s->parent->prev == s) {
      rotateRight(s->parent);
    } else {
      if (s->parent->next != s) panic_("semaRoot queue");
      rotateLeft(s->parent);
    }
  }
}

sudog* semaRoot::dequeue(uint32* addr) {
  sudog** ps = &treap;
  sudog* s = *ps;
  for (; s != nullptr; s = *ps) {
    if (s->elem == addr) break;
    ps = reinterpret_cast<uintptr>(addr) < reinterpret_cast<uintptr>(s->elem) ? &s->prev : &s->next;
  }
  if (s == nullptr) return nullptr;

  if (sudog* t = s->waitlink; t != nullptr) {
    // The next of the same address takes the place in the tree.
    *ps = t;
    t->ticket = s->ticket;
    t->parent = s->parent;
    t->prev = s->prev;
    if (t->prev != nullptr) t->prev->parent = t;
    t->next = s->next;
    if (t->next != nullptr) t->next->parent = t;
    t->waittail = t->waitlink != nullptr ? s->waittail : nullptr;
    t->waiters = s->waiters;
    if (t->waiters > 1) t->waiters--;
    s->waitlink = nullptr;
    s->waittail = nullptr;
  } else {
    // Down to a leaf, the smaller priority coming up in its place, and off.
    while (s->next != nullptr || s->prev != nullptr) {
      if (s->next == nullptr || (s->prev != nullptr && s->prev->ticket < s->next->ticket)) {
        rotateRight(s);
      } else {
        rotateLeft(s);
      }
    }
    if (s->parent == nullptr) {
      treap = nullptr;
    } else if (s->parent->prev == s) {
      s->parent->prev = nullptr;
    } else {
      s->parent->next = nullptr;
    }
  }
  s->parent = nullptr;
  s->elem = nullptr;
  s->next = nullptr;
  s->prev = nullptr;
  s->ticket = 0;
  return s;
}

// (x a (y b c)) becomes (y (x a b) c).
void semaRoot::rotateLeft(sudog* x) {
  sudog* p = x->parent;
  sudog* y = x->next;
  sudog* b = y->prev;

  y->prev = x;
  x->parent = y;
  x->next = b;
  if (b != nullptr) b->parent = x;

  y->parent = p;
  if (p == nullptr) {
    treap = y;
  } else if (p->prev == x) {
    p->prev = y;
  } else {
    if (p->next != x) throw_("semaRoot rotateLeft");
    p->next = y;
  }
}

// (y (x a b) c) becomes (x a (y b c)).
void semaRoot::rotateRight(sudog* y) {
  sudog* p = y->parent;
  sudog* x = y->prev;
  sudog* b = x->next;

  x->next = y;
  y->parent = x;
  y->prev = b;
  if (b != nullptr) b->parent = y;

  x->parent = p;
  if (p == nullptr) {
    treap = x;
  } else if (p->prev == y) {
    p->prev = x;
  } else {
    if (p->next != y) throw_("semaRoot rotateRight");
    p->next = x;
  }
}

// Whether ticket a was given out before b. Both count around, never 2^31 apart: that many goroutines cannot wait.
static bool less(uint32 a, uint32 b) { return static_cast<int32>(a - b) < 0; }

uint32 notifyListAdd(notifyList* l) {
  // Several goroutines at once, if the Cond's lock is held for reading.
  return l->wait.Add(1) - 1;
}

void notifyListWait(notifyList* l, uint32 t) {
  fromProgram here;
  lock(&l->lock);

  if (less(t, l->notify)) {
    unlock(&l->lock);
    raceacquire(l);
    return;
  }

  sudog* s = acquireSudog();
  s->g = getg();
  s->ticket = t;
  const int64 t0 = profilesBlocking() ? nanotime() : 0;
  s->releasetime = t0 != 0 ? -1 : 0;
  if (l->tail == nullptr) {
    l->head = s;
  } else {
    l->tail->next = s;
  }
  l->tail = s;
  goparkunlock(&l->lock, waitReasonSyncCondWait, traceBlockCondWait, 3);
  raceacquire(l);
  if (s->releasetime > 0) [[unlikely]] blockevent(s->releasetime - t0);
  releaseSudog(s);
}

// s is off its list. A goroutine in a synctest bubble may be woken from inside only.
static void notifyListReady(sudog* s) {
  if (s->g->syncGroup != nullptr && getg()->syncGroup != s->g->syncGroup) {
    print("semaphore wake of synctest goroutine ", s->g->goid, " from outside bubble\n");
    panic_("semaphore wake of synctest goroutine from outside bubble");
  }
  readyWithTime(s, 4);
}

void notifyListNotifyAll(notifyList* l) {
  fromProgram here;
  racerelease(l);
  // No waiter came since the last notification: the lock is not needed.
  if (l->wait.Load() == __atomic_load_n(&l->notify, __ATOMIC_SEQ_CST)) return;

  lock(&l->lock);
  sudog* s = l->head;
  l->head = nullptr;
  l->tail = nullptr;
  // All tickets given out so far: whoever holds one and is not on the list yet will see that it has been notified.
  __atomic_store_n(&l->notify, l->wait.Load(), __ATOMIC_SEQ_CST);
  unlock(&l->lock);

  while (s != nullptr) {
    sudog* next = s->next;
    s->next = nullptr;
    notifyListReady(s);
    s = next;
  }
}

void notifyListNotifyOne(notifyList* l) {
  fromProgram here;
  racerelease(l);
  if (l->wait.Load() == __atomic_load_n(&l->notify, __ATOMIC_SEQ_CST)) return;

  lock(&l->lock);
  uint32 t = l->notify;
  if (t == l->wait.Load()) {
    unlock(&l->lock);
    return;
  }
  __atomic_store_n(&l->notify, t + 1, __ATOMIC_SEQ_CST);

  // The holder of ticket t is near the head, for only those stand before it that overtook it between notifyListAdd and
  // notifyListWait. If it is not there, it has not come yet, and will not sleep when it does.
  sudog* p = nullptr;
  for (sudog* s = l->head; s != nullptr; p = s, s = s->next) {
    if (s->ticket != t) continue;
    sudog* n = s->next;
    if (p != nullptr) {
      p->next = n;
    } else {
      l->head = n;
    }
    if (n == nullptr) l->tail = p;
    unlock(&l->lock);
    s->next = nullptr;
    notifyListReady(s);
    return;
  }
  unlock(&l->lock);
}

void notifyListCheck(uintptr sz) {
  if (sz != sizeof(notifyList)) {
    print("runtime: bad notifyList size - sync=", sz, " runtime=", sizeof(notifyList), "\n");
    throw_("bad notifyList size");
  }
}

int64 internal_sync_nanotime() { return nanotime(); }

}  // namespace runtime
