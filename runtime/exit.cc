// The end of a program. No Go file has this: a Go program ends between two instructions of its other goroutines, which
// lose nothing by it. A C++ program has static objects, which it expects to be destroyed, streams that must be written
// out, and functions that were given to atexit; and none of it works while other threads still use what is destroyed.
//
// So the others stand still first:
//   * goroutines that have a P, by a stop of the world that is never lifted; whoever calls the runtime without a P
//     waits for one in vain;
//   * goroutines in the program's code without a P, by a signal whose handler does not return. The handler looks where
//     it has come: in a system call that waits, or in the program's own code with only such code on the stack, is good.
//     In a library the thread may hold a lock that a destructor wants, malloc's for one; it is let go on and asked
//     again. One that never comes out runs on, as threads do in any C++ program that exits.
// Threads that the program made by itself go on as well.
//
// After that exit is called, on the goroutine that was first to want it. What it runs may use the runtime, but not wait
// in it: nobody would come to end the wait. If it does, the program ends with a message (exitAfterMain's callers and
// notesleep).
//
// Who wants no destructors (os.Exit) has streams written out all the same, and these have locks, which whoever reads
// from one holds. So the others stand still here, too, and then libc does what it does in exit: it asks for no locks.
#include "runtime/exit.h"

#include <dlfcn.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/asan.h"
#include "runtime/boundary.h"
#include "runtime/cfi.h"
#include "runtime/os_linux_decl.h"
#include "runtime/preempt.h"
#include "runtime/proc_decl.h"
#include "runtime/race.h"
#include "runtime/seam.h"
#include "runtime/signal_unix_decl.h"
#include "runtime/traceoutput.h"

namespace runtime {

namespace {

atomic::Uint32<> wanted;      // somebody exits
atomic::Pointer<m> exitingM;  // once the world is stopped

int32 mainStatus;
bool mainReturned;

constexpr int rounds = 500;
constexpr uint32 roundUs = 100;

// One round: asks every thread that may run the program's code. Returns how many it asked.
uint32 askAll(m* me) {
  uint32 n = 0;
  for (m* mp = allm; mp != nullptr; mp = mp->alllink) {
    g* gp = mp->curg.Load();
    if (mp == me || gp == nullptr || mp->procid == 0 || mp->isExtraInC) continue;
    if (mp->dying != 0) continue;  // stands still
    if ((readgstatus(gp) & ~_Gscan) != _Gsyscall) continue;
    n++;
    signalM(mp);
  }
  return n;
}

}  // namespace

[[noreturn]] static void libcExit(int32 status) {
  asanLeakRoots();
  racefini();
  auto* f = reinterpret_cast<void (*)(int)>(dlsym(RTLD_NEXT, "exit"));
  f(status);
  __builtin_unreachable();
}

bool isExiting() { return exitingM.Load() != nullptr; }
bool isExiting(const m* mp) { return exitingM.Load() == mp; }

void setExitStatus(int32 status) {
  mainStatus = status;
  mainReturned = true;
}

bool hasMainReturned() { return mainReturned; }

void exitAfterMain() {
  g* gp = getg();
  if (!mainReturned || gp == nullptr || gp->goid != 1 || isExiting()) return;
  exitProgram(mainStatus);
}

// Lets the others stand still.
static void standAlone() {
  if (!wanted.CompareAndSwap(0, 1) || panicking.Load() != 0) {
    gopark(nullptr, nullptr, waitReasonPanicWait, traceBlockForever, 1);
  }
  stopTheWorld(stwGOMAXPROCS);
  m* mp = getg()->m;
  // This thread counts twice from here on, so that nobody takes the standstill for a deadlock.
  lock(&sched.lock);
  sched.nmsys--;
  unlock(&sched.lock);
  // It may run the scheduler up to where it would sleep.
  mp->p.ptr()->status.Store(_Prunning);
  exitingM.Store(mp);
  for (int i = 0; i < rounds && askAll(mp) != 0; i++) usleep(roundUs);
}

void exitProgram(int32 status) {
  if (!isExiting(getg()->m)) {  // else from a destructor: libc knows what is left to do
    traceAtExit();
    standAlone();
  }
  toProgram out;
  libcExit(status);
}

void flushAlone() {
  if (!isExiting(getg()->m)) standAlone();
  toProgram out;
  fcloseall();
}

void standStill(g* gp, const cfiFrame& at, bool inCall) {
  m* mp = gp->m;
  if (isExiting(mp) || gp != mp->curg.plain()) return;
  if (!inCall && !hasOnlyProgramFrames(gp, at)) return;
  mp->dying = 1;
  for (;;) syscall(SYS_ppoll, nullptr, 0, nullptr, nullptr, 0);  // arm64 has no pause
}

}  // namespace runtime

// exit on a goroutine, or on a thread that can be one. Elsewhere, and once the others stand still, it is libc's.
extern "C" void exit(int status) noexcept {
  runtime::g* gp = runtime::getg();
  if (gp == nullptr && runtime::canEnterForeign() && !runtime::isExiting()) {
    runtime::fromProgram here;
    runtime::exitProgram(status);
  }
  if (gp != nullptr && gp->m != nullptr && gp->m->curg.plain() == gp && !runtime::isExiting(gp->m)) {
    runtime::fromProgram here;
    runtime::exitProgram(status);
  }
  runtime::libcExit(status);
}
