// What runs before main.main, and what main.main is: the linker's part of a Go program (runtime.main reads its lists).
#include "runtime/boundary.h"
#include "runtime/exit.h"
#include "runtime/main.h"
#include "runtime/os_linux_decl.h"
#include "runtime/proc_decl.h"
#include "runtime/traceoutput.h"

namespace runtime {

// One list of initialisers, ended by a null pointer.
struct initTask {
  void (*const* fns)();
};

void init();

namespace {

void (*const runtimeInits[])() = {init, nullptr};
void (*const mainInits[])() = {createfing, nullptr};
initTask runtimeTask{runtimeInits};
initTask mainTask{mainInits};

void (*mainFn)();

}  // namespace

initTask* const runtime_inittasks = &runtimeTask;
initTask* const main_inittasks = &mainTask;

void doInit(initTask* tasks) {
  for (auto fn = tasks->fns; *fn != nullptr; fn++) (*fn)();
}

void setMain(void (*fn)()) { mainFn = fn; }

void main_main() {
  if (debug.preemptevery > 0) preemptEvery(debug.preemptevery);
  toProgram out;
  mainFn();
}

// What C and C++ streams still hold.
void runExitHooks(int32) {
  traceAtExit();
  if (!hasMainReturned()) flushAlone();  // else exit does it
}

void os_Exit(int code) {
  os_beforeExit(code);
  exit(code);
}

}  // namespace runtime
