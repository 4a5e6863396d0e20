// The scheduler's world: goroutines (g), threads (m), processors (p), and what they share
// (schedt). Layouts are Go 1.24's to the byte on linux/amd64 and linux/arm64, which a test
// holds against the DWARF of real Go binaries; fields stand in Go's order and under Go's
// names. A field that is read or written by several threads has a type of the seam.
#pragma once

#include "runtime/chan.h"
#include "runtime/coro.h"
#include "runtime/debuglog_off.h"
#include "runtime/histogram.h"
#include "runtime/internal/chacha8rand.h"
#include "runtime/internal/goarch.h"
#include "runtime/lfstack.h"
#include "runtime/lock_spinbit.h"
#include "runtime/malloc.h"
#include "runtime/mgc.h"
#include "runtime/mgclimit.h"
#include "runtime/mgcwork.h"
#include "runtime/mpagecache.h"
#include "runtime/mprof.h"
#include "runtime/mwbbuf.h"
#include "runtime/nonwindows_stub.h"
#include "runtime/os_linux.h"
#include "runtime/panic.h"
#include "runtime/proc.h"
#include "runtime/runtime2_base.h"
#include "runtime/signal_unix.h"
#include "runtime/slice.h"
#include "runtime/stack.h"
#include "runtime/string.h"
#include "runtime/symtab.h"
#include "runtime/synctest.h"
#include "runtime/time.h"
#include "runtime/traceruntime.h"
#include "seam/atomic.h"
#include "seam/list.h"
#include "seam/mask.h"

namespace runtime {

// A goroutine's status. It says who owns the goroutine's stack, too.
enum : uint32 {
  _Gidle,             // just allocated
  _Grunnable,         // on a run queue; runs no code
  _Grunning,          // has an M and a P; owns its stack; on no queue
  _Gsyscall,          // in a system call; has an M; owns its stack; on no queue
  _Gwaiting,          // parked; whoever parked it will ready it
  _Gmoribund_unused,  // the number is known to debuggers
  _Gdead,             // not in use: exited, being made, or on a free list
  _Genqueue_unused,
  _Gcopystack,   // its stack is being moved
  _Gpreempted,   // stopped itself at a preemption; somebody must take it to _Gwaiting and ready it
  _Gscan = 0x1000,  // added to a status: the stack is being scanned, the bit's owner owns it
  _Gscanrunnable = _Gscan + _Grunnable,
  _Gscanrunning = _Gscan + _Grunning,
  _Gscansyscall = _Gscan + _Gsyscall,
  _Gscanwaiting = _Gscan + _Gwaiting,
  _Gscanpreempted = _Gscan + _Gpreempted,
};

// A processor's status.
enum : uint32 {
  _Pidle,     // runs nothing; on the idle list, or being moved
  _Prunning,  // owned by an M
  _Psyscall,  // its M is in a system call; anybody may take it by a Cas
  _Pgcstop,   // halted for a stopped world, by the M that stopped it
  _Pdead,     // GOMAXPROCS shrank; kept for reuse
};

// setGNoWB and setMNoWB are plain stores here: C++ has no write barriers to leave out.
inline void setGNoWB(g** gp, g* to) { *gp = to; }
inline void setMNoWB(m** mp, m* to) { *mp = to; }

// gobuf is where a goroutine that does not run goes on. The assembly knows its offsets.
struct gobuf {
  uintptr sp = 0;
  uintptr pc = 0;
  guintptr g;
  void* ctxt = nullptr;  // the funcval of a goroutine that has not started
  uintptr ret = 0;
  uintptr lr = 0;  // arm64's link register
  uintptr bp = 0;
};

static_assert(sizeof(gobuf) == 56);

// The assembly is jumped to, for a call that never returns would be one too many for the processor's prediction of
// returns (asm_amd64.S). A nil g faults here, where the stack still tells who asked.
[[noreturn, gnu::always_inline]] inline void gogo(gobuf* buf) {
  asm volatile("" ::"r"(*reinterpret_cast<const volatile char*>(buf->g.ptr())));
#if defined(__x86_64__)
  asm volatile("jmp gogo@PLT" ::"D"(buf) : "memory");
#else
  register gobuf* x0 asm("x0") = buf;
  asm volatile("b gogo" ::"r"(x0) : "memory");
#endif
  __builtin_unreachable();
}

// sudog is a g in a wait list: many gs may wait on one object, and one g on many (select).
struct sudog {
  runtime::g* g = nullptr;

