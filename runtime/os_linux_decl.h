// What the files close to the system say to each other: futexes, the semaphore that every m has, random numbers of the
// runtime. The scheduler itself does not use these: see seam.h for what it does.
#pragma once

#include <string_view>

#include "runtime/runtime2.h"

namespace runtime {

// ---- os_linux.go. Any stack, any thread.

// Sleeps while *addr == val, at most ns nanoseconds (< 0: for ever). May return early for no reason.
void futexsleep(uint32* addr, uint32 val, int64 ns);
// Wakes at most cnt threads that sleep on addr.
void futexwakeup(uint32* addr, uint32 cnt);
uint32 gettid();
// Whether the process has threads that are no m and that the runtime did not start. With sched.lock; some system calls.
bool hasUnknownThreads();
// Where the calling thread's stack lies, with what libc keeps at its upper end.
stack threadStack();

// ---- cgocall.cc: what becomes of fork, once, at the start.
void forkInit();

// ---- lock_spinbit.cc: before there is a second thread.
void lockFenceInit();
void lockSpinInit();  // some hundred pauses

// ---- lock_futex.go. The calling m sleeps until one semawakeup of it, which may have been before; at most ns
// nanoseconds (< 0: for ever). 0: woken, -1: it took too long.
int32 semasleep(int64 ns);
void semawakeup(m* mp);
// notetsleep for a user goroutine: gives the p away meanwhile.
bool notetsleepg(note* n, int64 ns);

// ---- rand.go
uint64 rand();
uint32 rand32();
uint32 randn(uint32 n);       // in [0, n)
uint32 cheaprandn(uint32 n);  // in [0, n)

// ---- netpoll.go: makes the poller, once. Any goroutine or g0.
void netpollGenericInit();

// ---- env_posix.go: the environment as it was at the start; nullptr when it has no such name.
const char* gogetenv(const char* name);

// ---- runtime.go: the program's arguments.
extern int32 argc;
extern char** argv;

// ---- mfinal.go: starts the goroutine for finalizers.
void createfing();
void runfinq();

// ---- mgc.go: whether a goroutine that starts at pc is one of gcenable's.
bool isHelperOfCollector(uintptr pc);

}  // namespace runtime
