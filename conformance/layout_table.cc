// The rows of the layout table: every struct of the port that mirrors one of Go's, and
// every field of it, in Go's order.
#include "conformance/layout_table.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "runtime/netpoll.h"
#include "runtime/runtime2.h"
#include "runtime/rwmutex.h"
#include "runtime/select.h"
#include "runtime/sema.h"

namespace conformance {

namespace {

// A name that does not fit, with a NUL behind it, is a compile error.
constexpr layout_row row(std::string_view name, std::int32_t offset, std::int32_t size) {
  layout_row r{{}, offset, size};
  if (name.size() >= sizeof r.name) throw name;
  for (std::size_t i = 0; i < name.size(); i++) r.name[i] = name[i];
  return r;
}

}  // namespace

// LAYOUT(T, fields...) gives the rows of runtime.T; LAYOUT_NAMED those of another package's
// struct. EACH is the usual recursion over __VA_ARGS__.
#define EXPAND(...) EXPAND3(EXPAND3(EXPAND3(EXPAND3(__VA_ARGS__))))
#define EXPAND3(...) EXPAND2(EXPAND2(EXPAND2(EXPAND2(__VA_ARGS__))))
#define EXPAND2(...) EXPAND1(EXPAND1(EXPAND1(EXPAND1(__VA_ARGS__))))
#define EXPAND1(...) __VA_ARGS__
#define DEFER_EACH() EACH_STEP
#define EACH(name, T, ...) __VA_OPT__(EXPAND(EACH_STEP(name, T, __VA_ARGS__)))
#define EACH_STEP(name, T, field, ...) \
  LAYOUT_FIELD(name "." #field, T, field), __VA_OPT__(DEFER_EACH EMPTY() ()(name, T, __VA_ARGS__))
#define EMPTY()

#define LAYOUT_FIELD(name, T, field) \
  row(name, offsetof(T, field), sizeof(std::declval<T&>().field))
#define LAYOUT_NAMED(name, T, ...) \
  row(name, -1, sizeof(T)), EACH(name, T __VA_OPT__(, ) __VA_ARGS__)
#define LAYOUT(T, ...) LAYOUT_NAMED("runtime." #T, T __VA_OPT__(, ) __VA_ARGS__)

// clang-format off
using namespace runtime;

[[gnu::section("gort_layout"), gnu::used]]
constexpr layout_row rows[] = {
  LAYOUT_NAMED("internal/chacha8rand.State", chacha8rand::State, buf, seed, i, n, c)
  LAYOUT_NAMED("internal/runtime/atomic.Bool", atomic::Bool<>, u)
  LAYOUT_NAMED("internal/runtime/atomic.Int32", atomic::Int32<>, value)
  LAYOUT_NAMED("internal/runtime/atomic.Int64", atomic::Int64<>, value)
  LAYOUT_NAMED("internal/runtime/atomic.Uint32", atomic::Uint32<>, value)
  LAYOUT_NAMED("internal/runtime/atomic.Uint64", atomic::Uint64<>, value)
  LAYOUT_NAMED("internal/runtime/atomic.Uint8", atomic::Uint8<>, value)
  LAYOUT_NAMED("internal/runtime/atomic.Uintptr", atomic::Uintptr<>, value)
  LAYOUT(_defer, heap, rangefunc, sp, pc, fn, link, head)
  LAYOUT(_panic, argp, arg, link, startPC, startSP, sp, lr, fp, retpc, deferBitsPtr, slotsPtr,
      recovered, goexit, deferreturn)
  LAYOUT(ancestorInfo, pcs, goid, gopc)
  LAYOUT(coro, gp, f, mp, lockedExt, lockedInt)
  LAYOUT(dlogPerM)
  LAYOUT(eface, _type, data)
  LAYOUT(forcegcstate, lock, g, idle)
  LAYOUT(funcval, fn)
  LAYOUT(g, stack, stackguard0, stackguard1, _panic, _defer, m, sched, syscallsp, syscallpc,
      syscallbp, stktopsp, param, atomicstatus, stackLock, goid, schedlink, waitsince, waitreason,
      preempt, preemptStop, preemptShrink, asyncSafePoint, paniconfault, gcscandone, throwsplit,
      activeStackChans, parkingOnChan, inMarkAssist, coroexit, raceignore, nocgocallback, tracking,
      trackingSeq, trackingStamp, runnableTime, lockedm, fipsIndicator, sig, writebuf, sigcode0,
      sigcode1, sigpc, parentGoid, gopc, ancestors, startpc, racectx, waiting, cgoCtxt, labels, timer,
      sleepWhen, selectDone, goroutineProfiled, coroarg, syncGroup, trace, gcAssistBytes)
  LAYOUT(gList, head)
  LAYOUT(gQueue, head, tail)
  LAYOUT(gTraceState, traceSchedResourceState)
  LAYOUT(gcWork, wbuf1, wbuf2, bytesMarked, heapScanWork, flushedWork)
  LAYOUT(gobuf, sp, pc, g, ctxt, ret, lr, bp)
  LAYOUT(goroutineProfileStateHolder, value)
  LAYOUT(gsignalStack, stack, stackguard0, stackguard1, stktopsp)
  LAYOUT(hchan, qcount, dataqsiz, buf, elemsize, synctest, closed, timer, elemtype, sendx, recvx,
      recvq, sendq, lock)
  LAYOUT(heldLockInfo, lockAddr, rank)
  LAYOUT(iface, tab, data)
  LAYOUT(libcall, fn, n, args, r1, r2, err)
  LAYOUT(limiterEvent, stamp)
  LAYOUT(lockRankStruct)
  LAYOUT(m, g0, morebuf, divmod, _, procid, gsignal, goSigStack, sigmask, tls, mstartfn, curg,
      caughtsig, p, nextp, oldp, id, mallocing, throwing, preemptoff, locks, dying, profilehz,
      spinning, blocked, newSigstack, printlock, incgo, isextra, isExtraInC, isExtraInSig, freeWait,
      needextram, g0StackAccurate, traceback, ncgocall, ncgo, cgoCallersUse, cgoCallers, park,
      alllink, schedlink, lockedg, createstack, lockedExt, lockedInt, mWaitList, mLockProfile,
      profStack, waitunlockf, waitlock, waitTraceSkip, waitTraceBlockReason, syscalltick, freelink,
      trace, libcall, libcallpc, libcallsp, libcallg, winsyscall, vdsoSP, vdsoPC, preemptGen,
      signalPending, pcvalueCache, dlogPerM, mOS, chacha8, cheaprand, locksHeldLen, locksHeld)
  LAYOUT_FIELD("runtime.m._", m, _pad),
  LAYOUT(mLockProfile, waitTime, stack, pending, cycles, cyclesLost, haveStack, disabled)
  LAYOUT(mOS, profileTimer, profileTimerValid, needPerThreadSyscall, vgetrandomState, waitsema)
  LAYOUT(mTraceState, seqlock, buf, link, reentered, oldthrowsplit)
  LAYOUT(mWaitList, next)
  LAYOUT(mutex, lockRankStruct, key)
  LAYOUT(note, key)
  LAYOUT(notifyList, wait, notify, lock, head, tail)
  LAYOUT(p, id, status, link, schedtick, syscalltick, sysmontick, m, mcache, pcache, raceprocctx,
      deferpool, deferpoolbuf, goidcache, goidcacheend, runqhead, runqtail, runq, runnext, gFree,
      gFree.gList, gFree.n, sudogcache, sudogbuf, mspancache, mspancache.len, mspancache.buf,
      pinnerCache, trace, palloc, gcAssistTime, gcFractionalMarkTime, limiterEvent, gcMarkWorkerMode,
      gcMarkWorkerStartTime, gcw, wbBuf, runSafePointFn, statsSeq, timers, maxStackScanDelta,
      scannedStackSize, scannedStacks, preempt, gcStopTime)
  LAYOUT(pTraceState, traceSchedResourceState, mSyscallID, maySweep, inSweep, swept, reclaimed)
  LAYOUT(pageCache, base, cache, scav)
  LAYOUT(pcvalueCache, entries, inUse)
  LAYOUT(pcvalueCacheEnt, targetpc, off, val, valPC)
  LAYOUT(persistentAlloc, base, off)
  LAYOUT(pollDesc, link, fd, fdseq, atomicInfo, rg, wg, lock, closing, rrun, wrun, user, rseq, rt,
      rd, wseq, wt, wd, self)
  LAYOUT(rwmutex, rLock, readers, readerPass, wLock, writer, readerCount, readerWait, readRank)
  LAYOUT(scase, c, elem)
  LAYOUT(schedt, goidgen, lastpoll, pollUntil, lock, midle, nmidle, nmidlelocked, mnext,
      maxmcount, nmsys, nmfreed, ngsys, pidle, npidle, nmspinning, needspinning, runq, runqsize,
      disable, disable.user, disable.runnable, disable.n, gFree, gFree.lock, gFree.stack,
      gFree.noStack, gFree.n, sudoglock, sudogcache, deferlock, deferpool, freem, gcwaiting, stopwait,
      stopnote, sysmonwait, sysmonnote, safePointFn, safePointWait, safePointNote, profilehz,
      procresizetime, totaltime, sysmonlock, timeToRun, idleTime, totalMutexWaitTime,
      stwStoppingTimeGC, stwStoppingTimeOther, stwTotalTimeGC, stwTotalTimeOther,
      totalRuntimeLockWaitTime)
  LAYOUT(semaRoot, lock, treap, nwait)
  LAYOUT(stack, lo, hi)
  LAYOUT(sudog, g, next, prev, elem, acquiretime, releasetime, ticket, isSelect, success, waiters,
      parent, waitlink, waittail, c)
  LAYOUT(synctestGroup, mu, timers, now, root, waiter, waiting, total, running, active)
  LAYOUT(sysmontick, schedtick, syscalltick, schedwhen, syscallwhen)
  LAYOUT(timeHistogram, counts, underflow, overflow)
  LAYOUT(timeTimer, c, init, timer)
  LAYOUT(timer, mu, astate, state, isChan, isFake, blocked, when, period, f, arg, seq, ts,
      sendLock, isSending)
  LAYOUT(timerWhen, timer, when)
  LAYOUT(timers, mu, heap, len, zombies, raceCtx, minWhenHeap, minWhenModified, syncGroup)
  LAYOUT(traceSchedResourceState, statusTraced, seq)
  LAYOUT(waitq, first, last)
  LAYOUT(wbBuf, next, end, buf)
  LAYOUT(winlibcall)
  LAYOUT(worldStop, reason, startedStopping, finishedStopping, stoppingCPUTime)
};
// clang-format on

std::span<const layout_row> layout_table() { return rows; }

std::string to_string(const layout_row& row) {
  std::string s = row.name;
  if (!row.is_struct()) s += " " + std::to_string(row.offset);
  return s + " " + std::to_string(row.size);
}

}  // namespace conformance
