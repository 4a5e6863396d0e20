// The thin layer between the public functions and the port.
#include "api/runtime.h"

#include "api/main.h"
#include "api/trace.h"
#include "runtime/boundary.h"
#include "runtime/debug.h"
#include "runtime/exit.h"
#include "runtime/handoff.h"
#include "runtime/main.h"
#include "runtime/proc_decl.h"

namespace gort {

void Gosched() {
  runtime::fromProgram here;
  runtime::Gosched();
}
int GOMAXPROCS(int n) {
  runtime::fromProgram here;
  return static_cast<int>(runtime::GOMAXPROCS(n));
}
int NumCPU() { return runtime::ncpu; }
int NumGoroutine() {
  runtime::fromProgram here;
  return runtime::gcount();
}
void LockOSThread() {
  runtime::fromProgram here;
  runtime::LockOSThread();
}
void UnlockOSThread() {
  runtime::fromProgram here;
  runtime::UnlockOSThread();
}
int SetMaxThreads(int n) {
  runtime::fromProgram here;
  return runtime::setMaxThreads(n);
}
int SetMaxHandoffs(int n) { return runtime::setHandoffMax(n); }
uint64_t Goid() {
  if (runtime::getg() != nullptr) return runtime::getg()->goid;
  runtime::fromProgram here;
  return runtime::getg()->goid;
}
void Exit(int code) {
  runtime::fromProgram here;
  runtime::os_Exit(code);
}

// The frame that stays is the caller's.
[[gnu::noinline]] void EnterSyscall() {
  runtime::fromProgram here;
  runtime::reentersyscall(runtime::getcallerpc(), runtime::getcallersp(), 0);
}
// Whoever enters the runtime leaves the system call.
void ExitSyscall() { runtime::fromProgram here; }

namespace {

int (*programMain)(int, char**);
int programArgc;
char** programArgv;

void callProgram() {
  trace::FromEnvironment();
  runtime::setExitStatus(programMain(programArgc, programArgv));
}

}  // namespace

void Run(int (*main)(int, char**), int argc, char** argv) {
  programMain = main;
  programArgc = argc;
  programArgv = argv;
  runtime::setMain(callProgram);
  runtime::rt0_go(argc, argv);
}

}  // namespace gort