  // Under the lock of the channel, or of the semaRoot.
  sudog* next = nullptr;
  sudog* prev = nullptr;
  void* elem = nullptr;  // the data to send or the place to receive; the address of a semaphore

  // Never read and written at the same time: for a channel only g touches waitlink, for a
  // semaphore everything is under the semaRoot's lock.
  int64 acquiretime = 0;
  int64 releasetime = 0;
  uint32 ticket = 0;      // treap priority; 1 for a direct hand-off
  bool isSelect = false;  // g waits in a select: it must be won by Cas of g->selectDone
  bool success = false;   // woken by a value, not by close
  uint16 waiters = 0;     // in a semaRoot's head of list: its length, cut at the type's maximum

  sudog* parent = nullptr;    // treap
  sudog* waitlink = nullptr;  // g->waiting's list, or a semaRoot's
  sudog* waittail = nullptr;  // semaRoot
  hchan* c = nullptr;
};

static_assert(sizeof(sudog) == 88);

// libcall is a call through the C library where Go has no system calls; Linux has them.
struct libcall {
  uintptr fn = 0;
  uintptr n = 0;
  uintptr args = 0;
  uintptr r1 = 0;
  uintptr r2 = 0;
  uintptr err = 0;
};

static_assert(sizeof(libcall) == 48);

// heldLockInfo is for lock ranking, which is off.
struct heldLockInfo {
  uintptr lockAddr = 0;
  lockRank rank = lockRankUnknown;
};

static_assert(sizeof(heldLockInfo) == 16);

// ancestorInfo is one of a goroutine's forebears (GODEBUG=tracebackancestors).
struct ancestorInfo {
  slice<uintptr> pcs;
  uint64 goid = 0;
  uintptr gopc = 0;
};

static_assert(sizeof(ancestorInfo) == 40);

// waitReason is why a goroutine waits: what a goroutine dump shows in brackets.
enum waitReason : uint8 {
  waitReasonZero,
  waitReasonGCAssistMarking,
  waitReasonIOWait,
  waitReasonChanReceiveNilChan,
  waitReasonChanSendNilChan,
  waitReasonDumpingHeap,
  waitReasonGarbageCollection,
  waitReasonGarbageCollectionScan,
  waitReasonPanicWait,
  waitReasonSelect,
  waitReasonSelectNoCases,
  waitReasonGCAssistWait,
  waitReasonGCSweepWait,
  waitReasonGCScavengeWait,
  waitReasonChanReceive,
  waitReasonChanSend,
  waitReasonFinalizerWait,
  waitReasonForceGCIdle,
  waitReasonSemacquire,
  waitReasonSleep,
  waitReasonSyncCondWait,
  waitReasonSyncMutexLock,
  waitReasonSyncRWMutexRLock,
  waitReasonSyncRWMutexLock,
  waitReasonSyncWaitGroupWait,
  waitReasonTraceReaderBlocked,
  waitReasonWaitForGCCycle,
  waitReasonGCWorkerIdle,
  waitReasonGCWorkerActive,
  waitReasonPreempted,
  waitReasonDebugCall,
  waitReasonGCMarkTermination,
  waitReasonStoppingTheWorld,
  waitReasonFlushProcCaches,
  waitReasonTraceGoroutineStatus,
  waitReasonTraceProcStatus,
  waitReasonPageTraceFlush,
  waitReasonCoroutine,
  waitReasonGCWeakToStrongWait,
  waitReasonSynctestRun,
  waitReasonSynctestWait,
  waitReasonSynctestChanReceive,
  waitReasonSynctestChanSend,
  waitReasonSynctestSelect,
};
inline constexpr int numWaitReasons = waitReasonSynctestSelect + 1;

// String gives Go's text, "unknown wait reason" for a number that is none.
string String(waitReason w);
// isMutexWait: a wait for a sync.Mutex or RWMutex, which the mutex profile counts.
bool isMutexWait(waitReason w);
// isWaitingForGC: the goroutine waits only so that its stack can be scanned; it counts as
// running for everybody else.
bool isWaitingForGC(waitReason w);
// isIdleInSynctest: durably blocked, so that its group's clock may move.
bool isIdleInSynctest(waitReason w);

// The id of a goroutine: set once, by who makes it, and read plainly by anybody.
struct goroutineID : racy<uint64, "g.goid"> {
  goroutineID() = default;
  goroutineID(const goroutineID& id) { plainStore(id.plain()); }
  operator uint64() const { return plain(); }
};

// g is a goroutine. Unless a comment says otherwise a field belongs to the goroutine itself,
// or, while it does not run, to whoever owns its status.
struct g {
  // The stack, and the limits that a prologue compares with in Go: stackguard0 is
  // stack.lo+stackGuard or stackPreempt; stackguard1 is for g0 and gsignal.
  // The assembly knows these offsets.
  runtime::stack stack;
  uintptr stackguard0 = 0;
  uintptr stackguard1 = 0;

