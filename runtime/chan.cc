// chan.cc mirrors chan.go: channels.
//
// A channel is a lock, a ring of dataqsiz elements, and two queues of goroutines that wait: senders and receivers.
// At least one of the queues is empty, unless one goroutine selects on both sides. Whoever finds a waiter on the other
// side completes the waiter's operation before its own returns: the value goes straight from the sender's variable to
// the receiver's, past the ring if there is one, and the waiter is readied as this P's next goroutine. Only who finds
// neither a waiter nor room parks. So a value is copied once, and an unbuffered exchange takes one lock and one unlock
// for each of the two.
//
// Locks: an operation holds the one c.lock; a select holds those of all its channels, in the order of their addresses.
// Only a thread that holds a P takes c.lock (lockWithP): a goroutine's, or a timer's that sends.
// A goroutine is readied when no channel is locked. A waiter's sudog belongs to its goroutine again only after it is
// off the queue, and it is taken off under the lock: by the waker, who has thereby taken the right and the duty to
// ready the goroutine (for a select by winning g.selectDone), or by the goroutine itself.
//
// Elements. Go copies bytes. Here channels of trivially copyable elements do too (elemtype is nullptr; eight bytes, the
// most frequent case, are one load and one store). Elements of other types are moved by their own constructor:
//   * a slot of the ring holds an object exactly while it is one of the qcount;
//   * a sender's elem is an object before and after; afterwards it is a moved-from one, and the sender destroys it;
//   * a receiver's elem is raw memory until a value arrives, and stays raw if the channel is closed.
// The constructors run under c.lock, which is why they may neither throw nor call the runtime (api/chan.h checks
// the first).
//
// The end of a channel. C++ has no collector, so an hchan is counted (chanretain, chanrelease), and it has a trap that
// memory must be safe from: unlock is not done with a lock when it has released it. It may still look for a thread that
// sleeps on the lock, and meanwhile another thread may have taken the lock, done the rest, and let go of the
// last hold. An operation is safe, since its caller holds the channel until it returns; but a parking goroutine's
// lock is released for it by the scheduler, and it may be woken and gone before that is over. So the memory of an hchan
// is type-stable: it is kept for other channels, in blocks of one size with the lock at one place, and never given
// back. A late look at the lock then sees some channel's lock, free or not, and waking a thread that sleeps there
// is at worst once too early, which those threads expect.
//
// What is not here: stacks do not move, so nobody asks whether a goroutine is parking on a channel (parkingOnChan,
// activeStackChans) and no barrier tells a collector of a store to another's stack; no profile of blocking
// (blockprofilerate is 0); no GODEBUG=asynctimerchan.
#include "runtime/chan.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

#include "runtime/boundary.h"
#include "runtime/exit.h"
#include "runtime/mprof_decl.h"
#include "runtime/proc_decl.h"
#include "runtime/race.h"
#include "runtime/raceignore.h"
#include "runtime/seam.h"
#include "runtime/select.h"
#include "runtime/time.h"

namespace runtime {

namespace {

constexpr uintptr maxAlloc = uintptr{1} << 48;  // addresses that a program can have
constexpr uintptr hchanSize = sizeof(hchan);

// chanBlock is the memory of one channel, for as long as the program runs.
struct alignas(64) chanBlock {
  uint32 refs = 0;  // who holds the channel; atomic
  hchan c;
  // The ring, if it fits. In a free block: the next one.
  union {
    char room[16];
    chanBlock* next;
  };

  chanBlock() : next(nullptr) {}
};

static_assert(sizeof(chanBlock) == 128 && offsetof(chanBlock, room) % sizeof(chanBlock::room) == 0);

chanBlock* blockOf(hchan* c) {
  return reinterpret_cast<chanBlock*>(reinterpret_cast<char*>(c) - offsetof(chanBlock, c));
}

// blockList is a stack of free blocks.
struct blockList {
  chanBlock* first = nullptr;
  uint32 n = 0;

