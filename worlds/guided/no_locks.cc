// Locks are never contended where one fiber moves at a time and up to where it waits: the guided world and the model. Nor is
// there anybody to wait for at a semaphore of the program, or anything to count at the poller.
#include "runtime/proc_decl.h"

namespace runtime {

void lock(mutex*) {}
void unlock(mutex*) {}
void netpollAdjustWaiters(int32) {}
void semacquire(uint32*) {}
void semrelease(uint32*) {}
void semrelease1(uint32*, bool, int) {}
void timers::take(timers*) {}

}  // namespace runtime
