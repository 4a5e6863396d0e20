// How a program of goroutines ends: exit.cc.
#pragma once

#include "runtime/runtime2.h"

namespace runtime {

struct cfiFrame;

// Lets every other goroutine stand still and ends the process as C++ does, by exit: atexit's functions, destructors of
// thread_locals of this thread and of static objects, streams. On a goroutine, in the runtime. If another goroutine
// does the same already, this one stands still.
[[noreturn]] void exitProgram(int32 status);

// Lets every other goroutine stand still, and writes out what streams still hold. As exitProgram otherwise; returns.
void flushAlone();

// What runtime.main's exit(0) is to end with: what the program's main function returned. On the first goroutine.
void setExitStatus(int32 status);
bool hasMainReturned();
// If the program's main function has returned and this is its goroutine: exitProgram. Else returns.
void exitAfterMain();

// Whether exitProgram has come so far that no other goroutine runs. Anywhere.
bool isExiting();
// Whether mp's thread is the one that exits.
bool isExiting(const m* mp);

// In a signal's handler, after isExiting: keeps the thread here for good if its code may be left where it stands.
// inCall: it was interrupted in a system call that waits.
void standStill(g* gp, const cfiFrame& at, bool inCall);

}  // namespace runtime
