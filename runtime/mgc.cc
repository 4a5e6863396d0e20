// What is left of Go's collector without a collector: C++ frees what it does not use. The scheduler asks these questions
// all the same, and gets the answers of a program that never collects. From mgc.go, mgcpacer.go and mgcscavenge.go.
#include "runtime/proc_decl.h"

namespace runtime {

gcControllerState gcController;

std::pair<g*, int64> gcControllerState::findRunnableGCWorker(p*, int64 now) { return {nullptr, now}; }
bool gcControllerState::addIdleMarkWorker() { return false; }
void gcControllerState::removeIdleMarkWorker() {}
bool gcControllerState::needIdleMarkWorker() { return false; }

// Never due: forcegchelper sleeps for good.
bool gcTrigger::test() const { return false; }
void gcStart(gcTrigger) {}
// The first p takes over the cache that the start used; Go makes it in mallocinit.
void gcinit() { mcache0 = allocmcache(); }
bool gcBlackenEnabled() { return false; }
bool gcMarkWorkAvailable(p*) { return false; }
g* gcBgMarkWorkerPool_pop() { return nullptr; }
void flushAssistCredit(g*) {}
void flushGCState(p*) {}
void gcCPULimiter_resetCapacity(int64, int32) {}
bool scavenger_sysmonWake() { return false; }
void scavenger_wake() {}

outsidePeriod forcegcperiod;
outsidePeriod::operator int64() const { return int64{2} * 60 * 1000000000; }

outsideFlag casgstatusAlwaysTrack;
outsideFlag::operator bool() const { return false; }

}  // namespace runtime
