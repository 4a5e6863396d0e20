// The execution tracer: Go's trace.go. How it works: trace.cc. What the scheduler calls: traceruntime.h, seam/trace.h.
#pragma once

#include <string_view>

#include "runtime/internal/goarch.h"
#include "runtime/runtime2_base.h"
#include "runtime/tracebuf.h"
#include "runtime/tracestack.h"
#include "runtime/tracestring.h"
#include "seam/atomic.h"
#include "seam/trace.h"

namespace runtime {

struct traceCPULog;

// traceContext is all that the tracer keeps beside what lies in each g, m and p, and in traceState (seam/trace.h).
struct traceContext {
  // lock guards the buffers that no M has. On the system stack only.
  mutex lock;
  traceBuf* reading = nullptr;    // what the reader was given last
  traceBuf* empty = nullptr;      // for use again
  traceBufQueue full[2];          // by generation mod 2
  atomic::Bool<> workAvailable;   // full has something

  // The reader's state, under lock; readable without.
  atomic::Uintptr<> readerGen;   // the generation that it reads
  atomic::Uintptr<> flushedGen;  // the last one that is complete
  uint64 pieces = 0;             // how many it was given of this trace
  atomic::Bool<> crashing;       // it gets no more of them

  uint32 doneSema[2] = {};  // by generation mod 2: the reader has all of it

  traceStackTable stackTab[2];    // by generation mod 2
  traceStringTable stringTab[2];

  // Samples, by generation mod 2; nullptr: none are taken. What is written of them.
  atomic::Pointer<traceCPULog> cpuLog[2];
  traceBuf* cpuBuf[2] = {};

  atomic::Pointer<g> reader;  // waits in ReadTrace

  traceArg goStopReasons[2][traceNumGoStopReasons] = {};  // strings of each generation
  traceArg goBlockReasons[2][traceNumBlockReasons] = {};

  // The generation that is being written; 0: no trace is being taken.
  atomic::Uintptr<> gen;
  uintptr lastNonZeroGen = 0;

  atomic::Uintptr<> advancing;  // a generation that is over and not yet complete; 0: none
};
extern traceContext tracer;

// Starts a trace. Its data are ReadTrace's, which somebody must call until the end. False: one is being taken. On a
// goroutine; stops the world.
bool StartTrace();

// Ends it, if one is being taken, and waits until the reader has everything. On a goroutine that is not the reader.
void StopTrace();

// The next generation: what the old one has is the reader's when this returns. stopTrace: there is no next one. On a
// goroutine that is not the reader.
void traceAdvance(bool stopTrace);

// The next piece of the trace; waits for it. Empty: the trace has ended and all of it was read. The bytes are the
// caller's until the next call. gen: the generation that they belong to, 0 of the header. number: counts from 1, the
// header. One goroutine at a time.
struct tracePiece {
  const uint8* data = nullptr;
  uintptr len = 0;
  uintptr gen = 0;
  uint64 number = 0;
};
tracePiece ReadTrace();

// The end of a trace in a program that dies: gives f all that the reader has not yet got. Waits for nobody for long,
// and allocates nothing. consumed: the number of the last piece that the reader is done with; 0: of none. The reader
// must not be in the middle of a piece, and gets no more of them. Any stack; once.
void traceCrash(uint64 consumed, void (*f)(const uint8* data, uintptr len));

// wakeableSleep is a sleep that can be cut short. One goroutine at a time sleeps.
struct wakeableSleep {
  void sleep(int64 ns);
  void wake();  // now, or the next sleep as it begins. On a goroutine

  int64 when = 0;
  g* sleeper = nullptr;  // under alarmLock, as the rest
  bool awake = false;
  wakeableSleep* next = nullptr;
};

// Whether a goroutine that starts at pc is one of the tracer's.
bool isTracersStart(uintptr pc);

// What package runtime/trace calls: annotations of the goroutine that calls, if a trace is being taken.
// traceruntime.cc.
void trace_userTaskCreate(uint64 id, uint64 parentID, std::string_view taskType);
void trace_userTaskEnd(uint64 id);
void trace_userRegion(uint64 id, bool begin, std::string_view name);
void trace_userLog(uint64 id, std::string_view category, std::string_view message);

// A locker that writes on behalf of mp, whose thread is kept out of the runtime by the caller. traceReleaseFor ends it.
traceLocker traceAcquireFor(m* mp);
void traceReleaseFor(traceLocker tl);

}  // namespace runtime
