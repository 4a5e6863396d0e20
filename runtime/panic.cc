// Go's panic.go: how a program dies, and how a goroutine ends early.
//
// Three ways lead to death, and all end in dopanic_m, which prints the trace, and exit status 2:
//
//   throw_   the runtime found itself broken: everything is shown, runtime frames and system goroutines included
//   fatal    the program did what no handler may repair (a deadlock, unlock of an unlocked mutex)
//   panic_   the program did something wrong that a handler may repair: a C++ exception, gort::RuntimeError. If nobody
//            catches it the unwinder's search phase comes to the end of the stack, C++ calls the terminate
//            handler with the stack still as it was at the throw, and the handler (cxx.cc) calls fatalpanic
//
// What holds while a thread reports:
//   * m.dying counts how often this thread has failed: 1 reports, 2 prints only traces (a failure inside the report), 3
//     says that there will be no trace, and the next just exits. So a crash always ends.
//   * panicking counts the threads that report. paniclk lets one print at a time; the others wait, print theirs, and
//     the last one ends the process. runtime.main looks at the count (and at runningPanicDefers) before it lets the
//     program exit by itself in the middle of a report.
//   * Nobody allocates: the heap may be what broke. Texts of exceptions were fetched before (cxx.cc).
//   * Other threads are frozen by freezetheworld, best effort: a report may race with what still runs.
//
// What differs from Go:
//   * No defer chain: destructors and catch blocks are C++'s. So gopanic, gorecover, recovery and the _panic.nextDefer
//     machinery have no counterpart; runningPanicDefers is raised only from the terminate handler to startpanic_m.
//   * Goexit unwinds by _Unwind_ForcedUnwind, which runs destructors and shows itself to catch (...) blocks only. A
//     block that swallows it is left by a second unwinding from its end: Goexit cannot be stopped, as Go's cannot be
//     recovered.
//   * Bounds and nil-map panics are the compiler's in Go; C++ has none.
#include "runtime/panic.h"

#include <signal.h>
#include <sys/auxv.h>
#include <unwind.h>

#include <cstdlib>
#include <string>

#include "runtime/cxx.h"
#include "runtime/error.h"
#include "runtime/print.h"
#include "runtime/proc_decl.h"
#include "runtime/traceback.h"
#include "runtime/traceoutput.h"

