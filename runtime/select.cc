// select.cc mirrors select.go: one goroutine, several channel operations, of which one takes place.
//
// selectgo holds the locks of all its channels while it looks, so it acts on their state at one moment. It looks in
// pollorder, a random permutation, so that no case starves, and locks in lockorder, by address, so that two selects
// cannot wait for each other. Before that it goes through pollorder once without (Go does not): a case that can take
// place takes place under the lock of its own channel, which needs no others. That is the case that the locked look
// would have found first if nothing else had moved. All locks are needed to say that nothing is ready: for the default
// case, and to go on all queues. If nothing is ready and it may wait, a sudog of each case goes on its channel's queue,
// the locks are released from the scheduler's stack (selparkcommit), and whoever wins the Cas of g.selectDone completes
// that one case and wakes the goroutine, which then leaves the other queues under all the locks.
//
// Of C++: the elem of a case that did not take place is as it was, an object that keeps its value or raw memory. The
// panic for a closed channel leaves as an exception, after the locks are released and before anything is moved.
//
// Left out, as in chan.cc: moving stacks, profile of blocking.
#include "runtime/select.h"

#include "absl/container/inlined_vector.h"
#include "runtime/boundary.h"
#include "runtime/chan.h"
#include "runtime/os_linux_decl.h"
#include "runtime/mprof_decl.h"
#include "runtime/proc_decl.h"
#include "runtime/race.h"
#include "runtime/seam.h"
#include "runtime/time.h"