  runtime::_panic* _panic = nullptr;  // innermost
  runtime::_defer* _defer = nullptr;  // innermost
  runtime::m* m = nullptr;            // the thread that runs this; nullptr while it does not run
  gobuf sched;                        // valid while it does not run
  uintptr syscallsp = 0;              // in a system call: the caller's sp, pc, bp; 0 otherwise
  uintptr syscallpc = 0;
  uintptr syscallbp = 0;
  uintptr stktopsp = 0;  // sp at the top of the stack, for tracebacks to check

  // param is how a waker hands something to the one it wakes: the sudog of a channel
  // operation; for a semaphore and others nullptr.
  void* param = nullptr;
  // atomicstatus moves only by casgstatus and its kin.
  atomic::Uint32<"g.atomicstatus"> atomicstatus;
  uint32 stackLock = 0;  // Go's profiler's; here a hint for walks along lists (linkAhead)
  goroutineID goid;      // never changes while the goroutine lives
  guintptr schedlink;    // next on the queue that it is on; under that queue's lock
  int64 waitsince = 0;   // about when it began to wait; 0 or stale, set by a collection
  waitReason waitreason = waitReasonZero;  // if _Gwaiting

  // Asked by others, obeyed by the goroutine at its next safe point.
  bool preempt = false;        // stackguard0 = stackPreempt says it as well
  bool preemptStop = false;    // stop in _Gpreempted; else just yield
  bool preemptShrink = false;  // shrink the stack; unused, C++ stacks do not move

  bool asyncSafePoint = false;  // stopped at an asynchronous safe point

  bool paniconfault = false;      // a fault panics instead of ending the program
  bool gcscandone = false;        // stack scanned in this cycle; under the _Gscan bit
  bool throwsplit = false;        // the stack must not be split; unused
  bool activeStackChans = false;  // unlocked channels point into the stack; unused
  // parkingOnChan: about to park on a channel, when the stack must not be shrunk.
  atomic::Bool<> parkingOnChan;
  bool inMarkAssist = false;  // the tracer's, for a status in the middle of an assist
  bool coroexit = false;      // argument to coroswitch_m

