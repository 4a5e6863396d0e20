// The globals of the scheduler, and the texts of waitReason.
#include "runtime/runtime2.h"

#include <array>

namespace runtime {

namespace {

struct waitReasonInfo {
  const char* text;
  bool waitingForGC = false;
  bool idleInSynctest = false;
};

// Indexed by waitReason.
constexpr auto waitReasons = [] {
  std::array<waitReasonInfo, numWaitReasons> t{};
  constexpr bool gc = true, idle = true;
  t[waitReasonZero] = {""};
  t[waitReasonGCAssistMarking] = {"GC assist marking", gc};
  t[waitReasonIOWait] = {"IO wait"};
  t[waitReasonChanReceiveNilChan] = {"chan receive (nil chan)", !gc, idle};
  t[waitReasonChanSendNilChan] = {"chan send (nil chan)", !gc, idle};
  t[waitReasonDumpingHeap] = {"dumping heap"};
  t[waitReasonGarbageCollection] = {"garbage collection", gc};
  t[waitReasonGarbageCollectionScan] = {"garbage collection scan", gc};
  t[waitReasonPanicWait] = {"panicwait"};
  t[waitReasonSelect] = {"select"};
  t[waitReasonSelectNoCases] = {"select (no cases)", !gc, idle};
  t[waitReasonGCAssistWait] = {"GC assist wait"};
  t[waitReasonGCSweepWait] = {"GC sweep wait"};
  t[waitReasonGCScavengeWait] = {"GC scavenge wait"};
  t[waitReasonChanReceive] = {"chan receive"};
  t[waitReasonChanSend] = {"chan send"};
  t[waitReasonFinalizerWait] = {"finalizer wait"};
  t[waitReasonForceGCIdle] = {"force gc (idle)"};
  t[waitReasonSemacquire] = {"semacquire"};
  t[waitReasonSleep] = {"sleep", !gc, idle};
  t[waitReasonSyncCondWait] = {"sync.Cond.Wait", !gc, idle};
  t[waitReasonSyncMutexLock] = {"sync.Mutex.Lock"};
  t[waitReasonSyncRWMutexRLock] = {"sync.RWMutex.RLock"};
  t[waitReasonSyncRWMutexLock] = {"sync.RWMutex.Lock"};
  t[waitReasonSyncWaitGroupWait] = {"sync.WaitGroup.Wait", !gc, idle};
  t[waitReasonTraceReaderBlocked] = {"trace reader (blocked)"};
  t[waitReasonWaitForGCCycle] = {"wait for GC cycle"};
  t[waitReasonGCWorkerIdle] = {"GC worker (idle)"};
  t[waitReasonGCWorkerActive] = {"GC worker (active)", gc};
  t[waitReasonPreempted] = {"preempted"};
  t[waitReasonDebugCall] = {"debug call"};
  t[waitReasonGCMarkTermination] = {"GC mark termination", gc};
  t[waitReasonStoppingTheWorld] = {"stopping the world", gc};
  t[waitReasonFlushProcCaches] = {"flushing proc caches", gc};
  t[waitReasonTraceGoroutineStatus] = {"trace goroutine status", gc};
  t[waitReasonTraceProcStatus] = {"trace proc status", gc};
  t[waitReasonPageTraceFlush] = {"page trace flush", gc};
  t[waitReasonCoroutine] = {"coroutine", !gc, idle};
  t[waitReasonGCWeakToStrongWait] = {"GC weak to strong wait"};
  t[waitReasonSynctestRun] = {"synctest.Run", !gc, idle};
  t[waitReasonSynctestWait] = {"synctest.Wait", !gc, idle};
  t[waitReasonSynctestChanReceive] = {"chan receive (synctest)", !gc, idle};
  t[waitReasonSynctestChanSend] = {"chan send (synctest)", !gc, idle};
  t[waitReasonSynctestSelect] = {"select (synctest)", !gc, idle};
  return t;
}();

}  // namespace

string String(waitReason w) {
  if (w >= numWaitReasons) return "unknown wait reason";
  return waitReasons[w].text;
}

bool isMutexWait(waitReason w) {
  return w == waitReasonSyncMutexLock || w == waitReasonSyncRWMutexRLock ||
         w == waitReasonSyncRWMutexLock;
}

bool isWaitingForGC(waitReason w) { return waitReasons[w].waitingForGC; }

bool isIdleInSynctest(waitReason w) { return waitReasons[w].idleInSynctest; }

constinit m* allm = nullptr;
constinit racy<int32, "gomaxprocs"> gomaxprocs;
constinit int32 ncpu = 0;
constinit forcegcstate forcegc;
constinit schedt sched;
constinit int32 newprocs = 0;

constinit mutex allpLock;
constinit slice<p*> allp;
constinit pMask<"idlepMask"> idlepMask;
constinit pMask<"timerpMask"> timerpMask;

constinit lfstack gcBgMarkWorkerPool;
constinit int32 gcBgMarkWorkerCount = 0;

constinit bool islibrary = false;
constinit bool isarchive = false;

}  // namespace runtime
