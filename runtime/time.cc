// Timers: Go's time.go.
//
// Every P has a heap of timers (a 4-ary one: half the levels of a binary heap, and the four children share a cache
// line), kept by when. There is no timer thread: whoever schedules on a P first looks at the P's heap (timers::check);
// a P without work looks at the heaps of others; a thread that finds nothing at all sleeps in the network poller until
// the earliest of all heaps. A thread that adds an earlier timer than the sleeper knows of wakes it (wakeNetPoller).
//
// Two locks. timers.mu guards a heap; timer.mu guards a timer. The heap's comes first, so a timer cannot leave its heap
// or move in it while only its own lock is held. Stop and Reset therefore only mark it (timerZombie, timerModified),
// and whoever next holds the heap's lock and meets the mark does the work: cleanHead at the ends of the heap, adjust
// all over it, run at the top.
//   * timerHeaped: it is on t->ts; the heap's entry has a copy of when, which is out of date while timerModified.
//   * astate is the copy of state that the heap's holder reads, to take the timer's lock only if there is a mark.
//   * minWhenHeap is heap[0].when, minWhenModified a lower bound of the new times of marked timers; the next wakeup is
//     the lesser one. Both are read without locks by sleepers-to-be.
//   * When a timer's function runs, no lock is held but the sendLock of a channel's timer.
//
// Timers of channels (time.NewTimer and time.NewTicker) are synchronous: nobody can see a value that was sent before
// the last Stop or Reset. Such a timer is on a heap only while somebody waits on its channel (blocked > 0, kept by
// blockTimerChan and unblockTimerChan); else the receiver itself looks whether it is due (maybeRunChan), which costs a
// forgotten timer nothing. seq counts the changes: a send that was decided before one of them finds another seq under
// sendLock and does not happen. isSending tells Stop that such a send had been decided, so that it can say that it
// prevented it. With GODEBUG=asynctimerchan=1 package time makes timers that know of no channel, and none of this
// applies. That is settled when a timer is made; Go can change its mind later, which is why it has maybeRunAsync.
//
// What differs in C++:
//   * Memory. A timer that newTimer made is counted (timer.refs): a handle, a channel, a heap and a running call hold
//     one each. Who drops the last one frees it, possibly a scheduler on a system stack; what the user gave (the
//     function of AfterFunc) is let go of on a goroutine: see releaseTimer.
//   * A goroutine that sleeps is on the heap itself, without a timer: nobody stops or resets it, so there is nothing to
//     lock or to mark but the heap, and no memory to touch but its g, which must be touched to wake it. Sleepers that
//     are due one after the other come off the heap together (wakeSleepers), and are readied in the same order as in
// Go,
//     while the next ones' memory is on its way into the cache. g.timer is not used.
//   * modify publishes timerModified before it looks at minWhenModified; Go looks first, and if it decides that the
//     bound is low enough, an adjust in between may clear the bound and pass by a timer whose mark is not out yet.
//   * Stores that Go makes sequentially consistent are release stores where the unlock that follows orders them.
#include "runtime/time.h"

#include <time.h>

#include <algorithm>

#include "runtime/boundary.h"
#include "runtime/chan.h"
#include "runtime/os_linux_decl.h"
#include "runtime/proc_decl.h"
#include "runtime/race.h"
#include "runtime/raceignore.h"
#include "runtime/synctest.h"