  int8 raceignore = 0;         // race detector's; in the live world the mark of boundary.h
  bool nocgocallback = false;  // callbacks from C are forbidden: it begins in the runtime's code
  // Latency sampling: one status change in gTrackingPeriod is timed.
  bool tracking = false;
  uint8 trackingSeq = 0;
  int64 trackingStamp = 0;  // when it became runnable, or began to wait for a mutex
  int64 runnableTime = 0;   // time spent runnable since it last ran, if tracking
  muintptr lockedm;         // the thread that it is wired to
  uint8 fipsIndicator = 0;  // crypto's; unused
  uint32 sig = 0;           // a signal that became a panic: number, codes, pc
  slice<uint8> writebuf;
  uintptr sigcode0 = 0;
  uintptr sigcode1 = 0;
  uintptr sigpc = 0;
  uint64 parentGoid = 0;  // who created it
  uintptr gopc = 0;       // pc of the go statement
  slice<ancestorInfo>* ancestors = nullptr;
  uintptr startpc = 0;         // pc of its function
  uintptr racectx = 0;         // race detector's
  sudog* waiting = nullptr;    // the sudogs it waits with that have a channel, in lock order
  slice<uintptr> cgoCtxt;      // cgo traceback contexts; unused
  void* labels = nullptr;      // profiler labels
  runtime::timer* timer = nullptr;  // time.Sleep's, made at first use
  int64 sleepWhen = 0;         // when to wake from time.Sleep
  atomic::Uint32<> selectDone;  // 0: a select waits; the case that takes it to 1 has won

  goroutineProfileStateHolder goroutineProfiled;

  coro* coroarg = nullptr;             // argument to coroswitch_m
  synctestGroup* syncGroup = nullptr;  // never changes

  gTraceState trace;  // the tracer's

  int64 gcAssistBytes = 0;  // the collector's credit; unused
};

static_assert(sizeof(g) == 440);

inline constexpr int gTrackingPeriod = 8;

inline constexpr int tlsSlots = 6;
inline constexpr int tlsSize = tlsSlots * 8;

// Values of m.freeWait: may the M, whose thread is exiting, be freed?
inline constexpr uint32 freeMStack = 0;  // yes, with its g0 stack
inline constexpr uint32 freeMRef = 1;    // yes, the stack frees itself
inline constexpr uint32 freeMWait = 2;   // not yet: the thread is still on that stack

// m is a thread. Unless a comment says otherwise a field is the thread's own.
struct m {
  g* g0 = nullptr;   // the scheduler's goroutine, on the thread's own stack
  gobuf morebuf;     // argument of Go's stack growth; unused
  uint32 divmod = 0;  // 32-bit ARM's; unused
  uint32 _ = 0;

  uint64 procid = 0;  // the kernel's thread id; debuggers look for it at this offset
  g* gsignal = nullptr;
  gsignalStack goSigStack;
  sigset sigmask = {};
  uintptr tls[tlsSlots] = {};  // Go's thread-local slots, unused: C++ has thread_local
  void (*mstartfn)() = nullptr;
  racy<g*, "m.curg"> curg;  // the goroutine that runs; sysmon and dumps read it
  guintptr caughtsig;       // the goroutine that a fatal signal interrupted
  puintptr p;               // the processor held; 0 while not running Go code
  puintptr nextp;           // handed over by whoever woke this M, taken on waking
  puintptr oldp;            // held before the system call
  int64 id = 0;
  int32 mallocing = 0;
  throwType throwing = throwTypeNone;
  string preemptoff;  // non-empty: keep the current goroutine on this M, and why
  int32 locks = 0;    // runtime locks held, and other reasons not to be preempted
  int32 dying = 0;
  int32 profilehz = 0;
  bool spinning = false;  // has no work and looks for it; counted in sched.nmspinning
  bool blocked = false;   // asleep on a note
  bool newSigstack = false;
  int8 printlock = 0;
  bool incgo = false;    // in a C call
  bool isextra = false;  // made for a thread of C's
  bool isExtraInC = false;
  bool isExtraInSig = false;
  atomic::Uint32<"m.freeWait"> freeWait;  // freeMStack, freeMRef, freeMWait
  bool needextram = false;
  bool g0StackAccurate = false;
  uint8 traceback = 0;
  uint64 ncgocall = 0;  // C calls ever and now
  int32 ncgo = 0;
  atomic::Uint32<> cgoCallersUse;
  runtime::cgoCallers* cgoCallers = nullptr;
  note park;                     // sleeps here while idle
  m* alllink = nullptr;          // on allm; never changes once published
  muintptr schedlink;            // on sched.midle; under sched.lock
  guintptr lockedg;              // the goroutine wired to this thread
  uintptr createstack[32] = {};  // who created it, for the thread profile
  uint32 lockedExt = 0;          // LockOSThread calls not undone
  uint32 lockedInt = 0;          // the runtime's own