namespace runtime {

constinit uint64 selectSeed = 0;

namespace {

// The cases are looked at in a random order, which a seed makes the same in every run (SplitMix64).
uint32 selectrandn(uint32 n) {
  if (selectSeed == 0) [[likely]] return static_cast<uint32>((uint64{cheaprand()} * n) >> 32);  // cheaprandn
  uint64 z = selectSeed += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<uint32>((uint64{static_cast<uint32>(z ^ (z >> 31))} * n) >> 32);
}

}  // namespace

namespace {

uintptr sortkey(const hchan* c) { return reinterpret_cast<uintptr>(c); }

// Every channel once: cases of the same channel stand side by side in lockorder.
void sellock(const scase* scases, const uint16* lockorder, intptr n) {
  hchan* c = nullptr;
  for (intptr i = 0; i < n; i++) {
    hchan* c0 = scases[lockorder[i]].c;
    if (c0 != c) {
      c = c0;
      lockWithP(&c->lock);
    }
  }
}

// Most selects have few cases, each with a channel of its own. pollorder is random, so the branches of a sort that
// starts from it are as well, and cost more than to count for each how many are smaller. n is at most countSortMax.
// False: some channel stands there twice, and lockorder is not done.
constexpr intptr countSortMax = 8;
bool countSort(const scase* scases, const uint16* pollorder, uint16* lockorder, intptr n) {
  uintptr keys[countSortMax];
  for (intptr i = 0; i < n; i++) keys[i] = sortkey(scases[pollorder[i]].c);
  uint32 taken = 0;
  for (intptr i = 0; i < n; i++) {
    uint32 smaller = 0;
    for (intptr j = 0; j < n; j++) smaller += keys[j] < keys[i];
    lockorder[smaller] = pollorder[i];
    taken |= uint32{1} << smaller;
  }
  return taken == (uint32{1} << n) - 1;
}

// Nothing that the select owns may be touched once the last lock is free: scases and lockorder lie on its stack.
void selunlock(const scase* scases, const uint16* lockorder, intptr n) {
  for (intptr i = n - 1; i >= 0; i--) {
    hchan* c = scases[lockorder[i]].c;
    if (i > 0 && c == scases[lockorder[i - 1]].c) continue;  // with the next one
    unlock(&c->lock);
  }
}

// Whether a case is worth the lock of its channel: a guess, by reads without it.
bool maybeReady(const scase* cas, bool isRecv) {
  const hchan* c = cas->c;
  if (__atomic_load_n(&c->closed, __ATOMIC_RELAXED) != 0) return true;
  uintptr qcount = __atomic_load_n(&c->qcount, __ATOMIC_RELAXED);
  if (isRecv) return qcount > 0 || __atomic_load_n(&c->sendq.first, __ATOMIC_RELAXED) != nullptr;
  return qcount < c->dataqsiz || __atomic_load_n(&c->recvq.first, __ATOMIC_RELAXED) != nullptr;
}

// One case, if it can take place: does it, calls unlockf and says so. Its channel is locked. recvOK is as of
// selectgoResult.
template <class F>
[[gnu::always_inline]] inline bool trycase(const scase* cas, bool isRecv, F unlockf, bool* recvOK) {
  hchan* c = cas->c;
  if (isRecv) {
    if (sudog* sg = c->sendq.dequeue(); sg != nullptr) {
      recv(c, sg, cas->elem, unlockf, 2);
      *recvOK = true;
      return true;
    }
    if (c->qcount > 0) {
      void* qp = chanbuf(c, c->recvx);
      raceacquire(qp);
      if (cas->elem != nullptr) typedmemmove(c, cas->elem, qp);
      typedmemdestroy(c, qp);
      racerelease(qp);
      c->recvx = c->recvx + 1 == c->dataqsiz ? 0 : c->recvx + 1;
      __atomic_store_n(&c->qcount, c->qcount - 1, __ATOMIC_RELAXED);  // for full and empty
      unlockf();
      *recvOK = true;
      return true;
    }
    if (c->closed != 0) {
      raceacquire(&c->closed);
      unlockf();
      if (cas->elem != nullptr) typedmemclr(c, cas->elem);
      return true;
    }
  } else {
    if (c->closed != 0) {
      unlockf();
      panic_("send on closed channel");
    }
    if (sudog* sg = c->recvq.dequeue(); sg != nullptr) {
      send(c, sg, cas->elem, unlockf, 2);
      return true;
    }
    if (c->qcount < c->dataqsiz) {
      if (raceenabled) raceacquire(chanbuf(c, c->sendx));
      typedmemmove(c, chanbuf(c, c->sendx), cas->elem);
      if (raceenabled) racerelease(chanbuf(c, c->sendx));
      c->sendx = c->sendx + 1 == c->dataqsiz ? 0 : c->sendx + 1;
      __atomic_store_n(&c->qcount, c->qcount + 1, __ATOMIC_RELAXED);  // for full and empty
      unlockf();
      return true;
    }
  }
  return false;
}

// On g0, gp is _Gwaiting. It must not look at gp's stack; gp->waiting lists the sudogs in lock order.
bool selparkcommit(g* gp, void*) {
  hchan* lastc = nullptr;
  for (sudog* sg = gp->waiting; sg != nullptr; sg = sg->waitlink) {
    // A sudog is somebody else's once its channel is unlocked, its c and waitlink too, and several may have one
    // channel: so a channel is unlocked when the list has gone past its last sudog.
    if (sg->c != lastc && lastc != nullptr) unlock(&lastc->lock);
    lastc = sg->c;
  }
  if (lastc != nullptr) unlock(&lastc->lock);
  return true;
}

}  // namespace

void unlockSelect::operator()() const { selunlock(scases, lockorder, n); }

void block() {
  fromProgram here;
  gopark(nullptr, nullptr, waitReasonSelectNoCases, traceBlockForever, 1);
  throw_("unreachable");
}

selectgoResult selectgo(scase* cas0, uint16* order0, intptr nsends, intptr nrecvs, bool block) {
  fromProgram here;
  g* gp = getg();
  intptr ncases = nsends + nrecvs;
  scase* scases = cas0;
  uint16* pollorder = order0;
  uint16* lockorder = order0 + ncases;

  // The cases in random order, those without a channel left out. A caller with no or one case has simpler means; such a
  // select comes here when channels are nil.
  intptr norder = 0;
  bool allSynctest = true;
  for (intptr i = 0; i < ncases; i++) {
    scase* cas = &scases[i];
    if (cas->c == nullptr) {
      cas->elem = nullptr;
      continue;
    }
    if (cas->c->synctest) {
      if (gp->syncGroup == nullptr) panic_("select on synctest channel from outside bubble");
    } else {
      allSynctest = false;
    }
    if (cas->c->timer != nullptr) cas->c->timer->maybeRunChan();

    uint32 j = selectrandn(static_cast<uint32>(norder + 1));
    pollorder[norder] = pollorder[j];
    pollorder[j] = static_cast<uint16>(i);
    norder++;
  }

  // A wait for channels of the bubble only counts as idle there.
  waitReason reason = gp->syncGroup != nullptr && allSynctest ? waitReasonSynctestSelect : waitReasonSelect;

  // Pass 0, which Go does not have: the first case in the order that can take place, by the lock of its channel alone.
  bool recvOK = false;
  for (intptr n = 0; n < norder; n++) {
    intptr casi = pollorder[n];
    scase* cas = &scases[casi];
    bool isRecv = casi >= nsends;
    if (!maybeReady(cas, isRecv)) continue;
    hchan* c = cas->c;
    lockWithP(&c->lock);
    if (trycase(cas, isRecv, unlockChan{c}, &recvOK)) return {casi, recvOK};
    unlock(&c->lock);
  }

  // Sorted by address. In general with a heap: n log n steps for any input and no memory. It starts from pollorder, so
  // that cases of one channel stand in a random order.
  bool sorted = norder <= countSortMax && countSort(scases, pollorder, lockorder, norder);
  for (intptr i = 0; i < norder && !sorted; i++) {
    intptr j = i;
    uintptr key = sortkey(scases[pollorder[i]].c);
    while (j > 0 && sortkey(scases[lockorder[(j - 1) / 2]].c) < key) {
      intptr k = (j - 1) / 2;
      lockorder[j] = lockorder[k];
      j = k;
    }
    lockorder[j] = pollorder[i];
  }
  for (intptr i = norder - 1; i >= 0 && !sorted; i--) {
    uint16 o = lockorder[i];
    uintptr key = sortkey(scases[o].c);
    lockorder[i] = lockorder[0];
    intptr j = 0;
    for (;;) {
      intptr k = j * 2 + 1;
      if (k >= i) break;
      if (k + 1 < i && sortkey(scases[lockorder[k]].c) < sortkey(scases[lockorder[k + 1]].c)) k++;
      if (key >= sortkey(scases[lockorder[k]].c)) break;
      lockorder[j] = lockorder[k];
      j = k;
    }
    lockorder[j] = o;
  }

  sellock(scases, lockorder, norder);
  unlockSelect unlockf{scases, lockorder, norder};

  // Pass 1: is something ready?
  for (intptr n = 0; n < norder; n++) {
    intptr casi = pollorder[n];
    if (!trycase(&scases[casi], casi >= nsends, unlockf, &recvOK)) continue;
    return {casi, recvOK};
  }

  if (!block) {
    unlockf();
    return {-1, false};
  }

  // Pass 2: on all queues.
  if (gp->waiting != nullptr) throw_("gp.waiting != nil");
  const int64 t0 = profilesBlocking() ? nanotime() : 0;
  sudog** nextp = &gp->waiting;
  for (intptr n = 0; n < norder; n++) {
    intptr casi = lockorder[n];
    scase* cas = &scases[casi];
    hchan* c = cas->c;
    sudog* sg = acquireSudog();
    sg->g = gp;
    sg->isSelect = true;
    sg->elem = cas->elem;
    sg->releasetime = t0 != 0 ? -1 : 0;
    sg->c = c;
    // The list of what this goroutine waits with, in lock order.
    *nextp = sg;
    nextp = &sg->waitlink;

    if (casi < nsends) {
      c->sendq.enqueue(sg);
    } else {
      c->recvq.enqueue(sg);
    }
    if (c->timer != nullptr) blockTimerChan(c);
  }

  gp->param = nullptr;
  gopark(selparkcommit, nullptr, reason, traceBlockSelect, 1);

  sellock(scases, lockorder, norder);

  // Release is enough: who reads it next does so for a sudog that it found on a queue under the channel's lock.
  gp->selectDone.StoreRelease(0);
  sudog* sg = static_cast<sudog*>(gp->param);
  gp->param = nullptr;

  // Pass 3: off the queues of the cases that were not chosen, or they would pile up on quiet channels. The sudogs are
  // linked in lock order.
  intptr casi = -1;
  scase* cas = nullptr;
  bool caseSuccess = false;
  int64 released = 0;
  sudog* sglist = gp->waiting;
  for (sudog* sg1 = sglist; sg1 != nullptr; sg1 = sg1->waitlink) {
    sg1->isSelect = false;
    sg1->elem = nullptr;
    sg1->c = nullptr;
  }
  gp->waiting = nullptr;

  for (intptr n = 0; n < norder; n++) {
    intptr casei = lockorder[n];
    scase* k = &scases[casei];
    if (k->c->timer != nullptr) unblockTimerChan(k->c);
    if (sg == sglist) {
      // Taken off by the one who woke us.
      casi = casei;
      cas = k;
      caseSuccess = sglist->success;
      released = sglist->releasetime;
    } else if (casei < nsends) {
      k->c->sendq.dequeueSudoG(sglist);
    } else {
      k->c->recvq.dequeueSudoG(sglist);
    }
    sudog* sgnext = sglist->waitlink;
    sglist->waitlink = nullptr;
    releaseSudog(sglist);
    sglist = sgnext;
  }

  if (cas == nullptr) throw_("selectgo: bad wakeup");

  unlockf();
  if (released > 0) [[unlikely]] blockevent(released - t0);
  if (casi < nsends) {
    if (!caseSuccess) panic_("send on closed channel");
    return {casi, false};
  }
  return {casi, caseSuccess};
}

selectgoResult reflect_rselect(const runtimeSelect* cases, intptr n) {
  if (n == 0) block();
  if (n > 65536) panic_("reflect.Select: too many cases (max 65536)");
  absl::InlinedVector<scase, 8> sel(static_cast<uintptr>(n));
  absl::InlinedVector<intptr, 8> orig(static_cast<uintptr>(n));
  // Sends from the front, receives from the back.
  intptr nsends = 0;
  intptr nrecvs = 0;
  intptr dflt = -1;
  for (intptr i = 0; i < n; i++) {
    const runtimeSelect& rc = cases[i];
    intptr j = 0;
    switch (rc.dir) {
      case selectDefault:
        dflt = i;
        continue;
      case selectSend:
        j = nsends++;
        break;
      case selectRecv:
        j = n - ++nrecvs;
        break;
    }
    sel[static_cast<uintptr>(j)] = scase{rc.ch, rc.val};
    orig[static_cast<uintptr>(j)] = i;
  }

  if (nsends + nrecvs == 0) return {dflt, false};

  // Closes the gap that a default case left.
  intptr gap = n - nsends - nrecvs;
  if (gap > 0) {
    for (intptr i = nsends; i < nsends + nrecvs; i++) {
      sel[static_cast<uintptr>(i)] = sel[static_cast<uintptr>(i + gap)];
      orig[static_cast<uintptr>(i)] = orig[static_cast<uintptr>(i + gap)];
    }
  }

  absl::InlinedVector<uint16, 16> order(static_cast<uintptr>(2 * (nsends + nrecvs)));
  selectgoResult r = selectgo(sel.data(), order.data(), nsends, nrecvs, dflt == -1);
  r.casi = r.casi < 0 ? dflt : orig[static_cast<uintptr>(r.casi)];
  return r;
}

void waitq::dequeueSudoG(sudog* sgp) {
  sudog* x = sgp->prev;
  sudog* y = sgp->next;
  if (x != nullptr) {
    if (y != nullptr) {
      // Between others.
      x->next = y;
      y->prev = x;
      sgp->next = nullptr;
      sgp->prev = nullptr;
      return;
    }
    // The last.
    x->next = nullptr;
    last = x;
    sgp->prev = nullptr;
    return;
  }
  if (y != nullptr) {
    // The first.
    y->prev = nullptr;
    __atomic_store_n(&first, y, __ATOMIC_RELAXED);  // for full and empty
    sgp->next = nullptr;
    return;
  }
  // Alone on the queue, or off it already.
  if (first == sgp) {
    __atomic_store_n(&first, static_cast<sudog*>(nullptr), __ATOMIC_RELAXED);  // for full and empty
    last = nullptr;
  }
}

}  // namespace runtime
