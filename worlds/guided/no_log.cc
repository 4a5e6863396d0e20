// What worlds that have an execution trace and no log are asked nothing of: the guided one, and the model, which has it
// of this one. Locks are never contended, since one fiber moves at a time; nobody reads what is printed; the program is not
// there, nor are its semaphores, its timers in bubbles, its collector but for the workers that a trace shows.
#include <string_view>

#include "runtime/proc_decl.h"
#include "seam/trace.h"

namespace runtime {

// ---- locks, threads, failures

void lock(mutex*) {}
void unlock(mutex*) {}
bool canPreemptM(m*) { return true; }
uint32 outsideCount::Load() const { return 0; }
void writeErrStr(std::string_view) {}
void printstring(std::string_view) {}
void printint(int64) {}
void printuint(uint64) {}
void printbool(bool) {}
void printhex(uint64) {}

// ---- the program

void parsedebugvars() {}
int32 gomaxprocsFromEnv() { return 0; }
void doInit(initTask*) {}
void main_main() {}
void runExitHooks(int32) {}

// ---- memory and the collector

bool stackFitsStart(g*) { return true; }
void freedeadm(m*, bool) {}
bool gcControllerState::addIdleMarkWorker() { return false; }
bool gcControllerState::needIdleMarkWorker() { return false; }
bool gcTrigger::test() const { return false; }
void gcStart(gcTrigger) {}
void gcenable() {}
bool gcMarkWorkAvailable(p*) { return false; }
g* gcBgMarkWorkerPool_pop() { return nullptr; }
bool scavenger_sysmonWake() { return false; }
void scavenger_wake() {}
uint32 fingStatus() { return 0; }
g* wakefing() { return nullptr; }

// ---- the poller, semaphores, bubbles

bool netpollinited() { return true; }
void netpollAdjustWaiters(int32) {}
void semacquire(uint32*) {}
void semrelease(uint32*) {}
void semrelease1(uint32*, bool, int) {}
void synctestGroup::changegstatus(g*, uint32, uint32) {}
void synctestGroup::incActive() {}
void synctestGroup::decActive() {}
outsideFlag::operator bool() const { return false; }
outsidePeriod::operator int64() const { return int64{1} << 62; }
bool isSystemGoroutine(g*, bool) { return false; }

// ---- the tracer

bool traceReaderAvailable() { return false; }
void traceThreadDestroy(m*) {}
void traceRelease(traceLocker) {}
void traceLocker::Running() const {}
void traceLocker::GoCreateSyscall(g*) const {}
void traceLocker::GoDestroySyscall() const {}

}  // namespace runtime
