// Go's traceback.go: stack traces, in Go's format. What isSystemGoroutine and traceback1 do stands in seam.h.
//
// All of it prints by print.h, so it goes to standard error or to the g's writebuf; it may run on g0 or gsignal in the
// middle of a crash, allocates nothing and waits for no lock.
#pragma once

#include <string_view>

#include "runtime/seam.h"
#include "runtime/symtab.h"

namespace runtime {

// The frames at each end of a stack that are shown, when there are more than both together.
inline constexpr int tracebackInnerFrames = 50;
inline constexpr int tracebackOuterFrames = 50;

// Flags of traceback1.
inline constexpr uint32 unwindPrintErrors = 1 << 0;
inline constexpr uint32 unwindSilentErrors = 1 << 1;
inline constexpr uint32 unwindTrap = 1 << 2;  // pc is that of a trapped instruction, not a return address

// As pc and sp: the g's own, from where it left the processor.
inline constexpr uintptr whereItStands = ~uintptr{0};

// What GOTRACEBACK, SetTraceback and the state of this thread ask for.
struct tracebackLevel {
  int32 level;  // 0: no traces; 1: without the runtime's frames; 2: with them
  bool all;     // of all goroutines
  bool crash;   // dump core in the end
};
tracebackLevel gotraceback();
// none, single, all, system, crash, or a number; the rest is as single. Never less than GOTRACEBACK set at the start.
void setTraceback(std::string_view level);

// "goroutine 1 [running]:".
void goroutineheader(g* gp);
// gp's frames from the one with that pc and sp on. If gp runs, then on this thread.
void traceback(uintptr pc, uintptr sp, uintptr lr, g* gp);
// The same from a signal's handler, with the pc and sp that the signal interrupted.
void tracebacktrap(uintptr pc, uintptr sp, uintptr lr, g* gp);
// All goroutines but me, the one that runs on this thread first.
void tracebackothers(g* me);
void printcreatedby(g* gp);

// The return addresses of the caller's frames, innermost first, without the first `skip`; returns how many. Any stack.
int callers(int skip, uintptr* pcbuf, int n);
// Those of gp, which does not run or is the caller.
int gcallers(g* gp, int skip, uintptr* pcbuf, int n);

// ---- Names, for whoever shows stacks in another form.

// A name without "()": what Go calls a function's name.
std::string_view bareName(std::string_view name);
// Whether dumps leave such a function out: it is the runtime's, or a library's of the language.
bool isHiddenFrame(std::string_view name, const funcInfo& f);

// What the program gave to gort::go, whose own pieces are what a goroutine begins with.
enum class startKind : uintptr {
  unknown,   // nothing is known but the entry function
  object,    // a call operator; pc is in its code, which may be part of another function's
  function,  // a pointer that looks like one to a function: its entry
};
struct programStart {
  startKind kind;
  uintptr pc;
};
// Of gp, which has not run yet and has the entry function pc.
programStart programStartOf(const g* gp, uintptr pc);
// Its name, in buf or in a mapped file, and place; "?" if there is none.
std::string_view startName(const programStart& start, char* buf, int len, fileLine* at);

}  // namespace runtime
