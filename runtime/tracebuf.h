// The buffers of an execution trace, each of which is a batch of the file: Go's tracebuf.go.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/traceexp.h"
#include "runtime/traceruntime.h"

namespace runtime {

using traceTime = uint64;
using traceArg = uint64;
enum traceEv : uint8;

inline constexpr int traceBytesPerNumber = 10;  // at most, in base 128

inline uint8* putVarint(uint8* p, uint64 v) {
  while (v >= 0x80) {
    *p++ = static_cast<uint8>(v | 0x80);
    v >>= 7;
  }
  *p++ = static_cast<uint8>(v);
  return p;
}

struct traceBufHeader {
  traceBuf* link;      // in tracer.empty or tracer.full
  traceTime lastTime;  // of the last event
  uintptr pos;         // what comes next, in arr
  uintptr lenPos;      // where the batch's length stands
  uintptr whole;       // behind the last event that is complete: a crash may come in the middle of one
};

// traceBuf is one batch. Only the M that has it writes, under its seqlock (trace.cc).
struct traceBuf : traceBufHeader {
  uint8 arr[(64 << 10) - sizeof(traceBufHeader)];

  void byte(uint8 v) { arr[pos++] = v; }
  void varint(uint64 v) {
    pos = static_cast<uintptr>(putVarint(arr + pos, v) - arr);
  }
  uintptr varintReserve();
  void stringData(const char* s, uintptr n);
  bool available(uintptr size) const { return sizeof arr - pos >= size; }
  void varintAt(uintptr at, uint64 v);
};

static_assert(sizeof(traceBuf) == 64 << 10);

// traceWriter writes into a buffer, and takes another one when it is full. A value; every step gives the next one.
struct traceWriter {
  traceLocker tl;
  traceExperiment exp = traceNoExperiment;
  traceBuf* buf = nullptr;

  traceWriter event(traceEv ev, const traceArg* args, uintptr n) const;
  void end() const;
  bool ensure(uintptr maxSize);  // room for that much; whether the buffer is a new one
  traceWriter flush() const;
  void refill();
  traceWriter writeGoStatus(uint64 goid, int64 mid, traceGoStatus status, uint64 stackID) const;
  traceWriter writeProcStatusForP(p* pp, bool inSTW) const;
  traceWriter writeProcStatus(uint64 pid, traceProcStatus status) const;
};

// tl.writer().event(...).end(), which is what nearly every event takes.
void traceWriteEvent(const traceLocker& tl, traceEv ev, const traceArg* args, uintptr n);

// A writer that belongs to no M. The generation must be kept from ending. buf may be nullptr.
traceWriter unsafeTraceWriter(uintptr gen, traceBuf* buf);

// First in, first out.
struct traceBufQueue {
  traceBuf* head = nullptr;
  traceBuf* tail = nullptr;

  void push(traceBuf* buf);
  traceBuf* pop();
  bool empty() const { return head == nullptr; }
};

// Gives a buffer to the reader. tracer.lock is held.
void traceBufFlush(traceBuf* buf, uintptr gen);

// Memory of the tracer's own: zero, never malloc's, whose locks the traced code may hold. Throws if there is none.
void* traceSysAlloc(uintptr bytes);
void traceSysFree(void* mem, uintptr bytes);

}  // namespace runtime
