// The thin layer between the public functions and the port.
#include "api/runtime.h"

#include "api/main.h"
#include "runtime/debug.h"
#include "runtime/main.h"
#include "runtime/proc_decl.h"

namespace gort {

void Gosched() { runtime::Gosched(); }
int GOMAXPROCS(int n) { return static_cast<int>(runtime::GOMAXPROCS(n)); }
int NumCPU() { return runtime::ncpu; }
int NumGoroutine() { return runtime::gcount(); }
void LockOSThread() { runtime::LockOSThread(); }
void UnlockOSThread() { runtime::UnlockOSThread(); }
int SetMaxThreads(int n) { return runtime::setMaxThreads(n); }
uint64_t Goid() { return runtime::getg()->goid; }
void Exit(int code) { runtime::os_Exit(code); }
void EnterSyscall() { runtime::entersyscall(); }
void ExitSyscall() { runtime::exitsyscall(); }

namespace {

int (*programMain)(int, char**);
int programArgc;
char** programArgv;

void callProgram() {
  if (int status = programMain(programArgc, programArgv); status != 0) runtime::os_Exit(status);
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
