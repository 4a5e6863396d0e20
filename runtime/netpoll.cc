// The part of the network poller that does not depend on the system: Go's netpoll.go.
//
// A descriptor does not block. A goroutine tries its read or write; if the kernel says EAGAIN it parks here, and
// netpoll, which the scheduler calls when it has nothing better to do, makes it runnable when the kernel has told that
// the descriptor is ready. So a thousand connections that wait cost a thousand parked goroutines and no thread.
//
// A pollDesc has two binary semaphores, rg for who reads and wg for who writes, each a word that is
//   pdNil     nobody waits and nothing is known
//   pdReady   a notice has come that nobody has used; who comes to wait takes it and goes on
//   pdWait    a goroutine is about to park, but still runs
//   a g       that goroutine is parked
// A notice turns anything into pdReady, a deadline or a close turns a waiter into pdNil; both ready the g, if it is
// one.
//
// The race that must not be lost: who waits says pdWait and then looks whether the descriptor is closing or its time is
// over; who closes or lets the time run out stores that first (publishInfo) and then looks at rg and wg. All four are
// sequentially consistent, so one of the two sees the other. The waiter cannot take pd.lock for its look, it may be a
// goroutine that netpoll readies under no lock at all: hence the summary in atomicInfo.
//
// Notices may come late: epoll hands over one that it had when the descriptor was closed. So a pollDesc's memory stays
// a pollDesc for ever (pollcache), and a notice carries the fdseq under which it was asked for; another one is dropped.
// Timers are late in the same way: rseq and wseq are moved by whatever makes an old one void.
//
// netpollWaiters counts those that are parked here. The scheduler blocks in netpoll only if there are some, so a
// goroutine is counted out only when it can be run by somebody: delta is handed up to whoever makes it runnable.
#include "runtime/netpoll.h"

#include <new>

#include "runtime/boundary.h"
#include "runtime/netpoll_decl.h"
#include "runtime/os_linux_decl.h"
#include "runtime/proc_decl.h"
#include "runtime/raceignore.h"
#include "runtime/tagptr_64bit.h"
#include "runtime/time.h"

namespace runtime {

static bool netpollblock(pollDesc* pd, int32 mode, bool waitio);
static g* netpollunblock(pollDesc* pd, int32 mode, bool ioready, int32* delta);
static pollError netpollcheckerr(pollDesc* pd, int32 mode);
static void netpollgoready(g* gp, int traceskip);
static void setDeadline(pollDesc* pd, int64 d, int32 mode);
static void netpollDeadline(eface arg, uintptr seq, int64 delay);
static void netpollReadDeadline(eface arg, uintptr seq, int64 delay);
static void netpollWriteDeadline(eface arg, uintptr seq, int64 delay);
// Whether the timer of a deadline d0 cannot be left as it is for d: setDeadline.
static constexpr bool needsTimer(int64 d0, int64 d) { return d != d0 && (d0 <= 0 || d < d0); }

static constexpr uintptr pollBlockSize = 4 * 1024;

// After closing was set, or rd or wd went below 0 or came back: before the lock is given back, and before
// netpollunblock, since it is what keeps a goroutine from parking anew.
void pollDesc::publishInfo() {
  uint32 info = static_cast<uint32>(fdseq.Load() & pollFDSeqMask) << pollFDSeqShift;
  if (closing) info |= pollClosing;
  if (rd < 0) info |= pollExpiredReadDeadline;
  if (wd < 0) info |= pollExpiredWriteDeadline;
  uint32 x = atomicInfo.Load();
  // Mostly it says so already: a deadline was moved on.
  while ((x & ~(pollEventErr | pollHungUp)) != info &&
         !atomicInfo.CompareAndSwap(x, (x & (pollEventErr | pollHungUp)) | info)) {
    x = atomicInfo.Load();
  }
}

void pollDesc::setEventErr(bool b, uintptr seq) {
  for (;;) {
    uint32 x = atomicInfo.Load();
    if (seq != 0 && ((x >> pollFDSeqShift) & pollFDSeqMask) != (seq & pollFDSeqMask)) return;
    if (((x & pollEventErr) != 0) == b || atomicInfo.CompareAndSwap(x, x ^ pollEventErr)) return;
  }
}

void pollDesc::setHungUp(uintptr seq) {
  for (;;) {
    uint32 x = atomicInfo.Load();
    if (((x >> pollFDSeqShift) & pollFDSeqMask) != (seq & pollFDSeqMask)) return;
    if ((x & pollHungUp) != 0 || atomicInfo.CompareAndSwap(x, x | pollHungUp)) return;
  }
}

// The free ones.
struct pollCache {
  mutex lock;
  pollDesc* first = nullptr;  // under lock