  runtime::mWaitList mWaitList;  // on the stack of waiters of one mutex

  runtime::mLockProfile mLockProfile;
  slice<uintptr> profStack;

  // What gopark tells park_m; valid only between the two.
  bool (*waitunlockf)(g*, void*) = nullptr;
  void* waitlock = nullptr;
  intptr waitTraceSkip = 0;
  traceBlockReason waitTraceBlockReason = traceBlockGeneric;

  uint32 syscalltick = 0;  // the P's, when the system call began: tells whether it was retaken
  m* freelink = nullptr;   // on sched.freem; under sched.lock
  mTraceState trace;

  // C library calls and Windows: Linux leaves these alone.
  runtime::libcall libcall;
  uintptr libcallpc = 0;
  uintptr libcallsp = 0;
  guintptr libcallg;
  winlibcall winsyscall;

  uintptr vdsoSP = 0;  // for tracebacks from inside the vDSO; 0 when not in it
  uintptr vdsoPC = 0;

  atomic::Uint32<> preemptGen;     // preemption signals handled; a suspender waits for it to move
  atomic::Uint32<> signalPending;  // a preemption signal is on its way

  runtime::pcvalueCache pcvalueCache;

  runtime::dlogPerM dlogPerM;
  runtime::mOS mOS;

  chacha8rand::State chacha8;
  uint64 cheaprand = 0;

  // For lock ranking, which is off.
  intptr locksHeldLen = 0;
  heldLockInfo locksHeld[10];

  // Go's "_", which has bytes on 32-bit machines only, and the word that Go puts behind a last
  // field without bytes, so that the field's address lies inside the struct.
  uint8 _pad[0];
  uintptr _end = 0;

  void becomeSpinning();  // the M starts to look for work
  bool hasCgoOnStack();
};

static_assert(sizeof(m) == 1808);

// p is a processor: the right to run Go code, and what that needs at hand. Unless a comment
// says otherwise a field belongs to the M that holds the P.
struct p {
  int32 id = 0;
  racy<uint32, "p.status"> status;  // _Pidle and so on
  puintptr link;                    // on sched.pidle; under sched.lock
  racy<uint32, "p.schedtick"> schedtick;      // +1 for every execute that does not inherit the time slice
  racy<uint32, "p.syscalltick"> syscalltick;  // +1 for every system call
  runtime::sysmontick sysmontick;             // sysmon's
  racy<muintptr, "p.m"> m;                    // the thread that holds it; 0 while idle
  runtime::mcache* mcache = nullptr;          // allocator's
  pageCache pcache;                           // allocator's
  uintptr raceprocctx = 0;                    // race detector's

  slice<_defer*> deferpool;  // free _defers, usually in deferpoolbuf
  _defer* deferpoolbuf[32] = {};

  // A batch of goroutine ids: [goidcache, goidcacheend) are this P's to give away.
  uint64 goidcache = 0;
  uint64 goidcacheend = 0;

  // The queue of runnable goroutines: a ring. The holder alone puts (moves the tail, release);
  // it and thieves take (move the head by Cas). runq[i] is valid for head <= i < tail.
  racy<uint32, "p.runqhead"> runqhead;
  racy<uint32, "p.runqtail"> runqtail;
  guintptr runq[256];
  // runnext, if not 0, runs before the ring, on what is left of the time slice of the one that
  // readied it. Only the holder sets it to a goroutine; thieves may Cas it to 0.
  racy<guintptr, "p.runnext"> runnext;

  // Dead goroutines for reuse.
  struct {
    runtime::gList gList;
    int32 n = 0;

    bool empty() const { return gList.empty(); }
    void push(g* gp) { gList.push(gp); }
    g* pop() { return gList.pop(); }
  } gFree;

