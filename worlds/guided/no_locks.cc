// What the guided world and the model are asked nothing of, and the explored one is. Locks are never contended where
// one fiber moves at a time and up to where it waits. Nor is there anybody to wait for at a semaphore, anything to
// count at the poller, or a collection to force.
#include "runtime/proc_decl.h"

namespace runtime {

void lock(mutex*) {}
void unlock(mutex*) {}
void netpollAdjustWaiters(int32) {}
void semacquire(uint32*) {}
void semrelease(uint32*) {}
void semrelease1(uint32*, bool, int) {}
void timers::take(timers*) {}
bool gcTrigger::test() const { return false; }
void gcStart(gcTrigger) {}
bool isSystemGoroutine(g*, bool) { return false; }

}  // namespace runtime