  void free(pollDesc* pd);
  pollDesc* alloc();
};

static mutex netpollInitLock;
atomic::Uint32<> netpollInited;
static pollCache pollcache;
atomic::Uint32<> netpollWaiters;

void poll_runtime_pollServerInit() {
  fromProgram here;
  netpollGenericInit();
}

// Makes the poller, once. The store pairs with the load in netpollinited: who sees 1 sees the poller.
void netpollGenericInit() {
  if (netpollInited.Load() != 0) return;
  lockInit(&netpollInitLock, lockRankNetpollInit);
  lockInit(&pollcache.lock, lockRankPollCache);
  lock(&netpollInitLock);
  if (netpollInited.Load() == 0) {
    netpollinit();
    netpollInited.Store(1);
  }
  unlock(&netpollInitLock);
}

bool poll_runtime_isPollServerDescriptor(uintptr fd) { return netpollIsPollDescriptor(fd); }

pollDesc* poll_runtime_pollOpen(uintptr fd, int& err) {
  fromProgram here;
  pollDesc* pd = pollcache.alloc();
  lock(&pd->lock);
  if (pd->wg.Load() > pdReady) throw_("runtime: blocked write on free polldesc");
  if (pd->rg.Load() > pdReady) throw_("runtime: blocked read on free polldesc");
  pd->fd = fd;
  if (pd->fdseq.Load() == 0) pd->fdseq.Store(1);  // setEventErr has another use for 0
  pd->closing = false;
  pd->setEventErr(false, 0);
  pd->atomicInfo.And(~pollHungUp);
  pd->rseq++;
  pd->rg.Store(pdNil);
  pd->rd = 0;
  pd->wseq++;
  pd->wg.Store(pdNil);
  pd->wd = 0;
  pd->self = pd;
  pd->publishInfo();
  unlock(&pd->lock);

  err = netpollopen(fd, pd);
  if (err != 0) {
    pollcache.free(pd);
    return nullptr;
  }
  return pd;
}

void poll_runtime_pollClose(pollDesc* pd) {
  fromProgram here;
  if (!pd->closing) throw_("runtime: close polldesc w/o unblock");
  if (pd->wg.Load() > pdReady) throw_("runtime: blocked write on closing polldesc");
  if (pd->rg.Load() > pdReady) throw_("runtime: blocked read on closing polldesc");
  netpollclose(pd->fd);
  pollcache.free(pd);
}

void pollCache::free(pollDesc* pd) {
  // Nobody shares pd now; but publishInfo wants the lock.
  runtime::lock(&pd->lock);
  // A netpoll that is under way must not take pd for ready.
  pd->fdseq.Store((pd->fdseq.Load() + 1) & ((uintptr{1} << taggedPointerBits) - 1));
  pd->publishInfo();
  unlock(&pd->lock);

  runtime::lock(&lock);
  pd->link = first;
  first = pd;
  unlock(&lock);
}

pollError poll_runtime_pollReset(pollDesc* pd, int32 mode) {
  if (pollError err = netpollcheckerr(pd, mode); err != pollNoError) return err;
  if (mode == pollRead) {
    pd->rg.Store(pdNil);
  } else if (mode == pollWrite) {
    pd->wg.Store(pdNil);
  }
  return pollNoError;
}

pollError poll_runtime_pollWait(pollDesc* pd, int32 mode) {
  fromProgram here;
  if (pollError err = netpollcheckerr(pd, mode); err != pollNoError) return err;
  while (!netpollblock(pd, mode, false)) {
    if (pollError err = netpollcheckerr(pd, mode); err != pollNoError) return err;
    // The time was over, and was moved on before we ran: as if it had not happened.
  }
  return pollNoError;
}

void poll_runtime_pollWaitCanceled(pollDesc* pd, int32 mode) {
  fromProgram here;
  while (!netpollblock(pd, mode, true)) {
  }
}

void poll_runtime_pollSetDeadline(pollDesc* pd, int64 d, int32 mode) {
  fromProgram here;
  if (d > 0 && __builtin_add_overflow(d, nanotime(), &d)) d = INT64_MAX;
  setDeadline(pd, d, mode);
}

void poll_runtime_pollSetDeadlineAt(pollDesc* pd, int64 when, int32 mode) {
  fromProgram here;
  if (getg()->syncGroup != nullptr) {
    // Its clock says how long it is until then; how long that takes, ours.
    int64 d = when - time_runtimeNano();
    poll_runtime_pollSetDeadline(pd, d != 0 ? d : -1, mode);
    return;
  }
  setDeadline(pd, isFarOff(when) || when > nanotime() ? when : -1, mode);
}

// d: by our clock; 0: none, < 0: over.
//
// One thing is not Go's. Who sets a deadline for each operation moves it on again and again, and never comes to see it
// pass. So a timer that runs is left alone when its deadline moves on: when it is due, netpolldeadlineimpl finds that
// there is more time, and sets it anew. Go changes the timer each time; but there, too, the heap keeps the old time
// until that is due (timerModified), so whoever sleeps until the next timer is woken just as often.
static void setDeadline(pollDesc* pd, int64 d, int32 mode) {
  lock(&pd->lock);
  if (pd->closing) {
    unlock(&pd->lock);
    return;
  }
  const int64 rd0 = pd->rd, wd0 = pd->wd;
  const bool combo0 = rd0 > 0 && rd0 == wd0;
  if (mode == pollRead || mode == pollBoth) pd->rd = d;
  if (mode == pollWrite || mode == pollBoth) pd->wd = d;
  pd->publishInfo();
  // One timer serves both if they end at the same time: the read one.
  const bool combo = pd->rd > 0 && pd->rd == pd->wd;
  timerFunc rtf = combo ? netpollDeadline : netpollReadDeadline;
  if (!pd->rrun) {
    if (pd->rd > 0) {
      // The timer carries the seq under which it was set.
      pd->rt.modify(pd->rd, 0, rtf, pd->makeArg(), pd->rseq);
      pd->rrun = true;
    }
  } else if (needsTimer(rd0, pd->rd) || combo != combo0) {
    pd->rseq++;  // the timer that was set means nothing now
    if (pd->rd > 0) {
      pd->rt.modify(pd->rd, 0, rtf, pd->makeArg(), pd->rseq);
    } else {
      pd->rt.stop();
      pd->rrun = false;
    }
  }
  if (!pd->wrun) {
    if (pd->wd > 0 && !combo) {
      pd->wt.modify(pd->wd, 0, netpollWriteDeadline, pd->makeArg(), pd->wseq);
      pd->wrun = true;
    }
  } else if (needsTimer(wd0, pd->wd) || combo != combo0) {
    pd->wseq++;
    if (pd->wd > 0 && !combo) {
      pd->wt.modify(pd->wd, 0, netpollWriteDeadline, pd->makeArg(), pd->wseq);
    } else {
      pd->wt.stop();
      pd->wrun = false;
    }
  }
  // A deadline in the past ends what waits now.
  int32 delta = 0;
  g* rg = nullptr;
  g* wg = nullptr;
  if (pd->rd < 0) rg = netpollunblock(pd, pollRead, false, &delta);
  if (pd->wd < 0) wg = netpollunblock(pd, pollWrite, false, &delta);
  unlock(&pd->lock);
  if (rg != nullptr) netpollgoready(rg, 3);
  if (wg != nullptr) netpollgoready(wg, 3);
  netpollAdjustWaiters(delta);
}

void poll_runtime_pollUnblock(pollDesc* pd) {
  fromProgram here;
  lock(&pd->lock);
  if (pd->closing) throw_("runtime: unblock on closing polldesc");
  pd->closing = true;
  pd->rseq++;
  pd->wseq++;
  pd->publishInfo();
  int32 delta = 0;
  g* rg = netpollunblock(pd, pollRead, false, &delta);
  g* wg = netpollunblock(pd, pollWrite, false, &delta);
  if (pd->rrun) {
    pd->rt.stop();
    pd->rrun = false;
  }
  if (pd->wrun) {
    pd->wt.stop();
    pd->wrun = false;
  }
  unlock(&pd->lock);
  if (rg != nullptr) netpollgoready(rg, 3);
  if (wg != nullptr) netpollgoready(wg, 3);
  netpollAdjustWaiters(delta);
}

int32 netpollready(gList* toRun, pollDesc* pd, int32 mode) {
  int32 delta = 0;
  g* rg = nullptr;
  g* wg = nullptr;
  if (mode == pollRead || mode == pollBoth) rg = netpollunblock(pd, pollRead, true, &delta);
  if (mode == pollWrite || mode == pollBoth) wg = netpollunblock(pd, pollWrite, true, &delta);
  if (rg != nullptr) toRun->push(rg);
  if (wg != nullptr) toRun->push(wg);
  return delta;
}

static pollError netpollcheckerr(pollDesc* pd, int32 mode) {
  pollInfo info = pd->info();
  if (info.closing()) return pollErrClosing;
  if ((mode == pollRead && info.expiredReadDeadline()) || (mode == pollWrite && info.expiredWriteDeadline())) {
    return pollErrTimeout;
  }
  // Who writes gets a better error from the write itself.
  if (mode == pollRead && info.eventErr()) return pollErrNotPollable;
  return pollNoError;
}

// On g0, when gp is parked.
static bool netpollblockcommit(g* gp, void* gpp) {
  if (!static_cast<atomic::Uintptr<>*>(gpp)->CompareAndSwap(pdWait, reinterpret_cast<uintptr>(gp))) return false;
  // The scheduler blocks in netpoll only if somebody waits for it.
  netpollAdjustWaiters(1);
  return true;
}

static void netpollgoready(g* gp, int traceskip) { goready(gp, traceskip + 1); }

// Whether fd is ready; false: the deadline or a close ended it. waitio: nothing but readiness counts. One goroutine at
// a time for each mode.
static bool netpollblock(pollDesc* pd, int32 mode, bool waitio) {
  atomic::Uintptr<>* gpp = mode == pollWrite ? &pd->wg : &pd->rg;

  for (;;) {
    if (gpp->CompareAndSwap(pdReady, pdNil)) return true;  // a notice that came before
    if (gpp->CompareAndSwap(pdNil, pdWait)) break;
    // Nothing else may be here, and we would try for ever.
    if (uintptr v = gpp->Load(); v != pdReady && v != pdNil) throw_("runtime: double wait");
  }

  // Only now, behind pdWait: see the head of this file.
  if (waitio || netpollcheckerr(pd, mode) == pollNoError) {
    gopark(netpollblockcommit, gpp, waitReasonIOWait, traceBlockNet, 5);
  }
  // A notice may have come in between.
  uintptr old = gpp->Swap(pdNil);
  if (old > pdWait) throw_("runtime: corrupted polldesc");
  return old == pdReady;
}

// Whoever waits in that mode, now the caller's to ready; nullptr if nobody is parked. ioready: leaves a notice.
static g* netpollunblock(pollDesc* pd, int32 mode, bool ioready, int32* delta) {
  atomic::Uintptr<>* gpp = mode == pollWrite ? &pd->wg : &pd->rg;

  for (;;) {
    uintptr old = gpp->Load();
    if (old == pdReady) return nullptr;
    // Who comes later looks for the deadline and the close by itself.
    if (old == pdNil && !ioready) return nullptr;
    if (!gpp->CompareAndSwap(old, ioready ? pdReady : pdNil)) continue;
    if (old == pdNil || old == pdWait) return nullptr;
    *delta -= 1;
    return reinterpret_cast<g*>(old);
  }
}

static void netpolldeadlineimpl(pollDesc* pd, uintptr seq, bool read, bool write) {
  lock(&pd->lock);
  if (seq != (read ? pd->rseq : pd->wseq)) {
    // The deadline was moved, or pd is another descriptor's now.
    unlock(&pd->lock);
    return;
  }
  if (int64 d = read ? pd->rd : pd->wd; d > nanotime()) {
    // It was moved on, and the timer left alone: setDeadline.
    if (!read) {
      pd->wt.modify(d, 0, netpollWriteDeadline, pd->makeArg(), seq);
    } else {
      pd->rt.modify(d, 0, write ? netpollDeadline : netpollReadDeadline, pd->makeArg(), seq);
    }
    unlock(&pd->lock);
    return;
  }
  int32 delta = 0;
  g* rg = nullptr;
  if (read) {
    if (pd->rd <= 0 || !pd->rrun) throw_("runtime: inconsistent read deadline");
    pd->rd = -1;
    pd->publishInfo();
    rg = netpollunblock(pd, pollRead, false, &delta);
  }
  g* wg = nullptr;
  if (write) {
    if (pd->wd <= 0 || (!pd->wrun && !read)) throw_("runtime: inconsistent write deadline");
    pd->wd = -1;
    pd->publishInfo();
    wg = netpollunblock(pd, pollWrite, false, &delta);
  }
  unlock(&pd->lock);
  if (rg != nullptr) netpollgoready(rg, 0);
  if (wg != nullptr) netpollgoready(wg, 0);
  netpollAdjustWaiters(delta);
}

static void netpollDeadline(eface arg, uintptr seq, int64) {
  netpolldeadlineimpl(static_cast<pollDesc*>(arg.data), seq, true, true);
}

static void netpollReadDeadline(eface arg, uintptr seq, int64) {
  netpolldeadlineimpl(static_cast<pollDesc*>(arg.data), seq, true, false);
}

static void netpollWriteDeadline(eface arg, uintptr seq, int64) {
  netpolldeadlineimpl(static_cast<pollDesc*>(arg.data), seq, false, true);
}

void netpollAdjustWaiters(int32 delta) {
  if (delta != 0) netpollWaiters.Add(delta);
}

pollDesc* pollCache::alloc() {
  runtime::lock(&lock);
  if (first == nullptr) {
    // Never given back: the system may name one of these at any time.
    constexpr uintptr n = pollBlockSize / sizeof(pollDesc);
    raceIgnored here;
    pollDesc* block = new (std::nothrow) pollDesc[n];
    if (block == nullptr) throw_("runtime: cannot allocate memory");
    for (uintptr i = 0; i < n; i++) {
      lockInit(&block[i].lock, lockRankPollDesc);
      block[i].rt.init(nullptr, {});
      block[i].wt.init(nullptr, {});
      block[i].link = first;
      first = &block[i];
    }
  }
  pollDesc* pd = first;
  first = pd->link;
  unlock(&lock);
  return pd;
}

}  // namespace runtime
