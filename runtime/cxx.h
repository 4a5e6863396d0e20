// What C++ itself keeps for each thread, and a goroutine must carry along from thread to thread.
//
// No Go file has this. A gExtra lies directly above g.stack.hi, in the page that a goroutine touches first, so that it
// costs no memory of its own and g keeps Go's layout. It lives as long as the stack; a goroutine that begins to run
// clears it (stack.cc).
#pragma once

#include "runtime/runtime2.h"

namespace runtime {

// The Itanium C++ ABI's __cxa_eh_globals: the exceptions that are being handled, innermost first, and how many have
// been thrown and not yet caught.
struct ehGlobals {
  void* caughtExceptions = nullptr;
  unsigned uncaughtExceptions = 0;
};

// gExtra belongs to the goroutine; whoever owns its status may look.
struct alignas(16) gExtra {
  ehGlobals eh;
  void* goexiting = nullptr;  // the exception object of a Goexit that unwinds this stack
  uint32 nextStackSize = 0;   // for the next goroutine that this one starts; 0: the usual (stack.cc)
  uint32 nextStartSize = 0;   // how much of a funcval that goroutine gets for itself; 0: it stays where it is
  void (*nextStartMove)(void* to, void* from) = nullptr;  // how it gets it; nullptr: its bytes are copied
  uintptr _[3] = {};
};

static_assert(sizeof(gExtra) == 64);

// gp's extra; gp is a goroutine, no g0 or gsignal. That of a thread that gort did not start has the thread's.
inline gExtra* extraOf(const g* gp) { return reinterpret_cast<gExtra*>(gp->stack.hi); }

// Where a thread keeps it that runs no goroutine: in its static thread-local storage, which libc lays above its stack.
gExtra* extraOfThread();

// Makes std::terminate report what nobody caught as a panic. At the start, before the first goroutine; a program that
// installs a terminate handler of its own afterwards gets what it asks for.
void cxxinit();

}  // namespace runtime