namespace runtime {

timeNow time_runtimeNow() {
  if (g* gp = getg(); gp != nullptr && gp->syncGroup != nullptr) {
    int64 now = gp->syncGroup->now;
    return {now / 1'000'000'000, static_cast<int32>(now % 1'000'000'000), now};
  }
  if (faketime != faketimeOff) {
    timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return {ts.tv_sec, static_cast<int32>(ts.tv_nsec), faketime};
  }
  // Both clocks go by the same counter, whose reading is what costs. What lies between them changes only when somebody
  // sets the wall clock; it is had from what both showed at the last tick, if that is the same one for both.
  timespec mono, tick, wall, again;
  do {
    clock_gettime(CLOCK_MONOTONIC_COARSE, &tick);
    clock_gettime(CLOCK_REALTIME_COARSE, &wall);
    clock_gettime(CLOCK_MONOTONIC_COARSE, &again);
  } while (tick.tv_nsec != again.tv_nsec || tick.tv_sec != again.tv_sec);
  clock_gettime(CLOCK_MONOTONIC, &mono);
  int64 sec = wall.tv_sec + (mono.tv_sec - tick.tv_sec), nsec = wall.tv_nsec + (mono.tv_nsec - tick.tv_nsec);
  for (; nsec < 0; nsec += 1'000'000'000) sec--;
  for (; nsec >= 1'000'000'000; nsec -= 1'000'000'000) sec++;
  return {sec, static_cast<int32>(nsec), int64{mono.tv_sec} * 1'000'000'000 + mono.tv_nsec};
}

int64 time_runtimeNano() {
  if (g* gp = getg(); gp != nullptr && gp->syncGroup != nullptr) return gp->syncGroup->now;
  return nanotime();
}

void timer::init(timerFunc fn, eface a) {
  lockInit(&mu, lockRankTimer);
  f = fn;
  arg = a;
}

// A timer that is due at `when` went to the head of its heap. Its time must be visible before wakeNetPoller looks for
// who may have missed it: a thread that goes idle says so first (nmspinning, lastpoll) and then reads the heaps' times.
static void wakeForTimer(int64 when) {
  fenceBeforeWake();
  wakeNetPoller(when);
}

void timers::lock() { runtime::lock(&mu); }

// len changes at an unlock only: who deletes the only timer and adds it back in one go must not let pidleput see an
// empty heap in between. Release: the reader that matters is the owner, who goes idle later (pidleput).
void timers::unlock() {
  len.StoreRelease(static_cast<uint32>(heap.len));
  runtime::unlock(&mu);
}

void timer::lock() { runtime::lock(&mu); }

// Release: pairs with the loads of astate by the holder of the heap's lock and by maybeRunChan, who both take the lock
// before they act. Where a later look would be too late, modify has stored it already.
void timer::unlock() {
  astate.StoreRelease(state);
  runtime::unlock(&mu);
}

hchan* timer::channel() {
  if (!isChan) badTimer();
  return static_cast<hchan*>(arg.data);
}

// Does what the marks of t ask for. t is at the top of its heap, and both are locked. Whether anything changed; then t
// may be off the heap, and the caller owes t->unref() if so, after t->unlock().
bool timer::updateHeap() {
  timers* of = ts;
  if (of == nullptr || this != of->heap[0].timer) badTimer();
  if ((state & timerZombie) != 0) {
    state &= static_cast<uint8>(~(timerHeaped | timerZombie | timerModified));
    of->zombies.Add(-1);
    of->deleteMin();
    return true;
  }
  if ((state & timerModified) != 0) {
    state &= static_cast<uint8>(~timerModified);
    of->heap[0].when = when;
    of->siftDown(0);
    of->updateMinWhenHeap();
    return true;
  }
  return false;
}

// Costs debugging time only, so it is off.
inline constexpr bool verifyTimers = false;

// Puts the current goroutine to sleep for at least ns nanoseconds.
void timeSleep(int64 ns) {
  fromProgram here;
  if (ns <= 0) return;

  g* gp = getg();
  synctestGroup* sg = gp->syncGroup;
  int64 now = sg != nullptr ? sg->now : nanotime();
  int64 when;
  if (__builtin_add_overflow(now, ns, &when)) when = maxWhen;
  gp->sleepWhen = when;
  if (sg != nullptr) {
    // Here and now, on a goroutine of the bubble: its clock stands still until this one parks.
    resetForSleep(gp, nullptr);
    gopark(nullptr, nullptr, waitReasonSleep, traceBlockSleep, 1);
  } else {
    gopark(resetForSleep, nullptr, waitReasonSleep, traceBlockSleep, 1);
  }
}

// Called when the goroutine is parked: a short sleep may be over before that, and readying a goroutine that still runs
// would be wrong.
bool resetForSleep(g* gp, void*) {
  m* mp = acquirem();
  timers* ts = gp->syncGroup != nullptr ? &gp->syncGroup->timers : &mp->p.ptr()->timers;
  ts->addSleep(gp, gp->sleepWhen);
  releasem(mp);
  return true;
}

// maybeAdd for a goroutine that sleeps.
void timers::addSleep(g* gp, int64 when) {
  lock();
  cleanHead();
  int64 wake = wakeTime();
  push(timerWhen::ofSleep(gp, when));
  unlock();
  if (wake == 0 || when < wake) wakeForTimer(when);
}

// Go's time.newTimer.
ownedTimer* newTimer(int64 when, int64 period, timerFunc f, eface arg, hchan* c, void (*drop)(void*)) {
  fromProgram here;
  auto* t = new ownedTimer();
  t->timer.init(nullptr, {});
  t->drop = drop;
  t->timer.refs.Store(1);
  t->handles.Store(1);
  if (c != nullptr) {
    lockInit(&t->timer.sendLock, lockRankTimerSend);
    t->timer.isChan = true;
    t->timer.refs.Store(2);
    c->timer = &t->timer;
    if (c->dataqsiz == 0) throw_("invalid timer channel: no capacity");
  }
  t->c = c;
  if (getg()->syncGroup != nullptr) t->timer.isFake = true;
  // The type word of an eface means nothing in C++. Here it leads f from its argument to the timer.
  arg._type = reinterpret_cast<_type*>(t);
  t->timer.modify(when, period, f, arg, 0);
  t->init = true;
  return t;
}

// Go's time.stopTimer.
bool stopTimer(timeTimer* t) {
  fromProgram here;
  if (t->timer.isFake && getg()->syncGroup == nullptr) panic_("stop of synctest timer from outside bubble");
  return t->timer.stop();
}

// Go's time.resetTimer.
bool resetTimer(timeTimer* t, int64 when, int64 period) {
  fromProgram here;
  if (t->timer.isFake && getg()->syncGroup == nullptr) panic_("reset of synctest timer from outside bubble");
  return t->timer.reset(when, period);
}

namespace {

bool isCounted(const timer* t) { return t->refs.LoadAcquire() != 0; }

// The calls of a timer's function that are under way, or just over. t is locked, and counts one handle and no channel.
uint32 inFlight(const timer* t) { return t->refs.Load() - 1 - ((t->state & timerHeaped) != 0 ? 1 : 0); }

ownedTimer* ownerOf(timer* t) {
  auto* tt = reinterpret_cast<timeTimer*>(reinterpret_cast<char*>(t) - offsetof(timeTimer, timer));
  return static_cast<ownedTimer*>(tt);
}

// A goroutine that lets go of what a timer's argument points to.
struct dropper : funcval {
  void (*drop)(void*);
  void* data;
};

void runDropper(funcval* fv) {
  auto* d = static_cast<dropper*>(fv);
  auto drop = d->drop;
  void* data = d->data;
  delete d;
  toProgram out;
  drop(data);
}

}  // namespace

void retainTimer(ownedTimer* t) { t->handles.Add(1); }

// With the last handle nobody stops or resets t from now on. If it is not to fire any more, its argument goes now, on
// this goroutine; else with its last call (time's goFunc hands it to the goroutine that it starts).
void releaseTimer(ownedTimer* t) {
  racerelease(&t->handles);
  if (t->handles.Add(-1) != 0) return;
  fromProgram here;
  raceacquire(&t->handles);
  if (t->drop != nullptr) {
    t->timer.lock();
    bool over = t->timer.when == 0 && inFlight(&t->timer) == 0;
    t->timer.unlock();
    if (over && t->dropped.CompareAndSwap(0, 1)) {
      toProgram out;
      t->drop(t->timer.arg.data);
    }
  }
  t->timer.unref();
}

void timerChanClosing(hchan* c) {
  timer* t = c->timer;
  if (t == nullptr) return;
  t->stop();  // under sendLock, with a new seq: a send is either over, or will not happen
  c->timer = nullptr;
  t->unref();
}

// One fewer can touch t. On any stack, with the heap's lock held or not.
void timer::unref() {
  if (!isCounted(this) || refs.Add(-1) != 0) return;
  ownedTimer* t = ownerOf(this);
  if (t->drop != nullptr && t->dropped.CompareAndSwap(0, 1)) {
    g* gp = getg();
    if (gp == gp->m->curg.plain()) {
      t->drop(arg.data);
    } else {
      // The handle went while the last call was under way, which is over now.
      auto* d = new dropper();
      d->fn = reinterpret_cast<uintptr>(&runDropper);
      d->drop = t->drop;
      d->data = arg.data;
      newproc(d);
    }
  }
  delete t;
}

// Adds t, which belongs on a heap and is on none. The heap is locked, or the world stopped.
void timers::addHeap(runtime::timer* t) {
  if (t->ts != nullptr) throw_("ts set in timer");
  t->ts = this;
  if (isCounted(t)) t->refs.Add(1);
  push({t, t->when});
}

// Puts an entry in its place. The heap is locked, or the world stopped.
void timers::push(timerWhen tw) {
  // Idle threads sleep in the poller until the next timer.
  if (!netpollinited()) [[unlikely]] netpollGenericInit();

  if (heap.len == heap.cap) {
    raceIgnored here;
    auto grown = heap.regrown(std::max<intptr>(2 * heap.cap, 16));
    delete[] heap.array;
    grown.len = heap.len;
    heap = grown;
  }
  heap.push(tw);
  siftUp(heap.len - 1);
  if (tw.timer == heap[0].timer) updateMinWhenHeap();
}

// Stops t, which may be on the heap of any P: there it is only marked. Whether it had not run yet.
bool timer::stop() {
  if (isChan) runtime::lock(&sendLock);

  lock();
  if ((state & timerHeaped) != 0) {
    state |= timerModified;
    if ((state & timerZombie) == 0) {
      state |= timerZombie;
      ts->zombies.Add(1);
    }
  }
  bool pending = when > 0;
  when = 0;

  if (isChan) {
    seq++;
    // A call that was decided on, but has not sent: with this seq it never will, so it counts as stopped.
    if (period == 0 && isSending.Load() > 0) pending = true;
  }
  unlock();
  if (isChan) {
    runtime::unlock(&sendLock);
    if (timerchandrain(channel())) pending = true;
  }
  return pending;
}

// Takes the top off. The heap and the timer there are locked.
void timers::deleteMin() {
  if (!heap[0].isSleep()) {
    runtime::timer* t = heap[0].timer;
    if (t->ts != this) throw_("wrong timers");
    t->ts = nullptr;
  }
  intptr last = heap.len - 1;
  if (last > 0) heap[0] = heap[last];
  heap[last] = {};
  heap.len = last;
  if (last > 0) siftDown(0);
  updateMinWhenHeap();
  if (last == 0) minWhenModified.StoreRelease(0);  // no timers, so none is modified
}

// Changes t and starts it. Whether it was pending: set, and not run yet.
bool timer::modify(int64 newWhen, int64 newPeriod, timerFunc fn, eface a, uintptr newSeq) {
  if (newWhen <= 0) throw_("timer when must be positive");
  if (newPeriod < 0) throw_("timer period must be non-negative");
  racerelease(this);

  if (isChan) runtime::lock(&sendLock);

  lock();
  int64 oldPeriod = period;
  period = newPeriod;
  if (fn != nullptr) {
    f = fn;
    arg = a;
    seq = newSeq;
  }

  bool wake = false;
  bool pending = when > 0;
  when = newWhen;
  if ((state & timerHeaped) != 0) {
    state |= timerModified;
    if ((state & timerZombie) != 0) {
      ts->zombies.Add(-1);
      state &= static_cast<uint8>(~timerZombie);
    }
    // adjust clears minWhenModified, then reads astate. Either this load sees the 0, or adjust sees the mark: both
    // sides store and then load, sequentially consistent.
    astate.Store(state);
    if (int64 min = ts->minWhenModified.Load(); min == 0 || when < min) {
      wake = true;
      ts->updateMinWhenModified(when);
    }
  }

  bool add = needsAdd();

  if (isChan) {
    // As in stop.
    seq++;
    if (oldPeriod == 0 && isSending.Load() > 0) pending = true;
  }
  unlock();
  if (isChan) {
    if (timerchandrain(channel())) pending = true;
    runtime::unlock(&sendLock);
  }

  if (add) maybeAdd();
  if (wake) wakeForTimer(newWhen);
  return pending;
}

// Whether t, which is locked, should be on a heap and is on none. A channel's timer need not be there while nobody
// waits on the channel; in a bubble it must, for the clock is moved to the next timer.
bool timer::needsAdd() { return (state & timerHeaped) == 0 && when > 0 && (!isChan || isFake || blocked > 0); }

// Adds t to this P's heap if it needs to be on one. t is not locked: a heap's lock comes first, and t may have changed
// by the time we have it.
void timer::maybeAdd() {
  m* mp = acquirem();  // it must be this P's heap while we hold its lock
  timers* to;
  if (isFake) {
    synctestGroup* sg = getg()->syncGroup;
    if (sg == nullptr) throw_("invalid timer: fake time but no syncgroup");
    to = &sg->timers;
  } else {
    to = &mp->p.ptr()->timers;
  }
  to->lock();
  to->cleanHead();
  lock();
  int64 newWhen = 0;
  bool wake = false;
  if (needsAdd()) {
    state |= timerHeaped;
    newWhen = when;
    int64 next = to->wakeTime();
    wake = next == 0 || newWhen < next;
    to->addHeap(this);
  }
  unlock();
  to->unlock();
  releasem(mp);
  if (wake) wakeForTimer(newWhen);
}

bool timer::reset(int64 newWhen, int64 newPeriod) { return modify(newWhen, newPeriod, nullptr, {}, 0); }

// Puts the ends of the heap in order, where programs that start and stop timers at a rate leave their marks: the
// timer just added at the end, the next one due at the top. The heap is locked.
void timers::cleanHead() {
  g* gp = getg();
  for (;;) {
    if (heap.len == 0) return;

    // This can go on for long; whoever wants to stop us waits.
    if (gp->preemptStop) return;

    intptr n = heap.len;
    timerWhen end = heap[n - 1];
    if (runtime::timer* t = end.timer; !end.isSleep() && (t->astate.Load() & timerZombie) != 0) {
      t->lock();
      bool gone = (t->state & timerZombie) != 0;
      if (gone) {
        t->state &= static_cast<uint8>(~(timerHeaped | timerZombie | timerModified));
        t->ts = nullptr;
        zombies.Add(-1);
        heap[n - 1] = {};
        heap.len = n - 1;
        if (n == 1) updateMinWhenHeap();
      }
      t->unlock();
      if (gone) t->unref();
      continue;
    }

    if (heap[0].isSleep()) return;
    runtime::timer* t = heap[0].timer;
    if (t->ts != this) throw_("bad ts");
    if ((t->astate.Load() & (timerModified | timerZombie)) == 0) return;

    t->lock();
    bool updated = t->updateHeap();
    bool gone = t->ts == nullptr;
    t->unlock();
    if (gone) t->unref();
    if (!updated) return;
  }
}

// Takes over all timers of src, whose P goes out of use. The world is stopped.
void timers::take(timers* src) {
  if (src->heap.len > 0) {
    for (intptr i = 0; i < src->heap.len; i++) {
      if (src->heap[i].isSleep()) {
        push(src->heap[i]);
        continue;
      }
      runtime::timer* t = src->heap[i].timer;
      t->ts = nullptr;
      if ((t->state & timerZombie) != 0) {
        t->state &= static_cast<uint8>(~(timerHeaped | timerZombie | timerModified));
      } else {
        t->state &= static_cast<uint8>(~timerModified);
        addHeap(t);
      }
      t->astate.Store(t->state);
      t->unref();  // of src
    }
    raceIgnored here;
    delete[] src->heap.array;
    src->heap = {};
    src->zombies.Store(0);
    src->minWhenHeap.Store(0);
    src->minWhenModified.Store(0);
    src->len.Store(0);
    len.Store(static_cast<uint32>(heap.len));
  }
}

uint32 timers::length() const { return len.Load(); }
intptr timers::heaplen() const { return heap.len; }

// Does what all marks ask for, if a modified timer may be due, or if forced. The heap is locked.
void timers::adjust(int64 now, bool force) {
  if (!force) {
    int64 first = minWhenModified.Load();
    if (first == 0 || first > now) {
      if (verifyTimers) verify();
      return;
    }
  }

  // minWhenModified must be 0 before the scan, or changes that come during it are lost; and yet wakeTime must not say a
  // later time than the truth meanwhile. So minWhenHeap, which is ours, bears the lesser of the two until the end.
  minWhenHeap.Store(wakeTime());
  minWhenModified.Store(0);

  bool changed = false;
  for (intptr i = 0; i < heap.len; i++) {
    timerWhen* tw = &heap[i];
    if (tw->isSleep()) continue;
    runtime::timer* t = tw->timer;
    if (t->ts != this) throw_("bad ts");

    if ((t->astate.Load() & (timerModified | timerZombie)) == 0) continue;

    t->lock();
    bool gone = false;
    if ((t->state & timerHeaped) == 0) {
      badTimer();
    } else if ((t->state & timerZombie) != 0) {
      zombies.Add(-1);
      t->state &= static_cast<uint8>(~(timerHeaped | timerZombie | timerModified));
      intptr n = heap.len;
      heap[i] = heap[n - 1];
      heap[n - 1] = {};
      heap.len = n - 1;
      t->ts = nullptr;
      i--;
      changed = gone = true;
    } else if ((t->state & timerModified) != 0) {
      tw->when = t->when;
      t->state &= static_cast<uint8>(~timerModified);
      changed = true;
    }
    t->unlock();
    if (gone) t->unref();
  }

  if (changed) initHeap();
  updateMinWhenHeap();

  if (verifyTimers) verify();
}

// Runs the timers that are due. now is the time, or 0 if the caller has not looked; the result has it if it was needed.
// pollUntil is when the next one is due, always after now; 0 if there is none. On the system stack. The rest of check,
// for which there are timers: the next is due at `next`.
timers::check_result timers::checkDue(int64 now, int64 next) {
  // Many marks to stop on the own heap: clear them. Only the own, to keep away from the locks of others.
  int32 z = zombies.Load();
  if (z < 0) badTimer();
  bool own = this == &getg()->m->p.ptr()->timers;
  bool force = own && z > static_cast<int32>(len.Load()) / 4;

  // Go reads the clock in any case. Here whoever schedules while only far deadlines run reads it when it goes idle.
  if (now == 0 && !force && isFarOff(next)) return {0, next, false};
  if (now == 0) now = nanotime();

  if (now < next && !force) return {now, next, false};

  int64 pollUntil = 0;
  bool ran = false;
  lock();
  if (heap.len > 0) {
    adjust(now, false);
    while (heap.len > 0) {
      // run may unlock the heap in between.
      if (int64 tw = run(now); tw != 0) {
        if (tw > 0) pollUntil = tw;
        break;
      }
      ran = true;
    }

    // The forced round comes after the timers that are due, which cleared some of the marks.
    if (own && zombies.Load() > static_cast<int32>(len.Load()) / 4) adjust(now, true);
  }
  unlock();

  return {now, pollUntil, ran};
}

// Runs the top timer if it is due, or wakes the sleepers at the top that are. 0: it ran, and the heap was unlocked
// meanwhile; -1: there is none; else when the top one is due. The heap is locked. On the system stack.
int64 timers::run(int64 now) {
  for (;;) {
    if (heap.len == 0) return -1;
    timerWhen tw = heap[0];
    if (tw.isSleep()) {
      if (tw.when > now) return tw.when;
      wakeSleepers(now);
      return 0;
    }
    runtime::timer* t = tw.timer;
    if (t->ts != this) throw_("bad ts");

    if ((t->astate.Load() & (timerModified | timerZombie)) == 0 && tw.when > now) return tw.when;

    t->lock();
    if (t->updateHeap()) {
      bool gone = t->ts == nullptr;
      t->unlock();
      if (gone) t->unref();
      continue;
    }

    if ((t->state & timerHeaped) == 0 || (t->state & timerModified) != 0) badTimer();

    if (t->when > now) {
      int64 when = t->when;
      t->unlock();
      return when;
    }

    t->unlockAndRun(now);
    return 0;
  }
}

// What a timer of a bubble does counts as the work of one more goroutine of it. sg may be nullptr.
static void enterBubble(synctestGroup* sg) {
  if (sg == nullptr) return;
  g* gp = getg();
  if (gp->syncGroup != nullptr) throw_("unexpected syncgroup set");
  gp->syncGroup = sg;
  sg->changegstatus(gp, _Gdead, _Grunning);
}

static void exitBubble(synctestGroup* sg) {
  if (sg == nullptr) return;
  g* gp = getg();
  sg->changegstatus(gp, _Grunning, _Gdead);
  gp->syncGroup = nullptr;
}

// Wakes the sleepers at the top of the heap that are due, as many as there are one after the other, up to a handful.
// The heap is locked, but not while they are readied: that may start threads.
void timers::wakeSleepers(int64 now) {
  constexpr int handful = 16;
  g* due[handful];
  int n = 0;
  do {
    g* gp = heap[0].sleeper();
    due[n++] = gp;
    // Its status, and what ready and the run queue look at. It waits, so nobody else writes there.
    __builtin_prefetch(&gp->atomicstatus, 1);
    __builtin_prefetch(&gp->trackingSeq);
    deleteMin();
  } while (n < handful && heap.len > 0 && heap[0].isSleep() && heap[0].when <= now);

  unlock();
  enterBubble(syncGroup);
  for (int i = 0; i < n; i++) ready(due[i], 0, true);
  exitBubble(syncGroup);
  lock();
}

// Runs t's function. t is locked, and unlocked in the end. If it is on a heap, that is
// locked, and locked again in the end, but not while the function runs. On the system stack.
void timer::unlockAndRun(int64 now) {
  if ((state & (timerModified | timerZombie)) != 0) badTimer();
  raceacquire(this);

  timerFunc fn = f;
  eface a = arg;
  uintptr s = seq;
  timers* of = ts;
  bool counted = isCounted(this);
  int64 next = 0;
  int64 delay = now - when;
  if (period > 0) {
    // It stays on the heap, for the first time of its row that is not over yet.
    if (__builtin_mul_overflow(period, 1 + delay / period, &next) || __builtin_add_overflow(when, next, &next)) {
      next = maxWhen;
    }
  }
  when = next;
  // From here to the end of the call somebody of this function must hold t: the heap's reference, if t leaves it.
  if (counted && ((state & timerHeaped) == 0 || next != 0)) refs.Add(1);
  if ((state & timerHeaped) != 0) {
    if (next == 0) {
      // Go marks it as a zombie and lets updateHeap find it: the same, with the count of zombies up and down.
      state &= static_cast<uint8>(~timerHeaped);
      of->deleteMin();
    } else {
      state |= timerModified;
      updateHeap();
    }
  }

  bool once = period == 0;
  if (isChan && once) {
    // stop and modify shall know that a value is on its way.
    if (isSending.Add(1) < 0) throw_("too many concurrent timer firings");
  }

  unlock();
  if (of != nullptr) of->unlock();

  synctestGroup* sg = of != nullptr ? of->syncGroup : nullptr;
  enterBubble(sg);

  bool stale = false;
  if (isChan) {
    // A stop or modify since the unlock has changed seq, under sendLock. Then nothing may be sent any more; else we
    // hold sendLock until it is sent, and they come after.
    runtime::lock(&sendLock);
    if (once && isSending.Add(-1) < 0) throw_("mismatched isSending updates");
    stale = seq != s;
  }

  if (!stale) fn(a, s, delay);

  if (isChan) runtime::unlock(&sendLock);

  exitBubble(sg);

  if (counted) unref();
  if (of != nullptr) of->lock();
}

// Looks whether the heap is one. For verifyTimers.
void timers::verify() {
  for (intptr i = 1; i < heap.len; i++) {
    intptr p = (i - 1) / timerHeapN;
    if (heap[i].when < heap[p].when) {
      print("bad timer heap at ", int64{i}, ": ", int64{p}, ": ", heap[p].when, ", ", int64{i}, ": ", heap[i].when,
            "\n");
      throw_("bad timer heap");
    }
  }
  if (int64 n = len.Load(); heap.len != n) {
    print("timer heap len ", int64{heap.len}, " != atomic len ", n, "\n");
    throw_("bad timer heap len");
  }
}

// The heap is locked, or the world stopped. Release: whoever must not miss an earlier time is either the one that polls
// now, and is told by wakeNetPoller, or looks after it has taken a lock or changed lastpoll, both later than our
// unlock.
void timers::updateMinWhenHeap() { minWhenHeap.StoreRelease(heap.len == 0 ? 0 : heap[0].when); }

// minWhenModified becomes at most when. Without the heap's lock.
void timers::updateMinWhenModified(int64 when) {
  for (;;) {
    int64 old = minWhenModified.Load();
    if (old != 0 && old < when) return;
    if (minWhenModified.CompareAndSwap(old, when)) return;
  }
}

// When the next timer of all Ps is due, or maxWhen. For sysmon and checkdead.
int64 timeSleepUntil() {
  int64 next = maxWhen;
  lock(&allpLock);  // allp must not change
  for (p* pp : allp) {
    if (pp == nullptr) continue;  // procresize has made room for it, and no more yet
    if (int64 w = pp->timers.wakeTime(); w != 0) next = std::min(next, w);
  }
  unlock(&allpLock);
  return next;
}

// The heap's algorithms. Bounds are checked by hand: a program that uses timers without care must end with badTimer,
// not with a fault under a lock.

// Moves the timer at i up to its place.
void timers::siftUp(intptr i) {
  timerWhen* h = heap.array;
  if (i >= heap.len) badTimer();
  timerWhen tw = h[i];
  int64 when = tw.when;
  if (when <= 0) badTimer();
  while (i > 0) {
    intptr p = (i - 1) / timerHeapN;
    if (when >= h[p].when) break;
    h[i] = h[p];
    i = p;
  }
  if (h[i].timer != tw.timer) h[i] = tw;
}

// Moves the timer at i down to its place.
void timers::siftDown(intptr i) {
  timerWhen* h = heap.array;
  intptr n = heap.len;
  if (i >= n) badTimer();
  if (i * timerHeapN + 1 >= n) return;
  timerWhen tw = h[i];
  int64 when = tw.when;
  if (when <= 0) badTimer();
  for (;;) {
    intptr left = i * timerHeapN + 1;
    if (left >= n) break;
    int64 w = when;
    intptr c = -1;
    for (intptr j = left, end = std::min(left + timerHeapN, n); j < end; j++) {
      if (h[j].when < w) {
        w = h[j].when;
        c = j;
      }
    }
    if (c < 0) break;
    h[i] = h[c];
    i = c;
  }
  if (h[i].timer != tw.timer) h[i] = tw;
}

// Makes any order a heap, in linear time: all that have children, the last one first.
void timers::initHeap() {
  if (heap.len <= 1) return;
  for (intptr i = (heap.len - 2) / timerHeapN; i >= 0; i--) siftDown(i);
}

// The structures contradict each other: most likely a program used one timer from several threads without care.
void badTimer() { throw_("timer data corruption"); }

// ---- Timers of channels

// Before an operation that looks at t's channel: sends if t is due and no heap will see to it. t is not locked.
void timer::maybeRunChan() {
  if (isFake) {
    lock();
    synctestGroup* timerGroup = ts != nullptr ? ts->syncGroup : nullptr;
    unlock();
    synctestGroup* sg = getg()->syncGroup;
    if (sg == nullptr) panic_("synctest timer accessed from outside bubble");
    if (timerGroup != nullptr && sg != timerGroup) panic_("timer moved between synctest bubbles");
    return;  // synctest's Run fires it, when its clock gets there
  }
  // On a heap: whoever holds that will run it.
  if ((astate.Load() & timerHeaped) != 0) return;

  lock();
  int64 now = nanotime();
  if ((state & timerHeaped) != 0 || when == 0 || when > now) {
    unlock();
    return;
  }
  systemstack([&] { unlockAndRun(now); });
}

// A goroutine is about to wait on c, and holds the lock of c and perhaps of other channels: t must be on a heap.
void blockTimerChan(hchan* c) {
  timer* t = c->timer;
  if (t->isFake) return;
  t->lock();
  if (!t->isChan) badTimer();

  t->blocked++;

  // The last waiter left not long ago: take its mark back, if the time is still to come.
  if ((t->state & timerHeaped) != 0 && (t->state & timerZombie) != 0 && t->when > 0) {
    t->state &= static_cast<uint8>(~timerZombie);
    t->ts->zombies.Add(-1);
  }

  // maybeAdd would look again, with two more locks.
  bool add = t->needsAdd();
  t->unlock();
  if (add) t->maybeAdd();
}

// A goroutine does not wait on c any more. The last one marks the timer, so that it leaves the heap; it keeps its
// when, for the next one who looks.
void unblockTimerChan(hchan* c) {
  timer* t = c->timer;
  if (t->isFake) return;
  t->lock();
  if (!t->isChan || t->blocked == 0) badTimer();
  t->blocked--;
  if (t->blocked == 0 && (t->state & timerHeaped) != 0 && (t->state & timerZombie) == 0) {
    t->state |= timerZombie;
    t->ts->zombies.Add(1);
  }
  t->unlock();
}

}  // namespace runtime
