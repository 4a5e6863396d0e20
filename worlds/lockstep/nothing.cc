// What proc.cc stands on and no world of fibers has: threads of the system, their signals, an allocator, the program
// that was captured or traced. Nothing happens in these, and nothing is asked.
#include <cstdlib>

#include "runtime/proc_decl.h"

namespace runtime {

void rwmutex::init(lockRank, lockRank, lockRank) {}
void rwmutex::rlock() { acquireLockRankAndM(readRank); }  // a reader keeps its M
void rwmutex::runlock() { releaseLockRankAndM(readRank); }
void rwmutex::lock() {}
void rwmutex::unlock() {}
void noteclear(note* n) { n->key = 0; }

int64 faketime = faketimeOff;
void randinit() {}
void mrandinit(m*) {}

// ---- threads and signals

void usleep_no_g(uint32) {}
void osyield_no_g() {}
void mpreinit(m*) {}
void asminit() {}
void minit() {}
void unminit() {}
void mdestroy(m*) {}
void abort() { std::abort(); }
void breakpoint() {}
void osSetupTLS(m*) {}
void vgetrandomDestroy(m*) {}
void sigsave(sigset* s) { *s = sigset{}; }
void sigblock(bool) {}
void msigrestore(const sigset&) {}
void initsig(bool) {}
void clearSignalHandlers() {}
void setThreadCPUProfiler(int32) {}
void setProcessCPUProfiler(int32) {}
void checkAsyncSafePoint(g*) {}

// ---- failures

outsideCount runningPanicDefers;
racy<uint32> panicking;
void badsystemstack() { throw_("systemstack called from unexpected goroutine"); }
void printlock() {}
void printunlock() {}

// ---- the program

debugVars debug;
struct initTask {};
initTask* const runtime_inittasks = nullptr;
initTask* const main_inittasks = nullptr;
bool iscgo = false;
bool cgoHasExtraM = false;
bool foreignThreadsAwake() { return false; }
void goargs() {}
void goenvs() {}
void callbackUpdateSystemStack(m*, uintptr, bool) {}
void bindmAtThreadExit(g*) {}
void traceback1(uintptr, uintptr, uintptr, g*, uint32) {}

// ---- memory

mcache* allocmcache() { return new mcache; }
void freemcache(mcache* c) { delete c; }
uintptr maxstacksize = 0;
uintptr maxstackceiling = 0;
uint32 startingStackSize = stackMin;
void stackinit() {}
bool stackStillFitsStart(g*) { return true; }
void deletegsignal(m* mp) { mp->gsignal = nullptr; }

// ---- the collector, the poller, timers

gcControllerState gcController;
void gcControllerState::removeIdleMarkWorker() {}
void gcinit() {}
void flushAssistCredit(g*) {}
void flushGCState(p*) {}
void gcCPULimiter_resetCapacity(int64, int32) {}
outsideFlag casgstatusAlwaysTrack;
outsidePeriod forcegcperiod;
slice<ancestorInfo>* recordAncestors(g*) { return nullptr; }

// Go's assembly asks for these; a world of fibers starts elsewhere and takes no signals.
void asyncPreempt2() {}
void check() {}
void args(int, char**) {}
void osinit() {}
mutex deadlock;

}  // namespace runtime
