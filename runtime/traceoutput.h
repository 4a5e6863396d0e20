// Where a trace goes: a file as it comes, or memory for the last seconds of it. No Go file has this; it is what Go's
// packages runtime/trace and os do. The public names, with all that a program must know: api/trace.h.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

// Starts a trace that goes to fd, which is the caller's until it ends. name: for messages, copied. False: one is being
// taken. On a goroutine.
bool traceToFile(int32 fd, const char* name);

// Starts a trace of which what is older than keep ns is thrown away again, and also what makes it longer than
// mostBytes; but for the last generation, which is a second or so. False: a trace is being taken. On a goroutine.
bool traceToMemory(int64 keep, uintptr mostBytes);

// Writes what memory has to fd, and goes on. 0, or what errno says; EINVAL: there is no such trace. On a goroutine.
int32 traceWriteTo(int32 fd);

// Ends the trace. Whether there was one, and all of it has been written (in memory: always). On a goroutine.
bool traceStopOutput();

// At a fatal error, a trace in memory goes to the file of that name; nullptr: it does not. The name is copied.
void traceAtFatalTo(const char* path);
// The same, and also at any other end.
void traceAtEndTo(const char* path);

// The program ends. Ends a trace that goes to a file, or shall then. On a goroutine.
void traceAtExit();

// The program dies. Writes what there is, without waiting for anybody. Any stack; the others may run still.
void traceAtFatal();

// A signal has come that ends the program, and it has come to a thread that is in the middle of the tracer, holds a
// lock of the runtime, or is none of ours: it is sent on to one that can call traceAtFatal, and this one has to go on.
// In a signal handler, on any thread.
bool traceEndsElsewhere(uint32 sig);

// Whether a goroutine that starts at pc is the one that writes.
bool isTraceWritersStart(uintptr pc);

}  // namespace runtime
