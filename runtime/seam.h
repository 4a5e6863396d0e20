// What proc.cc stands on: the functions of Go's other runtime files that the scheduler calls, under their names and
// grouped by the file that has them in Go. proc.cc calls nothing else. Which body stands behind a name is chosen
// when the library is built; a missing one is a link error.
//
// Unless a line says otherwise a function may be called on any stack, does not block, and does not fail.
#pragma once

#include <new>
#include <string_view>
#include <utility>

#include "runtime/preempt.h"
#include "runtime/runtime2.h"
#include "runtime/rwmutex.h"
#include "runtime/stubs.h"
#include "seam/trace.h"

namespace runtime {

// ---- lock_spinbit.go, lock_futex.go, lockrank_off.go, rwmutex.go
// A mutex is held by a thread, not by a goroutine: its holder must not be preempted or park.
void lock(mutex* l);
void unlock(mutex* l);
inline void lockInit(mutex*, lockRank) {}
inline void assertLockHeld(mutex*) {}
inline void worldStopped() {}
inline void worldStarted() {}
inline void assertWorldStopped() {}
// Holding on to a thread: no preemption until releasem; nests.
inline m* acquirem() {
  m* mp = getg()->m;
  mp->locks++;
  return mp;
}
inline void releasem(m* mp) {
  if (--mp->locks != 0) return;
  g* gp = getg();
  if (gp->preempt) [[unlikely]] gp->stackguard0 = stackPreempt;  // a request came while it could not be heard
}
// A state of a goroutine that is held like a lock: its holder stays on its thread, as the holder of a mutex does.
inline void acquireLockRankAndM(lockRank) { acquirem(); }
inline void releaseLockRankAndM(lockRank) { releasem(getg()->m); }

// One-time events. At most one wakeup between two clears; one sleeper. notesleep: on g0 only.
void noteclear(note* n);
void notewakeup(note* n);
void notesleep(note* n);
bool notetsleep(note* n, int64 ns);  // at most ns nanoseconds; false: nobody woke it

// For platforms that cannot block a thread. These can.
inline std::pair<g*, bool> beforeIdle(int64, int64) { return {nullptr, false}; }
inline void checkTimeouts() {}

// ---- time_nofake.go, rand.go
inline constexpr int64 faketimeOff = 0;
extern int64 faketime;  // 0: time passes by itself
int64 nanotime();       // monotonic
uint32 cheaprand();     // the thread's own generator
void randinit();
void mrandinit(m* mp);

// ---- os_linux.go, stubs.go, sys_linux_*.s
inline constexpr uint32 g0StackSize = 16384;
inline constexpr int64 osRelaxMinNS = 0;
inline void osRelax(bool) {}
void usleep(uint32 us);
void usleep_no_g(uint32 us);
void osyield();
void osyield_no_g();
void procyield(uint32 cycles);
void newosproc(m* mp);  // starts mp's thread in mstart, on mp->g0
void mpreinit(m* mp);
void asminit();
void minit();
void unminit();
void mdestroy(m* mp);
[[noreturn]] void exit(int32 code);
[[noreturn]] void exitThread(atomic::Uint32<"m.freeWait">* wait);  // off its stack it stores freeMStack there
[[noreturn]] void abort();
void breakpoint();
void osSetupTLS(m* mp);
void vgetrandomDestroy(m* mp);

// ---- signal_unix.go, preempt.go
inline constexpr bool preemptMSupported = true;
void sigsave(sigset* p);
void sigblock(bool exiting);
void msigrestore(const sigset& sigmask);
void initsig(bool preinit);
void clearSignalHandlers();
[[gnu::cold]] void setThreadCPUProfiler(int32 hz);
void setProcessCPUProfiler(int32 hz);
void preemptM(m* mp);           // asks mp's thread for a safe point, by a signal
bool canPreemptM(m* mp);        // whether mp is in a state in which it may be preempted
void checkAsyncSafePoint(g* gp);  // throws if gp was stopped where no safe point is

// Whether latency statistics follow every goroutine instead of one in eight: a switch that Go's own tests turn.
struct outsideFlag {
  operator bool() const;
};
extern outsideFlag casgstatusAlwaysTrack;

// The longest time between two collections, in ns: two minutes, unless Go's own tests change it.
struct outsidePeriod {
  operator int64() const;
};
extern outsidePeriod forcegcperiod;

// ---- panic.go, print.go
struct outsideCount {
  uint32 Load() const;
};
extern outsideCount runningPanicDefers;  // goroutines that run deferred calls for a panic
extern racy<uint32> panicking;           // threads that report a fatal panic
[[noreturn, gnu::cold]] void throw_(const char* s);  // the runtime is broken
[[noreturn, gnu::cold]] void fatal(const char* s);   // the program is broken
[[noreturn, gnu::cold]] void panic_(const char* s);
void writeErrStr(std::string_view s);

struct hex {
  uint64 v;
  explicit hex(uint64 v) : v(v) {}
};
void printstring(std::string_view s);
void printint(int64 v);
void printuint(uint64 v);
void printbool(bool v);
void printhex(uint64 v);

inline void print1(std::string_view s) { printstring(s); }
inline void print1(const char* s) { printstring(s); }
inline void print1(string s) { printstring(s); }
inline void print1(bool v) { printbool(v); }
inline void print1(int32 v) { printint(v); }
inline void print1(int64 v) { printint(v); }
inline void print1(uint32 v) { printuint(v); }
inline void print1(uint64 v) { printuint(v); }
inline void print1(hex v) { printhex(v.v); }
inline void print1(const void* v) { printhex(reinterpret_cast<uintptr>(v)); }
// Between these two no other thread prints. They nest.
void printlock();
void printunlock();
// Go's print: no separators, to standard error, safe in any state.
template <class... A>
void print(A... a) {
  printlock();
  (print1(a), ...);
  printunlock();
}

// ---- runtime1.go, env_posix.go, runtime.go
struct debugVars {
  int32 asyncpreemptoff = 0;
  int32 asynctimerchan = 0;
  int32 dontfreezetheworld = 0;
  int32 gctrace = 0;
  int32 preemptevery = 0;  // us; gort's own
  int32 scheddetail = 0;
  int32 schedtrace = 0;
  int32 traceadvanceperiod = 1000000000;  // ns
  int32 tracebackancestors = 0;
};
extern debugVars debug;  // GODEBUG
void goargs();
void goenvs();
void parsedebugvars();
int32 gomaxprocsFromEnv();  // GOMAXPROCS, or 0
struct initTask;
extern initTask* const runtime_inittasks;
extern initTask* const main_inittasks;
void doInit(initTask* tasks);
RUNTIME_CALLS_PROGRAM void main_main();
void runExitHooks(int32 code);

// ---- malloc.go, mcache.go, stack.go
// What Go writes with atomicstorep: published with everything stored before it.
template <class T>
void storeRelease(T** to, T* v) {
  __atomic_store_n(to, v, __ATOMIC_RELEASE);
}
template <class T>
T* newobject() {
  return new T();
}
// A mutex keeps flags in the low bits of the address of the m that waits for it.
template <>
inline m* newobject<m>() {
  return new (std::align_val_t{mutexMMask + 1}) m();
}
template <class T>
void deleteobject(T* v) {
  delete v;
}
inline void deleteobject(m* mp) {
  mp->~m();
  ::operator delete(mp, std::align_val_t{mutexMMask + 1});
}
struct mcache {
  void prepareForSweep() {}
};
mcache* allocmcache();
void freemcache(mcache* c);
extern uintptr maxstacksize;
extern uintptr maxstackceiling;
extern uint32 startingStackSize;
void stackinit();
stack stackalloc(uint32 n);  // on the system stack
void stackfree(stack stk);   // on the system stack
bool stackFitsStart(g* gp);       // gp just died: its stack has the size that goroutines start with
bool stackStillFitsStart(g* gp);  // the same, when it is used again
void gostart(g* newg, funcval* fn);  // newg->sched: enter fn, return to goexit
void gostartcall(gobuf* buf, void* fn, void* ctxt, uintptr sp);
uintptr goexitPC();                  // what a stack walk takes for a call from goexit
void freedeadm(m* mp, bool freeStack);
void deletegsignal(m* mp);
inline int32 round2(int32 x) {
  int32 s = 1;
  while (s < x) s <<= 1;
  return s;
}

// ---- mgc.go, mgcpacer.go, mgcscavenge.go, mfinal.go: there is no collector, but a program that is replayed had one
struct gcControllerState {
  // A worker's g for pp, or nullptr; and the time if it was read.
  std::pair<g*, int64> findRunnableGCWorker(p* pp, int64 now);
  bool addIdleMarkWorker();
  void removeIdleMarkWorker();
  bool needIdleMarkWorker();
  void addScannableStack(p*, int64) {}
};
extern gcControllerState gcController;
enum gcTriggerKind : intptr { gcTriggerHeap, gcTriggerTime, gcTriggerCycle };
struct gcTrigger {
  gcTriggerKind kind;
  int64 now;
  uint32 n;
  bool test() const;
};
void gcStart(gcTrigger trigger);
void gcenable();
void gcinit();
bool gcBlackenEnabled();
bool gcMarkWorkAvailable(p* pp);
g* gcBgMarkWorkerPool_pop();
void flushAssistCredit(g* gp);
void flushGCState(p* pp);
void gcCPULimiter_resetCapacity(int64 now, int32 nprocs);
bool scavenger_sysmonWake();
void scavenger_wake();
inline constexpr uint32 fingWait = 1 << 2;  // the finalizer goroutine waits
inline constexpr uint32 fingWake = 1 << 3;  // and should not
uint32 fingStatus();
g* wakefing();

// ---- netpoll.go, netpoll_epoll.go
struct netpollResult {
  gList list;
  int32 delta;  // for netpollAdjustWaiters, once the gs are runnable
};
bool netpollinited();
bool netpollAnyWaiters();
void netpollAdjustWaiters(int32 delta);
netpollResult netpoll(int64 delay);  // ns; < 0: block, 0: do not
void netpollBreak();

// ---- sema.go, time.go
void semacquire(uint32* addr);
void semrelease(uint32* addr);
void semrelease1(uint32* addr, bool handoff, int skipframes);
int64 timeSleepUntil();  // the next timer of all ps, or maxWhen

// ---- traceback.go, mprof.go
bool isSystemGoroutine(g* gp, bool fixed);
void traceback1(uintptr pc, uintptr sp, uintptr lr, g* gp, uint32 flags);  // prints gp's stack
inline bool goroutineProfileActive() { return false; }
inline void tryRecordGoroutineProfile(g*) {}
inline void markGoroutineProfiled(g*) {}
slice<ancestorInfo>* recordAncestors(g* callergp);
void switchToCrashStack0(void (*fn)());

// ---- cgocall.go
// Whether a thread that the runtime did not start may still call it: one that never has, or one that is outside or on
// its way, whatever the counts of ms said a moment ago. With sched.lock; takes some system calls.
bool foreignThreadsAwake();
extern bool iscgo;
extern bool cgoHasExtraM;
void callbackUpdateSystemStack(m* mp, uintptr sp, bool signal);
void bindmAtThreadExit(g* gp);

// ---- trace.go, traceruntime.go: the execution tracer. traceEnabled, traceShuttingDown, traceAcquire,
// traceExitingSyscall and traceExitedSyscall: seam/trace.h.
g* traceReader();
bool traceReaderAvailable();
void traceThreadDestroy(m* mp);
[[gnu::cold]] void traceRelease(traceLocker trace);

}  // namespace runtime

#include "seam/inline.h"