  slice<sudog*> sudogcache;
  sudog* sudogbuf[128] = {};

  struct {
    intptr len = 0;
    mspan* buf[128] = {};
  } mspancache;  // allocator's

  runtime::pinner* pinnerCache = nullptr;

  pTraceState trace;

  persistentAlloc palloc;

  // The collector's times and its worker on this P.
  int64 gcAssistTime = 0;
  int64 gcFractionalMarkTime = 0;
  runtime::limiterEvent limiterEvent;
  runtime::gcMarkWorkerMode gcMarkWorkerMode = gcMarkWorkerNotWorker;  // of the goroutine that comes next
  int64 gcMarkWorkerStartTime = 0;
  gcWork gcw;
  runtime::wbBuf wbBuf;

  racy<uint32, "p.runSafePointFn"> runSafePointFn;  // 1: run sched.safePointFn at the next safe point

  atomic::Uint32<> statsSeq;  // odd while this P writes statistics

  runtime::timers timers;

  int64 maxStackScanDelta = 0;  // the collector's accounts of stacks
  uint64 scannedStackSize = 0;
  uint64 scannedStacks = 0;

  bool preempt = false;  // the P should enter the scheduler as soon as it can; any M sets it

  int64 gcStopTime = 0;  // nanotime when it was last put in _Pgcstop

  void init(int32 id);  // into use, with the world stopped
  void destroy();       // out of use, with the world stopped and sched.lock held
};

static_assert(sizeof(p) == 8952);

// schedt is what all Ms share. Atomics may be read by anybody; the rest is under lock unless
// its group says otherwise.
struct schedt {
  atomic::Uint64<"sched.goidgen"> goidgen;      // goroutine ids given out to Ps so far
  atomic::Int64<"sched.lastpoll"> lastpoll;     // nanotime of the last network poll; 0: somebody blocks in one
  atomic::Int64<"sched.pollUntil"> pollUntil;   // when the poll that blocks now will give up; 0: never

  // To raise nmidle, nmidlelocked, nmsys or nmfreed, call checkdead().
  mutex lock;

  muintptr midle;          // idle Ms, most recent first
  int32 nmidle = 0;        // idle Ms that wait for work
  int32 nmidlelocked = 0;  // locked Ms that wait for work
  int64 mnext = 0;         // Ms created so far, and the next id
  int32 maxmcount = 0;     // more Ms than this, and the program dies
  int32 nmsys = 0;         // system Ms, which a deadlock check does not count
  int64 nmfreed = 0;

  atomic::Int32<"sched.ngsys"> ngsys;  // system goroutines

  racy<puintptr, "sched.pidle"> pidle;  // idle Ps, most recent first; findRunnable peeks at it
  atomic::Int32<"sched.npidle"> npidle;  // changes under lock
  // Ms that look for work. A goroutine is readied with nobody looking: wake one.
  atomic::Int32<"sched.nmspinning"> nmspinning;
  atomic::Uint32<"sched.needspinning"> needspinning;  // 1: the next M to get a P must look for work

  // Global queue of runnable goroutines.
  gQueue runq;
  racy<int32, "sched.runqsize"> runqsize;  // written under lock, peeked at without

  // schedEnableUser keeps user goroutines off the queues during parts of a collection.
  struct {
    bool user = false;  // they are kept off
    gQueue runnable;    // those that wait for the end of it
    int32 n = 0;
  } disable;

  // Dead goroutines for all Ps, under a lock of their own.
  struct {
    mutex lock;
    sharedList<"sched.gFree.stack"> stack;      // with stacks; peeked at without the lock
    sharedList<"sched.gFree.noStack"> noStack;  // without
    int32 n = 0;    // in both
  } gFree;

  mutex sudoglock;
  sudog* sudogcache = nullptr;  // under sudoglock

  mutex deferlock;
  _defer* deferpool = nullptr;  // under deferlock

  racy<m*, "sched.freem"> freem;  // Ms that wait to be freed, linked through m.freelink