namespace runtime {

std::string_view signame(uint32 sig);  // signal_unix.cc
extern g gcrash;                       // proc.cc

// Uncaught exceptions become panics from the moment that the program is loaded.
[[gnu::constructor]] static void startCxx() { cxxinit(); }

// Turns what must not be a panic into a throw: the thread holds something that an unwinding would leave behind.
static void panicCheck(const char* text) {
  g* gp = getg();
  if (gp == nullptr || gp->m == nullptr) return;  // somebody else's thread: an ordinary exception
  const char* why = nullptr;
  if (gp->m->curg.plain() != gp) {
    why = "panic on system stack";
  } else if (gp->m->mallocing != 0) {
    why = "panic during malloc";
  } else if (gp->m->preemptoff.len != 0) {
    why = "panic during preemptoff";
  } else if (gp->m->locks != 0) {
    why = "panic holding locks";
  }
  if (why == nullptr) return;
  print("panic: ");
  printindented(text);
  print("\n");
  if (gp->m->curg.plain() == gp && gp->m->mallocing == 0 && gp->m->preemptoff.len != 0) {
    print("preempt off reason: ", gp->m->preemptoff, "\n");
  }
  throw_(why);
}

template <class E>
[[noreturn]] static void throwError(const char* s) {
  std::string text = std::string("runtime error: ") + s;
  panicCheck(text.c_str());
  throw E(text);
}

void panicError(const char* s) { throwError<gort::RuntimeError>(s); }
void panicdivide() { throwError<faultError>("integer divide by zero"); }
void panicoverflow() { throwError<faultError>("integer overflow"); }
void panicfloat() { throwError<faultError>("floating point error"); }
void panicSignal(const char* name) { throwError<faultError>(name); }

void panicmem() { panicmemAddr(getg()->sigcode1); }

void panicmemAddr(uintptr addr) {
  constexpr const char* text = "runtime error: invalid memory address or nil pointer dereference";
  panicCheck(text);
  throw gort::MemoryError(text, addr);
}

void panic_(const char* s) {
  panicCheck(s);
  throw gort::RuntimeError(s);
}

// ---- Goexit

namespace {

constexpr _Unwind_Exception_Class goexitClass = 0x474f525445584954;  // "GORTEXIT": not C++'s

[[noreturn]] void goexitUnwind(_Unwind_Exception* ex);

// Asked before each frame is left, and once more at the end of the stack.
_Unwind_Reason_Code goexitStop(int, _Unwind_Action actions, _Unwind_Exception_Class, _Unwind_Exception* ex,
                               _Unwind_Context*, void*) {
  if ((actions & _UA_END_OF_STACK) != 0) {
    // Nothing above is left but the entry. We stand somewhere below, on frames that nobody returns to: mcall leaves
    // them.
    extraOf(getg())->goexiting = nullptr;
    std::free(ex);
    goexit1();
  }
  return _URC_NO_REASON;
}

// A catch (...) block came to its end without rethrowing: go on from there.
void goexitCaught(_Unwind_Reason_Code, _Unwind_Exception* ex) { goexitUnwind(ex); }

void goexitUnwind(_Unwind_Exception* ex) {
  // Comes back only when a frame has no unwind tables.
  _Unwind_ForcedUnwind(ex, goexitStop, nullptr);
  throw_("Goexit: a frame on the stack cannot be unwound");
}

}  // namespace

void Goexit() {
  g* gp = getg();
  if (gp == nullptr || gp->m == nullptr || gp->m->curg.plain() != gp) throw_("Goexit on system stack");
  // There is no goexit under its frames, and a C library would be unwound.
  if (gp->m->isextra) throw_("runtime.Goexit called in a thread that was not created by the Go runtime");
  // Not on the stack: the frames below a landing pad are used anew while the unwinding goes on.
  auto* ex = static_cast<_Unwind_Exception*>(std::calloc(1, sizeof(_Unwind_Exception)));
  if (ex == nullptr) throw_("Goexit: out of memory");
  ex->exception_class = goexitClass;
  ex->exception_cleanup = goexitCaught;
  extraOf(gp)->goexiting = ex;
  goexitUnwind(ex);
}

// ---- printing panics

// The chain from the outermost to p.
static void printpanics(_panic* p) {
  if (p->link != nullptr) {
    printpanics(p->link);
    if (!p->link->goexit) print("\t");
  }
  if (p->goexit) return;
  print("panic: ");
  printpanicval(*static_cast<panicval*>(p->arg.data));
  if (p->recovered) print(" [recovered]");
  print("\n");
}

// ---- throw_, fatal

// On a thread without a g there is nothing to show but the words.
static void dieForeign(const char* s) {
  writeErrStr("fatal error: ");
  writeErrStr(s);
  writeErrStr("\n");
  exit(2);
}

[[gnu::noinline]] void throw_(const char* s) {
  if (getg() == nullptr) dieForeign(s);
  enterToDie();
  systemstack([=] {
    print("fatal error: ");
    printindented(s);
    print("\n");
  });
  fatalthrow(throwTypeRuntime);
}

[[gnu::noinline]] void fatal(const char* s) {
  if (getg() == nullptr) dieForeign(s);
  enterToDie();
  printlock();  // two of these must not mix their reports
  systemstack([=] {
    print("fatal error: ");
    printindented(s);
    print("\n");
  });
  fatalthrow(throwTypeUser);
}

// Raised by the terminate handler until the report counts in panicking: main must not exit in between.
static uint32 runningPanicDefersCount;
outsideCount runningPanicDefers;
uint32 outsideCount::Load() const { return __atomic_load_n(&runningPanicDefersCount, __ATOMIC_SEQ_CST); }
void addRunningPanicDefers(int32 n) { __atomic_fetch_add(&runningPanicDefersCount, n, __ATOMIC_SEQ_CST); }

racy<uint32> panicking;

// Held while a report is printed.
static mutex paniclk;

static bool isSecureMode() { return getauxval(AT_SECURE) != 0; }

[[gnu::noinline]] void fatalthrow(throwType t) {
  uintptr pc = getcallerpc();
  uintptr sp = getcallersp();
  g* gp = getg();
  if (gp == nullptr || gp->m == nullptr) exit(2);  // no thread of ours: there is no more to tell
  if (gp->m->throwing == throwTypeNone) gp->m->throwing = t;

  systemstack([=] {
    if (isSecureMode()) exit(2);
    startpanic_m();
    if (dopanic_m(gp, pc, sp)) crash();
    exit(2);
  });
  __builtin_trap();
}

[[gnu::noinline]] void fatalpanic(_panic* msgs) {
  uintptr pc = getcallerpc();
  uintptr sp = getcallersp();
  g* gp = getg();
  bool docrash = false;
  systemstack([&, gp, pc, sp] {
    if (startpanic_m() && msgs != nullptr) {
      // panicking holds main back from here on.
      addRunningPanicDefers(-1);
      printpanics(msgs);
    }
    docrash = dopanic_m(gp, pc, sp);
  });
  // On the goroutine's own stack, so that a debugger finds it there.
  if (docrash) crash();
  systemstack([] { exit(2); });
  __builtin_trap();
}

bool startpanic_m() {
  g* gp = getg();
  gp->m->mallocing++;
  // A wrong count of locks may be why we are here.
  if (gp->m->locks < 0) gp->m->locks = 1;

  switch (gp->m->dying) {
    case 0:
      gp->m->dying = 1;  // turns writebuf off, too
      panicking.Add(1);
      lock(&paniclk);
      if (debug.schedtrace > 0 || debug.scheddetail > 0) schedtrace(true);
      traceAtFatal();
      freezetheworld();
      return true;
    case 1:
      gp->m->dying = 2;
      print("panic during panic\n");
      return false;
    case 2:
      gp->m->dying = 3;
      print("stack trace unavailable\n");
      exit(4);
    default:
      exit(5);
  }
}

static bool didothers;  // under paniclk

mutex deadlock;  // taken twice by who must never go on

bool dopanic_m(g* gp, uintptr pc, uintptr sp) {
  if (gp->sig != 0) {
    std::string_view name = signame(gp->sig);
    print("[signal ");
    if (!name.empty()) {
      print(name);
    } else {
      print(hex(gp->sig));
    }
    print(" code=", hex(gp->sigcode0), " addr=", hex(gp->sigcode1), " pc=", hex(gp->sigpc), "]\n");
  }

  auto [level, all, docrash] = gotraceback();
  if (level > 0) {
    if (gp != gp->m->curg.plain()) all = true;
    // A handler on gsignal is the runtime's stack as well; Go never comes here from one.
    if (gp != gp->m->g0 && gp != gp->m->gsignal) {
      print("\n");
      goroutineheader(gp);
      traceback(pc, sp, 0, gp);
    } else if (level >= 2 || gp->m->throwing >= throwTypeRuntime) {
      print("\nruntime stack:\n");
      traceback(pc, sp, 0, gp);
    }
    if (!didothers && all) {
      didothers = true;
      tracebackothers(gp);
    }
  }
  unlock(&paniclk);

  if (panicking.Add(static_cast<uint32>(-1)) != 0) {
    // Another thread reports: it will end the process.
    lock(&deadlock);
    lock(&deadlock);
  }
  return docrash;
}

bool canpanic() {
  g* gp = getg();
  if (gp == nullptr || gp->m == nullptr) return false;
  m* mp = gp->m;
  if (gp != mp->curg.plain()) return false;
  if (mp->locks != 0 || mp->mallocing != 0 || mp->throwing != throwTypeNone || mp->preemptoff.len != 0 ||
      mp->dying != 0) {
    return false;
  }
  return (readgstatus(gp) & ~_Gscan) == _Grunning && gp->syscallsp == 0;
}

// A crash on a stack that is used up or unreadable: on a stack of its own, which only one thread of a process gets.
alignas(16) static char crashStack[64 << 10];

void switchToCrashStack0(void (*fn)()) {
  g* me = getg();
  gcrash.stack = {reinterpret_cast<uintptr>(crashStack), reinterpret_cast<uintptr>(crashStack + sizeof(crashStack))};
  gcrash.m = me->m;
  setg(&gcrash);
#if defined(__x86_64__)
  asm volatile("movq %0, %%rsp\n\txorl %%ebp, %%ebp\n\tcallq *%1\n\tud2"
               :
               : "r"(gcrash.stack.hi), "r"(fn)
               : "memory");
#elif defined(__aarch64__)
  asm volatile("mov sp, %0\n\tmov x29, xzr\n\tblr %1\n\tbrk #1" : : "r"(gcrash.stack.hi), "r"(fn) : "memory");
#endif
  __builtin_unreachable();
}

// Ends the process by SIGABRT, for a core.
void crash() { abort(); }

void badsystemstack() { throw_("systemstack called from unexpected goroutine"); }

}  // namespace runtime