  void push(chanBlock* b) {
    b->next = first;
    first = b;
    n++;
  }
  chanBlock* pop() {
    chanBlock* b = first;
    if (b != nullptr) {
      first = b->next;
      n--;
    }
    return b;
  }
};

// Every P has a list that its holder alone touches, by id; some more are under freeBlocks.lock. The rest is for
// everybody: threads without a P have only that. Whoever pushes there needs no lock, a compare-and-swap of the head is
// enough, because only one at a time pops (popping). What lies on a P's list or under the lock is bounded: else
// channels that threads without a P make, and goroutines end, would pile up where those threads cannot get them.
constexpr uint32 maxCacheP = 1024;
constexpr uint32 blockBatch = 32;  // blocks that go from list to list at once
constexpr uint32 maxFreeBlocks = 16 * blockBatch;

struct alignas(64) blockCache : blockList {};
blockCache blockCaches[maxCacheP];

struct {
  mutex lock;
  blockList list;
} freeBlocks;

struct {
  chanBlock* first = nullptr;  // atomic
  bool popping = false;        // atomic
} blocksOfAll;

blockCache* cacheOfP() {
  g* gp = getg();
  if (gp == nullptr || gp->m == nullptr) return nullptr;
  p* pp = gp->m->p.ptr();
  if (pp == nullptr || static_cast<uint32>(pp->id) >= maxCacheP) return nullptr;
  return &blockCaches[pp->id];
}

// Those from first to last, which are linked. Any thread. Release: the blocks' contents before their address.
void pushForAll(chanBlock* first, chanBlock* last) {
  last->next = __atomic_load_n(&blocksOfAll.first, __ATOMIC_RELAXED);
  auto& head = blocksOfAll.first;
  while (!__atomic_compare_exchange_n(&head, &last->next, first, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
  }
}

// At most n of them onto to. Any thread: it may have no m that could sleep for a lock, and this takes no time.
void popFromAll(blockList* to, uint32 n) {
  if (__atomic_load_n(&blocksOfAll.first, __ATOMIC_RELAXED) == nullptr) return;
  for (int i = 0; __atomic_test_and_set(&blocksOfAll.popping, __ATOMIC_ACQUIRE); i++) {
    if (i < 100) procyield(1);
    else osyield_no_g();
  }
  for (; n > 0; n--) {
    // Others may push meanwhile, but nobody takes b away, so that its next stays.
    chanBlock* b = __atomic_load_n(&blocksOfAll.first, __ATOMIC_ACQUIRE);
    while (b != nullptr &&
           !__atomic_compare_exchange_n(&blocksOfAll.first, &b, b->next, true, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
    }
    if (b == nullptr) break;
    to->push(b);
  }
  __atomic_clear(&blocksOfAll.popping, __ATOMIC_RELEASE);
}

// blockalloc gives a block with a zero hchan.
chanBlock* blockalloc() {
  blockCache* cache = cacheOfP();
  if (cache == nullptr) {
    blockList one;
    popFromAll(&one, 1);
    if (one.first != nullptr) return one.first;
    return ::new (::operator new(sizeof(chanBlock), std::align_val_t{64})) chanBlock;
  }
  if (chanBlock* b = cache->pop()) return b;
  lock(&freeBlocks.lock);
  while (cache->n < blockBatch) {
    chanBlock* b = freeBlocks.list.pop();
    if (b == nullptr) break;
    cache->push(b);
  }
  unlock(&freeBlocks.lock);
  if (chanBlock* b = cache->pop()) return b;
  popFromAll(cache, blockBatch);
  if (chanBlock* b = cache->pop()) return b;
  auto* b = static_cast<chanBlock*>(::operator new(blockBatch * sizeof(chanBlock), std::align_val_t{64}));
  for (uint32 i = 0; i < blockBatch; i++) ::new (&b[i]) chanBlock;
  for (uint32 i = 1; i < blockBatch; i++) cache->push(&b[i]);
  return b;
}

void blockfree(chanBlock* b) {
  racerelease(b);
  blockCache* cache = cacheOfP();
  if (cache == nullptr) {
    pushForAll(b, b);
    return;
  }
  cache->push(b);
  if (cache->n < 2 * blockBatch) return;
  lock(&freeBlocks.lock);
  while (cache->n > blockBatch && freeBlocks.list.n < maxFreeBlocks) freeBlocks.list.push(cache->pop());
  unlock(&freeBlocks.lock);
  if (cache->n <= blockBatch) return;
  chanBlock* first = cache->first;
  chanBlock* last = cache->pop();
  while (cache->n > blockBatch) last = cache->pop();
  pushForAll(first, last);
}

// The words that the fast paths read without the lock are stored so that a reader sees an old value or the new one.
// Relaxed: what orders them is the lock that they are written under.
template <class T>
void setShared(T& word, T v) {
  __atomic_store_n(&word, v, __ATOMIC_RELAXED);
}

void sendDirect(const hchan* c, sudog* sg, void* src);
void recvDirect(const hchan* c, sudog* sg, void* dst);
bool chanparkcommit(g* gp, void* chanLock);

// The next place of the ring.
uintptr after(const hchan* c, uintptr i) { return i + 1 == c->dataqsiz ? 0 : i + 1; }

bool otherBubble(const sudog* sg) { return sg->g->syncGroup != getg()->syncGroup; }

}  // namespace

void unlockChan::operator()() const { unlock(&c->lock); }

void typedmemmove(const hchan* c, void* dst, void* src) {
  if (c->elemtype != nullptr) {
    c->elemtype->move(dst, src);
  } else if (c->elemsize == sizeof(uint64)) {
    std::memcpy(dst, src, sizeof(uint64));
  } else {
    std::memcpy(dst, src, c->elemsize);
  }
}

void typedmemdestroy(const hchan* c, void* obj) {
  if (c->elemtype != nullptr) c->elemtype->destroy(obj);
}

void typedmemclr(const hchan* c, void* slot) {
  if (c->elemtype != nullptr) return;
  // A close does it to a variable of the receiver's, which waits; nothing is handed over.
  raceIgnored here;
  std::memset(slot, 0, c->elemsize);
}

hchan* makechan(const _type* elem, intptr size) {
  fromAnyThread here;
  if (elem->Size_ >= uintptr{1} << 16) throw_("makechan: invalid channel element type");
  if ((elem->Align_ & (elem->Align_ - 1)) != 0 || elem->Align_ == 0) throw_("makechan: bad alignment");

  uintptr mem;
  if (size < 0 || __builtin_mul_overflow(elem->Size_, static_cast<uintptr>(size), &mem) ||
      mem > maxAlloc - hchanSize) {
    panic_("makechan: size out of range");
  }

  chanBlock* b = blockalloc();
  raceacquire(b);
  hchan* c = &b->c;
  // The ring lies beside the channel if it fits there; an element is no smaller than its alignment.
  c->buf = b->room;
  if (mem > sizeof(b->room)) {
    c->buf = elem->Align_ <= alignof(std::max_align_t) ? std::malloc(mem) : std::aligned_alloc(elem->Align_, mem);
    if (c->buf == nullptr) {
      blockfree(b);
      throw std::bad_alloc();
    }
  }
  c->elemsize = static_cast<uint16>(elem->Size_);
  c->elemtype = elem->move != nullptr ? elem : nullptr;
  c->dataqsiz = static_cast<uintptr>(size);
  g* gp = getg();
  c->synctest = gp != nullptr && gp->syncGroup != nullptr;
  __atomic_store_n(&b->refs, 1, __ATOMIC_RELAXED);
  return c;
}

void chanretain(hchan* c) {
  // Relaxed: whoever retains holds the channel already.
  if (c != nullptr) __atomic_fetch_add(&blockOf(c)->refs, 1, __ATOMIC_RELAXED);
}

// The program's destructor, which may take its time.
static void destroyElement(const hchan* c, void* obj) {
  if (getg() == nullptr) return c->elemtype->destroy(obj);
  toProgram out;
  c->elemtype->destroy(obj);
}

// freechan ends a channel that nobody holds.
static void freechan(hchan* c) {
  if (c->recvq.first != nullptr || c->sendq.first != nullptr) {
    if (isExiting()) return;  // they stand still for good
    throw_("freechan: goroutines wait on a channel that nobody holds");
  }
  raceacquire(c);
  if (c->timer != nullptr) {
    fromProgram here;  // this one needs a goroutine
    timerChanClosing(c);
  }
  if (c->elemtype != nullptr) {
    for (; c->qcount > 0; c->qcount--) {
      destroyElement(c, chanbuf(c, c->recvx));
      c->recvx = after(c, c->recvx);
    }
  }
  chanBlock* b = blockOf(c);
  if (c->buf != b->room) std::free(c->buf);
  // Everything but the lock, which some thread may still look at (see the head of this file).
  c->qcount = 0;
  c->closed = 0;
  c->timer = nullptr;
  c->sendx = c->recvx = 0;
  blockfree(b);
}

void chanrelease(hchan* c) {
  if (c == nullptr) return;
  fromAnyThread here;
  racerelease(c);
  uint32* refs = &blockOf(c)->refs;
  // The only holder needs no locked instruction: nobody else is there to count. Acquire in both cases: what the
  // others did with the channel, which the release of their decrement publishes, comes before its end.
  if (__atomic_load_n(refs, __ATOMIC_ACQUIRE) == 1 || __atomic_fetch_sub(refs, 1, __ATOMIC_ACQ_REL) == 1) freechan(c);
}

// The address of the ring's place i.
void* chanbuf(hchan* c, uintptr i) { return static_cast<char*>(c->buf) + i * c->elemsize; }

// Whether a send on c would block. One read of one word: the answer was true at that moment.
bool full(hchan* c) {
  // dataqsiz does not change.
  if (c->dataqsiz == 0) return __atomic_load_n(&c->recvq.first, __ATOMIC_RELAXED) == nullptr;
  return __atomic_load_n(&c->qcount, __ATOMIC_RELAXED) == c->dataqsiz;
}

// For the profile of waits: sg's wait ends.
inline void noteRelease(sudog* sg) {
  if (sg->releasetime != 0) [[unlikely]] sg->releasetime = nanotime();
}

// c <- x.
void chansend1(hchan* c, void* elem) { chansend(c, elem, true); }

bool chansend(hchan* c, void* ep, bool block) {
  fromProgram here;
  if (c == nullptr) [[unlikely]] {
    if (!block) return false;
    gopark(nullptr, nullptr, waitReasonChanSendNilChan, traceBlockForever, 2);
    throw_("unreachable");
  }
  if (c->synctest && getg()->syncGroup == nullptr) [[unlikely]] {
    panic_("send on synctest channel from outside bubble");
  }

  // A send that would block and may not is refused without the lock. Two relaxed reads: not closed, and full. A closed
  // channel never goes from ready to full (sends to it panic), so if it was full at one moment and open at another,
  // there was a moment when it was both, in whatever order the two were read. Nothing promises that this thread ever
  // sees another's progress, except that the unlock of a receive or a close publishes it.
  if (!block && __atomic_load_n(&c->closed, __ATOMIC_RELAXED) == 0 && full(c)) return false;

  lockWithP(&c->lock);

  if (c->closed != 0) [[unlikely]] {
    unlock(&c->lock);
    panic_("send on closed channel");
  }

  if (sudog* sg = c->recvq.dequeue(); sg != nullptr) {
    // A receiver waits: it gets the value directly, not through the ring.
    send(c, sg, ep, unlockChan{c}, 3);
    return true;
  }

  if (c->qcount < c->dataqsiz) {
    if (raceenabled) raceacquire(chanbuf(c, c->sendx));
    typedmemmove(c, chanbuf(c, c->sendx), ep);
    if (raceenabled) racerelease(chanbuf(c, c->sendx));
    c->sendx = after(c, c->sendx);
    setShared(c->qcount, c->qcount + 1);
    unlock(&c->lock);
    return true;
  }

  if (!block) {
    unlock(&c->lock);
    return false;
  }

  // Wait for a receiver, who will take the value from ep.
  g* gp = getg();
  sudog* mysg = acquireSudog();
  const int64 t0 = profilesBlocking() ? nanotime() : 0;
  mysg->releasetime = t0 != 0 ? -1 : 0;
  mysg->elem = ep;
  mysg->waitlink = nullptr;
  mysg->g = gp;
  mysg->isSelect = false;
  mysg->c = c;
  gp->waiting = mysg;
  gp->param = nullptr;
  c->sendq.enqueue(mysg);
  gopark(chanparkcommit, &c->lock, c->synctest ? waitReasonSynctestChanSend : waitReasonChanSend, traceBlockChanSend,
         2);

  if (mysg != gp->waiting) throw_("G waiting list is corrupted");
  gp->waiting = nullptr;
  bool closed = !mysg->success;
  gp->param = nullptr;
  if (mysg->releasetime > 0) [[unlikely]] blockevent(mysg->releasetime - t0);
  mysg->c = nullptr;
  releaseSudog(mysg);
  if (closed) [[unlikely]] {
    if (__atomic_load_n(&c->closed, __ATOMIC_RELAXED) == 0) throw_("chansend: spurious wakeup");
    panic_("send on closed channel");
  }
  return true;
}

// Completes the receive of sg with the value at ep and wakes it. c is locked and, apart from sg, empty of receivers'
// business: sg has been taken off recvq.
template <class F>
void send(hchan* c, sudog* sg, void* ep, F unlockf, int skip) {
  if (c->synctest && otherBubble(sg)) [[unlikely]] {
    unlockf();
    panic_("send on synctest channel from outside bubble");
  }
  raceacquirefrom(sg->g);
  if (sg->elem != nullptr) {
    sendDirect(c, sg, ep);
    sg->elem = nullptr;
  }
  racereleaseto(sg->g);
  g* gp = sg->g;
  unlockf();
  gp->param = sg;
  sg->success = true;
  noteRelease(sg);
  goready(gp, skip + 1);
}

template void send(hchan*, sudog*, void*, unlockChan, int);
template void send(hchan*, sudog*, void*, unlockSelect, int);

// Only for timers, whose sends do not block: no sender waits for the room that this makes. It is called with the
// timer's sendLock held, so it must not ask the timer whether it is due, as empty does.
bool timerchandrain(hchan* c) {
  if (__atomic_load_n(&c->qcount, __ATOMIC_SEQ_CST) == 0) return false;
  lockWithP(&c->lock);
  bool any = false;
  while (c->qcount > 0) {
    any = true;
    if (raceenabled) raceacquire(chanbuf(c, c->recvx));
    typedmemdestroy(c, chanbuf(c, c->recvx));
    if (raceenabled) racerelease(chanbuf(c, c->recvx));
    c->recvx = after(c, c->recvx);
    setShared(c->qcount, c->qcount - 1);
  }
  unlock(&c->lock);
  return any;
}

namespace {

// The two places where a goroutine writes to the stack of another, or reads it: that one is parked, or on its way
// to it, and cannot go on before the lock is released.
void sendDirect(const hchan* c, sudog* sg, void* src) { typedmemmove(c, sg->elem, src); }

void recvDirect(const hchan* c, sudog* sg, void* dst) { typedmemmove(c, dst, sg->elem); }

}  // namespace

void closechan(hchan* c) {
  fromProgram here;
  if (c == nullptr) panic_("close of nil channel");

  lockWithP(&c->lock);
  if (c->closed != 0) {
    unlock(&c->lock);
    panic_("close of closed channel");
  }
  setShared(c->closed, uint32{1});
  racerelease(&c->closed);

  gList glist;

  // All receivers go, without a value ...
  while (sudog* sg = c->recvq.dequeue()) {
    if (sg->elem != nullptr) {
      typedmemclr(c, sg->elem);
      sg->elem = nullptr;
    }
    g* gp = sg->g;
    gp->param = sg;
    sg->success = false;
    noteRelease(sg);
    racereleaseto(gp);
    glist.push(gp);
  }

  // ... and all senders, to panic.
  while (sudog* sg = c->sendq.dequeue()) {
    sg->elem = nullptr;
    g* gp = sg->g;
    gp->param = sg;
    sg->success = false;
    noteRelease(sg);
    racereleaseto(gp);
    glist.push(gp);
  }
  unlock(&c->lock);

  while (!glist.empty()) {
    g* gp = glist.pop();
    gp->schedlink = 0;
    goready(gp, 3);
  }
}

// Whether a receive from c would block, at one moment; sequentially consistent, see chanrecv.
bool empty(hchan* c) {
  // dataqsiz does not change, and neither does timer, which is set before the first operation; a timer's channel has a
  // ring.
  if (c->dataqsiz == 0) return __atomic_load_n(&c->sendq.first, __ATOMIC_SEQ_CST) == nullptr;
  if (c->timer != nullptr) c->timer->maybeRunChan();
  return __atomic_load_n(&c->qcount, __ATOMIC_SEQ_CST) == 0;
}

// <-c.
void chanrecv1(hchan* c, void* elem) { chanrecv(c, elem, true); }

bool chanrecv2(hchan* c, void* elem) { return chanrecv(c, elem, true).received; }

chanrecvResult chanrecv(hchan* c, void* ep, bool block) {
  fromProgram here;
  if (c == nullptr) [[unlikely]] {
    if (!block) return {false, false};
    gopark(nullptr, nullptr, waitReasonChanReceiveNilChan, traceBlockForever, 2);
    throw_("unreachable");
  }
  if (c->synctest && getg()->syncGroup == nullptr) [[unlikely]] {
    panic_("receive on synctest channel from outside bubble");
  }
  if (c->timer != nullptr) c->timer->maybeRunChan();

  // A receive that would block and may not is refused without the lock: first not ready, then not closed, in this
  // order. Read the other way round, a channel that was open with values, then closed, then emptied would look open and
  // empty, which it never was. The two reads are sequentially consistent; emptying and closing are separate critical
  // sections, whose unlocks they pair with.
  if (!block && empty(c)) {
    // A channel does not open again: not closed now means that it was not closed when it was empty.
    if (__atomic_load_n(&c->closed, __ATOMIC_SEQ_CST) == 0) return {false, false};
    // Closed for good. A value may have come between the two reads.
    if (empty(c)) {
      raceacquire(&c->closed);
      if (ep != nullptr) typedmemclr(c, ep);
      return {true, false};
    }
  }

  lockWithP(&c->lock);

  if (c->closed != 0) [[unlikely]] {
    if (c->qcount == 0) {
      raceacquire(&c->closed);
      unlock(&c->lock);
      if (ep != nullptr) typedmemclr(c, ep);
      return {true, false};
    }
    // Closed, with values left.
  } else if (sudog* sg = c->sendq.dequeue(); sg != nullptr) {
    // A sender waits. Without a ring its value is taken directly; else the oldest value of the ring, whose place
    // gets the sender's.
    recv(c, sg, ep, unlockChan{c}, 3);
    return {true, true};
  }

  if (c->qcount > 0) {
    void* qp = chanbuf(c, c->recvx);
    raceacquire(qp);
    if (ep != nullptr) typedmemmove(c, ep, qp);
    typedmemdestroy(c, qp);
    racerelease(qp);
    c->recvx = after(c, c->recvx);
    setShared(c->qcount, c->qcount - 1);
    unlock(&c->lock);
    return {true, true};
  }

  if (!block) {
    unlock(&c->lock);
    return {false, false};
  }

  // Wait for a sender, who will put the value at ep.
  g* gp = getg();
  sudog* mysg = acquireSudog();
  const int64 t0 = profilesBlocking() ? nanotime() : 0;
  mysg->releasetime = t0 != 0 ? -1 : 0;
  mysg->elem = ep;
  mysg->waitlink = nullptr;
  gp->waiting = mysg;
  mysg->g = gp;
  mysg->isSelect = false;
  mysg->c = c;
  gp->param = nullptr;
  c->recvq.enqueue(mysg);
  if (c->timer != nullptr) blockTimerChan(c);
  gopark(chanparkcommit, &c->lock, c->synctest ? waitReasonSynctestChanReceive : waitReasonChanReceive,
         traceBlockChanRecv, 2);

  if (mysg != gp->waiting) throw_("G waiting list is corrupted");
  if (c->timer != nullptr) unblockTimerChan(c);
  gp->waiting = nullptr;
  if (mysg->releasetime > 0) [[unlikely]] blockevent(mysg->releasetime - t0);
  bool success = mysg->success;
  gp->param = nullptr;
  mysg->c = nullptr;
  releaseSudog(mysg);
  return {true, success};
}

// Completes the send of sg, wakes it, and puts a value at ep: sg's own if there is no ring, else the oldest of the
// ring, which is full, while sg's goes into the place that this frees. c is locked; sg is off sendq.
template <class F>
void recv(hchan* c, sudog* sg, void* ep, F unlockf, int skip) {
  if (c->synctest && otherBubble(sg)) [[unlikely]] {
    unlockf();
    panic_("receive on synctest channel from outside bubble");
  }
  raceacquirefrom(sg->g);
  if (c->dataqsiz == 0) {
    if (ep != nullptr) recvDirect(c, sg, ep);
  } else {
    // The head of the queue is also the place behind its tail.
    void* qp = chanbuf(c, c->recvx);
    raceacquire(qp);
    if (ep != nullptr) typedmemmove(c, ep, qp);
    typedmemdestroy(c, qp);
    typedmemmove(c, qp, sg->elem);
    racerelease(qp);
    c->recvx = after(c, c->recvx);
    c->sendx = c->recvx;
  }
  racereleaseto(sg->g);
  sg->elem = nullptr;
  g* gp = sg->g;
  unlockf();
  gp->param = sg;
  sg->success = true;
  noteRelease(sg);
  goready(gp, skip + 1);
}

template void recv(hchan*, sudog*, void*, unlockChan, int);
template void recv(hchan*, sudog*, void*, unlockSelect, int);

namespace {

// On g0, gp is _Gwaiting. With the unlock gp may be woken, and run on another thread, before unlock has returned.
bool chanparkcommit(g*, void* chanLock) {
  unlock(static_cast<mutex*>(chanLock));
  return true;
}

}  // namespace

// select { case c <- v: ... default: ... }
bool selectnbsend(hchan* c, void* elem) { return chansend(c, elem, false); }

// select { case v, ok = <-c: ... default: ... }
chanrecvResult selectnbrecv(void* elem, hchan* c) { return chanrecv(c, elem, false); }

intptr chanlen(hchan* c) {
  if (c == nullptr) return 0;
  // A timer's channel has a ring of one, but looks as if it had none, so that a value can be taken back from it.
  if (c->timer != nullptr) return 0;
  return static_cast<intptr>(__atomic_load_n(&c->qcount, __ATOMIC_RELAXED));
}

intptr chancap(hchan* c) {
  if (c == nullptr || c->timer != nullptr) return 0;
  return static_cast<intptr>(c->dataqsiz);
}

void waitq::enqueue(sudog* sgp) {
  sgp->next = nullptr;
  sudog* x = last;
  if (x == nullptr) {
    sgp->prev = nullptr;
    setShared(first, sgp);
    last = sgp;
    return;
  }
  sgp->prev = x;
  x->next = sgp;
  last = sgp;
}

sudog* waitq::dequeue() {
  for (;;) {
    sudog* sgp = first;
    if (sgp == nullptr) return nullptr;
    sudog* y = sgp->next;
    if (y == nullptr) {
      setShared(first, y);
      last = nullptr;
    } else {
      y->prev = nullptr;
      setShared(first, y);
      sgp->next = nullptr;  // says to dequeueSudoG that it is off
    }
    // A select waits on several queues. After another case of it was won, and before its goroutine has taken the locks
    // to leave the other queues, it can be met here: then it is none of ours.
    if (sgp->isSelect && !sgp->g->selectDone.CompareAndSwap(0, 1)) continue;
    return sgp;
  }
}

}  // namespace runtime