  // Stopping the world.
  atomic::Bool<"sched.gcwaiting"> gcwaiting;  // everybody stop; set and cleared under lock
  int32 stopwait = 0;                         // Ps that have not stopped yet
  note stopnote;                              // woken when it reaches 0
  atomic::Bool<"sched.sysmonwait"> sysmonwait;  // sysmon sleeps on sysmonnote
  note sysmonnote;

  // forEachP: written with the world's semaphore held, and before runSafePointFn of each P.
  void (*safePointFn)(p*) = nullptr;
  int32 safePointWait = 0;  // Ps that have not run it yet
  note safePointNote;

  int32 profilehz = 0;

  int64 procresizetime = 0;  // nanotime of the last change of gomaxprocs
  int64 totaltime = 0;       // integral of gomaxprocs up to then

  // sysmonlock holds sysmon off: take it to keep it from acting. Before lock.
  mutex sysmonlock;

  timeHistogram timeToRun;  // from runnable to running, of the tracked goroutines

  atomic::Int64<> idleTime;  // total time that Ps were idle

  atomic::Int64<> totalMutexWaitTime;  // of goroutines on sync.Mutex and RWMutex

  // From asking to stopped, and from asking to started again; the collector's stops and the others'.
  timeHistogram stwStoppingTimeGC;
  timeHistogram stwStoppingTimeOther;
  timeHistogram stwTotalTimeGC;
  timeHistogram stwTotalTimeOther;

  atomic::Int64<> totalRuntimeLockWaitTime;  // of the Ms that are gone, on the runtime's locks
};

static_assert(sizeof(schedt) == 6824);

struct forcegcstate {
  mutex lock;
  runtime::g* g = nullptr;           // the goroutine that starts collections for sysmon
  atomic::Bool<"forcegc.idle"> idle;  // it is parked
};

static_assert(sizeof(forcegcstate) == 24);

// _defer is a deferred call that is still to be made.
struct _defer {
  bool heap = false;       // allocated here, not in the frame
  bool rangefunc = false;  // stands for the list at head
  uintptr sp = 0;          // of the frame that deferred it
  uintptr pc = 0;
  funcval* fn = nullptr;
  _defer* link = nullptr;                // the next outer one
  atomic::Pointer<_defer>* head = nullptr;  // range over func: its own list
};

static_assert(sizeof(_defer) == 48);

// _panic is a panic, or a Goexit, that is running deferred calls. In C++ an exception
// carries it; the fields about Go's frames keep their place.
struct _panic {
  void* argp = nullptr;
  eface arg;
  _panic* link = nullptr;  // the panic that this one interrupted
  uintptr startPC = 0;
  void* startSP = nullptr;
  void* sp = nullptr;
  uintptr lr = 0;
  void* fp = nullptr;
  uintptr retpc = 0;
  uint8* deferBitsPtr = nullptr;
  void* slotsPtr = nullptr;
  bool recovered = false;
  bool goexit = false;
  bool deferreturn = false;
};

static_assert(sizeof(_panic) == 104);

// All Ms, newest first, linked through m.alllink; it only grows, except under sched.lock for
// Ms that have exited.
extern m* allm;
extern racy<int32, "gomaxprocs"> gomaxprocs;  // changes while the world is stopped
extern int32 ncpu;
extern forcegcstate forcegc;
extern schedt sched;
extern int32 newprocs;  // what GOMAXPROCS asked for, until the world starts again

// allp[:gomaxprocs] are in use. Written with the world stopped and allpLock held; reading needs
// one of: a P, allpLock, or the world stopped.
extern mutex allpLock;
extern slice<p*> allp;
extern pMask<"idlepMask"> idlepMask;    // Ps on the idle list
extern pMask<"timerpMask"> timerpMask;  // Ps that may have timers

extern lfstack gcBgMarkWorkerPool;
extern int32 gcBgMarkWorkerCount;

extern bool islibrary;
extern bool isarchive;

inline constexpr bool framepointer_enabled = true;  // on amd64 and arm64

}  // namespace runtime
