// Buffers and how they are filled: Go's tracebuf.go.
#include "runtime/tracebuf.h"

#include <sys/mman.h>

#include <cstring>

#include "runtime/seam.h"
#include "runtime/trace.h"
#include "runtime/traceevent.h"
#include "runtime/tracetime.h"

namespace runtime {

traceWriter traceLocker::writer() const {
  return {*this, traceNoExperiment, mp->trace.buf[gen % 2][traceNoExperiment]};
}

traceWriter unsafeTraceWriter(uintptr gen, traceBuf* buf) {
  return {traceLocker{nullptr, gen}, traceNoExperiment, buf};
}

// There is room.
static inline void putEvent(traceBuf* b, traceEv ev, const traceArg* args, uintptr n) {
  traceTime ts = traceClockNow();
  if (ts <= b->lastTime) ts = b->lastTime + 1;
  const traceTime diff = ts - b->lastTime;
  b->lastTime = ts;
  uint8* p = b->arr + b->pos;
  *p++ = ev;
  p = putVarint(p, diff);
  for (uintptr i = 0; i < n; i++) p = putVarint(p, args[i]);
  b->whole = b->pos = static_cast<uintptr>(p - b->arr);
}

static constexpr uintptr roomForEvent(uintptr args) { return 1 + (args + 1) * traceBytesPerNumber; }

void traceWriteEvent(const traceLocker& tl, traceEv ev, const traceArg* args, uintptr n) {
  traceBuf* b = tl.mp->trace.buf[tl.gen % 2][traceNoExperiment];
  if (b == nullptr || !b->available(roomForEvent(n))) [[unlikely]] {
    traceWriter w = tl.writer();
    w.refill();
    w.end();
    b = w.buf;
  }
  putEvent(b, ev, args, n);
}

traceWriter traceWriter::event(traceEv ev, const traceArg* args, uintptr n) const {
  traceWriter w = *this;
  w.ensure(roomForEvent(n));
  putEvent(w.buf, ev, args, n);
  return w;
}

// Gives the buffer back to the M.
void traceWriter::end() const {
  if (tl.mp == nullptr) return;
  tl.mp->trace.buf[tl.gen % 2][exp] = buf;
}

bool traceWriter::ensure(uintptr maxSize) {
  const bool isFull = buf == nullptr || !buf->available(maxSize);
  if (isFull) refill();
  return isFull;
}

traceWriter traceWriter::flush() const {
  systemstack([this] {
    lock(&tracer.lock);
    if (buf != nullptr) traceBufFlush(buf, tl.gen);
    unlock(&tracer.lock);
  });
  return {tl, exp, nullptr};
}

// Hands the full buffer on and begins a new one.
void traceWriter::refill() {
  systemstack([this] {
    lock(&tracer.lock);
    if (buf != nullptr) traceBufFlush(buf, tl.gen);
    buf = tracer.empty;
    if (buf != nullptr) tracer.empty = buf->link;
    unlock(&tracer.lock);
    if (buf == nullptr) buf = static_cast<traceBuf*>(traceSysAlloc(sizeof(traceBuf)));
  });
  traceTime ts = traceClockNow();
  if (ts <= buf->lastTime) ts = buf->lastTime + 1;
  buf->lastTime = ts;
  buf->link = nullptr;
  buf->pos = 0;

  if (exp == traceNoExperiment) {
    buf->byte(traceEvEventBatch);
  } else {
    buf->byte(traceEvExperimentalBatch);
    buf->byte(exp);
  }
  buf->varint(tl.gen);
  buf->varint(tl.mp != nullptr ? tl.mp->procid : ~uint64{0});
  buf->varint(ts);
  buf->lenPos = buf->varintReserve();
  buf->whole = buf->pos;
}

void traceBufQueue::push(traceBuf* buf) {
  buf->link = nullptr;
  if (head == nullptr) {
    head = buf;
  } else {
    tail->link = buf;
  }
  tail = buf;
}

traceBuf* traceBufQueue::pop() {
  traceBuf* buf = head;
  if (buf == nullptr) return nullptr;
  head = buf->link;
  if (head == nullptr) tail = nullptr;
  buf->link = nullptr;
  return buf;
}

// Room for a number that is not known yet: varintAt puts it there, in all of its bytes.
uintptr traceBuf::varintReserve() {
  const uintptr at = pos;
  pos += traceBytesPerNumber;
  return at;
}

void traceBuf::stringData(const char* s, uintptr n) {
  std::memcpy(arr + pos, s, n);
  pos += n;
}

void traceBuf::varintAt(uintptr at, uint64 v) {
  for (int i = 0; i < traceBytesPerNumber; i++) {
    arr[at++] = static_cast<uint8>(i < traceBytesPerNumber - 1 ? v | 0x80 : v);
    v >>= 7;
  }
  if (v != 0) throw_("v could not fit in traceBytesPerNumber");
}

void traceBufFlush(traceBuf* buf, uintptr gen) {
  assertLockHeld(&tracer.lock);
  buf->varintAt(buf->lenPos, buf->pos - (buf->lenPos + traceBytesPerNumber));
  tracer.full[gen % 2].push(buf);
  // For the scheduler: the reader is to run.
  if (!tracer.workAvailable.Load()) tracer.workAvailable.Store(true);
}

void* traceSysAlloc(uintptr bytes) {
  void* mem = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mem == MAP_FAILED) throw_("trace: out of memory");
  return mem;
}

void traceSysFree(void* mem, uintptr bytes) { munmap(mem, bytes); }

}  // namespace runtime
