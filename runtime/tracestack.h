// Stacks in a trace: Go's tracestack.go.
#pragma once

#include "runtime/tracemap.h"
#include "runtime/traceruntime.h"

namespace runtime {

inline constexpr int traceStackSize = 128;  // frames of a stack, at most

// As the first word of an entry: it is not a stack, but what a goroutine will begin with (startPCForTrace).
inline constexpr uintptr traceStackStart = ~uintptr{0};

// traceStackTable has the stacks of one generation, as return addresses. Names come when it is written out.
struct traceStackTable {
  traceMap tab;

  uint64 put(const uintptr* pcs, int n);  // its number; 0 if there are none
  void dump(uintptr gen);                 // writes all of it, and forgets it. Nobody else may be there
};

// The number of a stack: of gp, which does not run (if it does before the walk is over, any stack may come out), or, if
// it is nullptr, of the goroutine that has come to the system stack of tl.mp. 0 if it cannot be told.
uint64 traceStack(g* gp, const traceLocker& tl);

// What newg, which has the entry function pc, begins with, as an entry of the table; returns its words.
int startPCForTrace(const g* newg, uintptr pc, uintptr (&pcs)[4]);

}  // namespace runtime
