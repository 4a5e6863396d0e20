// The functions of proc.cc. What each does, and which lock it wants, stands at its definition.
//
// Where they run: names that end in _m, and whatever is said to run "on g0", run on a thread's system stack; the
// rest run on a goroutine's. A caller outside the scheduler uses gopark, goready, Gosched, newproc, entersyscall,
// exitsyscall, LockOSThread, stopTheWorld and their kin, on a goroutine.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "runtime/preempt.h"
#include "runtime/runtime2.h"
#include "runtime/seam.h"
#include "runtime/stubs.h"

namespace runtime {

template <class F>
using function_ref = absl::FunctionRef<F>;

using waitunlock_fn = bool (*)(g*, void*);

// What the `go` statement is given for the runtime's own goroutines.
extern funcval mainPC;
extern funcval forcegchelperPC;

extern m m0;
extern g g0;
extern mcache* mcache0;
extern bool mainStarted;
extern int64 runtimeInitTime;
extern sigset initSigmask;
extern mutex allglock;
extern mutex deadlock;
extern rwmutex allocmLock;
extern rwmutex execLock;
extern uint32 worldsema;
extern uint32 gcsema;
extern worldStop stopTheWorldContext;
extern atomic::Uintptr<> extraM;
extern atomic::Uint32<> extraMLength;
extern atomic::Uint32<> extraMWaiters;
extern atomic::Uint32<> extraMInUse;

inline constexpr bool haveSysmon = true;
inline constexpr bool osHasLowResTimer = false;
inline constexpr uint64 _GoidCacheBatch = 16;  // ids that a p takes from goidgen at once

struct prof_t {
  atomic::Uint32<> signalLock;
  atomic::Int32<> hz;
};
extern prof_t prof;

// Why findRunnable returned: the ordinal of its return statements, top to bottom. Go has no names for them.
enum class why : uint8 {
  traceReader = 1,
  gcWorker,
  global61,
  local,
  global,
  netpoll,
  steal,
  idleGCWorker,
  beforeIdle,
  globalLast,
  globalNoP,
  idleGCNoP,
  netpollBlock,
};

struct findRunnableResult {
  g* gp;
  bool inheritTime;
  bool tryWakeP;
};
struct stealWorkResult {
  g* gp;
  bool inheritTime;
  int64 rnow;
  int64 pollUntil;
  bool newWork;
};
struct pidlegetResult {
  p* pp;
  int64 now;
};
struct runqgetResult {
  g* gp;
  bool inheritTime;
};

// randomOrder and randomEnum visit all ps in one of several orders.
struct randomEnum {
  uint32 i;
  uint32 count;
  uint32 pos;
  uint32 inc;
  bool done() const;
  void next();
  uint32 position() const;
};
struct randomOrder {
  uint32 count = 0;
  std::vector<uint32> coprimes;
  void reset(uint32 count);
  randomEnum start(uint32 i) const;
};
extern randomOrder stealOrder;

RUNTIME_CALLS_PROGRAM void main();
void os_beforeExit(int32 exitCode);
void init();
void forcegchelper();
void Gosched();
void goschedguarded();
void goschedIfBusy();
void gopark(waitunlock_fn unlockf, void* lock, waitReason reason, traceBlockReason traceReason, int traceskip);
void goparkunlock(mutex* lock, waitReason reason, traceBlockReason traceReason, int traceskip);
void goready(g* gp, int traceskip);
sudog* acquireSudog();
void releaseSudog(sudog* s);
void badmorestackg0();
void badmorestackgsignal();
void badctxt();
void switchToCrashStack(void (*fn)());
bool lockedOSThread();
void allgadd(g* gp);
std::span<g* const> allGsSnapshot();
std::pair<g**, uintptr> atomicAllG();
g* atomicAllGIndex(g** ptr, uintptr i);
void forEachG(function_ref<void(g*)> fn);
void forEachGRace(function_ref<void(g*)> fn);
void schedinit();
void dumpgstatus(g* gp);
void checkmcount();
int64 mReserveID();
void mcommoninit(m* mp, int64 id);
void mProfStackInit(m* mp);
void ready(g* gp, int traceskip, bool next);
void freezetheworld();
uint32 readgstatus(g* gp);
void casfrom_Gscanstatus(g* gp, uint32 oldval, uint32 newval);
bool castogscanstatus(g* gp, uint32 oldval, uint32 newval);
void casgstatus(g* gp, uint32 oldval, uint32 newval);
void casGToWaiting(g* gp, uint32 old, waitReason reason);
void casGToWaitingForGC(g* gp, uint32 old, waitReason reason);
void casGToPreemptScan(g* gp, uint32 old, uint32 new_);
bool casGFromPreempted(g* gp, uint32 old, uint32 new_);
worldStop stopTheWorld(stwReason reason);
void startTheWorld(worldStop w);
worldStop stopTheWorldGC(stwReason reason);
void startTheWorldGC(worldStop w);
worldStop stopTheWorldWithSema(stwReason reason);
int64 startTheWorldWithSema(int64 now, worldStop w);
bool usesLibcall();
bool mStackIsSystemAllocated();
void mstart1();
void mstartm0();
void mPark();
void mexit(bool osStack);
void forEachP(waitReason reason, void (*fn)(p*));
void forEachPInternal(void (*fn)(p*));
void runSafePointFn();
m* allocm(p* pp, void (*fn)(), int64 id);
void needm(bool signal);
void needAndBindM();
void newextram();
void oneNewExtraM();
void dropm();
void cgoBindM();
uintptr getm();
m* lockextra(bool nilokay);
void unlockextra(m* mp, int32 delta);
std::pair<m*, bool> getExtraM();
void putExtraM(m* mp);
void addExtraM(m* mp);
void newm(void (*fn)(), p* pp, int64 id);
void newm1(m* mp);
void startTemplateThread();
void templateThread();
void stopm();
void mspinning();
void startm(p* pp, bool spinning, bool lockheld);
void handoffp(p* pp);
void wakep();
void stoplockedm();
void startlockedm(g* gp);
void gcstopm();
[[noreturn]] void execute(g* gp, bool inheritTime);
findRunnableResult findRunnable();
bool pollWork();
stealWorkResult stealWork(int64 now);
p* checkRunqsNoP(slice<p*> allpSnapshot, const pMask<"idlepMask">& idlepMaskSnapshot);
int64 checkTimersNoP(slice<p*> allpSnapshot, const pMask<"timerpMask">& timerpMaskSnapshot, int64 pollUntil);
std::pair<p*, g*> checkIdleGCNoP();
void wakeNetPoller(int64 when);
void resetspinning();
void injectglist(gList* glist);
[[noreturn]] void schedule();
void dropg();
bool parkunlock_c(g* gp, void* lock);
void park_m(g* gp);
[[noreturn]] void goschedImpl(g* gp, bool preempted);
void gosched_m(g* gp);
void goschedguarded_m(g* gp);
void gopreempt_m(g* gp);
void preemptPark(g* gp);
void goyield();
void goyield_m(g* gp);
void goexit0(g* gp);
void gdestroy(g* gp);
void save(uintptr pc, uintptr sp, uintptr bp);
void reentersyscall(uintptr pc, uintptr sp, uintptr bp);
void entersyscall();
void entersyscall_sysmon();
void entersyscall_gcwait();
void entersyscallblock();
void entersyscallblock_handoff();
void exitsyscall();
bool exitsyscallfast(p* oldp);
void exitsyscallfast_reacquired(traceLocker trace);
bool exitsyscallfast_pidle();
void exitsyscall0(g* gp);
void syscall_runtime_BeforeFork();
void syscall_runtime_AfterFork();
void syscall_runtime_AfterForkInChild();
void syscall_runtime_BeforeExec();
void syscall_runtime_AfterExec();
g* malg(int32 stacksize);
void newproc(funcval* fn);
g* newproc1(funcval* fn, g* callergp, uintptr callerpc, bool parked, waitReason waitreason);
slice<ancestorInfo>* saveAncestors(g* callergp);
void gfput(p* pp, g* gp);
g* gfget(p* pp);
void gfpurge(p* pp);
void Breakpoint();
void dolockOSThread();
void LockOSThread();
void lockOSThread();
void dounlockOSThread();
void UnlockOSThread();
void unlockOSThread();
void badunlockosthread();
int32 gcount();
int32 mcount();
void setcpuprofilerate(int32 hz);
p* procresize(int32 nprocs);
void acquirep(p* pp);
void wirep(p* pp);
p* releasep();
p* releasepNoTrace();
void incidlelocked(int32 v);
void checkdead();
void sysmon();
uint32 retake(int64 now);
bool preemptall();
bool preemptone(p* pp);
void schedtrace(bool detailed);
void schedEnableUser(bool enable);
bool schedEnabled(g* gp);
void mput(m* mp);
m* mget();
void globrunqput(g* gp);
void globrunqputhead(g* gp);
void globrunqputbatch(gQueue* batch, int32 n);
g* globrunqget(p* pp, int32 max);
int64 pidleput(p* pp, int64 now);
pidlegetResult pidleget(int64 now);
pidlegetResult pidlegetSpinning(int64 now);
bool runqempty(p* pp);
void runqput(p* pp, g* gp, bool next);
bool runqputslow(p* pp, g* gp, uint32 h, uint32 t);
void runqputbatch(p* pp, gQueue* q, int32 qsize);
runqgetResult runqget(p* pp);
std::pair<gQueue, uint32> runqdrain(p* pp);
uint32 runqgrab(p* pp, guintptr (&batch)[256], uint32 batchHead, bool stealRunNextG);
g* runqsteal(p* pp, p* p2, bool stealRunNextG);
int32 setMaxThreads(int64 in);
int32 procPin();
void procUnpin();
int32 sync_runtime_procPin();
void sync_runtime_procUnpin();
int32 sync_atomic_runtime_procPin();
void sync_atomic_runtime_procUnpin();
bool internal_sync_runtime_canSpin(int32 i);
void internal_sync_runtime_doSpin();
bool sync_runtime_canSpin(int32 i);
void sync_runtime_doSpin();
uint32 gcd(uint32 a, uint32 b);

}  // namespace runtime
