// What is left of Go's collector without a collector: C++ frees what it does not use. The scheduler asks these
// questions all the same, and gets the answers of a program that never collects. From mgc.go and mgcpacer.go.
//
// Two things are left for a collection to do: to empty the pools of package sync, which hold what nobody needs, and to
// note since when goroutines wait. It is due when a program uses a pool and forcegcperiod has passed, as Go's is when
// nothing else has triggered it (a program without pools has none, as a Go program that allocates next to nothing);
// sysmon then wakes forcegchelper, and gcStart stops the world for as long as it takes to swap a few pointers.
#include "runtime/mgc_decl.h"
#include "runtime/chan.h"
#include "runtime/mgcsweep.h"
#include "runtime/boundary.h"
#include "runtime/proc_decl.h"

namespace runtime {

static void (*poolcleanup)();
static void (*poolcleanupAfterwards)();

// When the last one was, in nanotime; 0: there is nothing to do yet. Its first store, a release, publishes the two
// above; it pairs with the acquire in gcTrigger::test.
static constinit int64 lastGC = 0;

void GC() {
  fromProgram here;
  gcStart({gcTriggerCycle, 0, 0});
}

gcControllerState gcController;

std::pair<g*, int64> gcControllerState::findRunnableGCWorker(p*, int64 now) { return {nullptr, now}; }
bool gcControllerState::addIdleMarkWorker() { return false; }
void gcControllerState::removeIdleMarkWorker() {}
bool gcControllerState::needIdleMarkWorker() { return false; }

bool gcTrigger::test() const {
  int64 last = __atomic_load_n(&lastGC, __ATOMIC_ACQUIRE);
  if (last == 0) return false;
  return kind != gcTriggerTime || now - last > forcegcperiod;
}

void gcStart(gcTrigger trigger) {
  // Not where a goroutine cannot be stopped.
  g* gp = getg();
  if (gp == gp->m->g0 || gp->m->locks != 0 || gp->m->preemptoff.len != 0) return;
  if (!trigger.test()) return;
  worldStop stw = stopTheWorldGC(stwGCSweepTerm);
  clearpools();
  const int64 now = nanotime();
  __atomic_store_n(&lastGC, now, __ATOMIC_RELEASE);
  startTheWorldGC(stw);
  // As Go's markroot does when it comes by each stack, beside the running program: who waits is noted, for a dump to
  // tell the minutes. A goroutine that goes on at this moment may keep a time of no meaning until it waits again.
  forEachGRace([now](g* gp) {
    const uint32 status = readgstatus(gp) & ~_Gscan;
    if ((status == _Gwaiting || status == _Gsyscall) && gp->waitsince == 0) gp->waitsince = now;
  });
  poolcleanupAfterwards();
}

// The first p takes over the cache that the start used; Go makes it in mallocinit.
void gcinit() { mcache0 = allocmcache(); }
namespace {

// What the two helpers are given: nobody frees it, they live as long as the program.
struct startHelper : funcval {
  hchan* c;
  startHelper(void (*entry)(startHelper*), hchan* c) : funcval{reinterpret_cast<uintptr>(entry)}, c(c) {}
};

void sweepEntry(startHelper* s) { bgsweep(s->c); }
void scavengeEntry(startHelper* s) { bgscavenge(s->c); }

}  // namespace

// On the main goroutine, before the program's own code: starts the helpers and waits until both run.
void gcenable() {
  hchan* c = makechan(&typeOf<int64>, 2);
  static startHelper sweep(sweepEntry, c), scavenge(scavengeEntry, c);
  newproc(&sweep);
  newproc(&scavenge);
  chanrecv1(c, nullptr);
  chanrecv1(c, nullptr);
}

bool isHelperOfCollector(uintptr pc) {
  return pc == reinterpret_cast<uintptr>(&sweepEntry) || pc == reinterpret_cast<uintptr>(&scavengeEntry);
}

g* gcBgMarkWorkerPool_pop() { return nullptr; }
void flushGCState(p*) {}
void gcCPULimiter_resetCapacity(int64, int32) {}

void sync_runtime_registerPoolCleanup(void (*cleanup)(), void (*afterwards)()) {
  poolcleanup = cleanup;
  poolcleanupAfterwards = afterwards;
  __atomic_store_n(&lastGC, nanotime(), __ATOMIC_RELEASE);
}

void clearpools() { poolcleanup(); }

outsidePeriod forcegcperiod;
outsidePeriod::operator int64() const { return int64{2} * 60 * 1000000000; }

outsideFlag casgstatusAlwaysTrack;

}  // namespace runtime
