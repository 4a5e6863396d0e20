// Samples of the processors' time: Go's tracecpu.go.
//
// Each thread that runs goroutines has a timer of its own processor time that sends it SIGPROF (signal_unix.cc). The
// handler walks the interrupted stack and leaves a record; a goroutine writes the records into the trace ten times a
// second, since a handler cannot. Where Go keeps a profBuf, here is a ring of records of one size: a handler takes the
// next one by a compare-and-swap, and drops the sample if none is free.
#include "runtime/tracecpu.h"

#include <iterator>

#include "runtime/boundary.h"
#include "runtime/proc_decl.h"
#include "runtime/seam.h"
#include "runtime/trace.h"
#include "runtime/traceevent.h"
#include "runtime/tracerecord.h"
#include "runtime/tracetime.h"

namespace runtime {

struct traceCPULog {
  struct record {
    atomic::Uint32<> ready;
    int32 n;
    traceTime time;
    uint64 m, p, g;
    uintptr pcs[59];
  };
  atomic::Uint64<> taken;  // records so far, to write
  atomic::Uint64<> read;   // and read
  record records[512];
};

static constinit wakeableSleep cpuSleep;
static constinit uint32 cpuLogDone = 0;  // a semaphore

void traceInitReadCPU() {
  if (sched.profilehz == 0) return;
  for (auto& log : tracer.cpuLog) log.Store(static_cast<traceCPULog*>(traceSysAlloc(sizeof(traceCPULog))));
}

static void cpuReaderEntry(funcval*) {
  while (traceEnabled()) {
    cpuSleep.sleep(100'000'000);
    traceLocker tl = traceAcquire();
    if (!tl.ok()) break;
    traceReadCPU(tl.gen);
    traceRelease(tl);
  }
  semrelease(&cpuLogDone);
}

bool isCPUReadersStart(uintptr pc) { return pc == reinterpret_cast<uintptr>(&cpuReaderEntry); }

void traceStartReadCPU() {
  if (tracer.cpuLog[0].Load() == nullptr) return;
  cpuSleep.awake = false;
  static funcval entry{reinterpret_cast<uintptr>(&cpuReaderEntry)};
  newproc(&entry);
}

// No handler writes any more: each has shown an even seqlock since the trace was switched off.
void traceStopReadCPU() {
  if (tracer.cpuLog[0].Load() == nullptr) return;
  cpuSleep.wake();
  semacquire(&cpuLogDone);
  for (auto& log : tracer.cpuLog) traceSysFree(log.Swap(nullptr), sizeof(traceCPULog));
}

void traceReadCPU(uintptr gen) {
  traceCPULog* log = tracer.cpuLog[gen % 2].Load();
  if (log == nullptr) return;
  for (uint64 i = log->read.Load(); i < log->taken.Load(); i++) {
    traceCPULog::record& r = log->records[i % std::size(log->records)];
    if (r.ready.Load() == 0) break;  // the next time
    traceWriter w = unsafeTraceWriter(gen, tracer.cpuBuf[gen % 2]);
    if (w.ensure(2 + 5 * traceBytesPerNumber)) w.buf->byte(traceEvCPUSamples);
    const uint64 stack = tracer.stackTab[gen % 2].put(r.pcs, r.n);
    w.buf->byte(traceEvCPUSample);
    w.buf->varint(r.time);
    w.buf->varint(r.m);
    w.buf->varint(r.p);
    w.buf->varint(r.g);
    w.buf->varint(stack);
    w.buf->whole = w.buf->pos;
    tracer.cpuBuf[gen % 2] = w.buf;
    r.ready.Store(0);
    log->read.Store(i + 1);
  }
}

void traceCPUFlush(uintptr gen) {
  traceBuf*& buf = tracer.cpuBuf[gen % 2];
  if (buf == nullptr) return;
  systemstack([&] {
    lock(&tracer.lock);
    traceBufFlush(buf, gen);
    unlock(&tracer.lock);
  });
  buf = nullptr;
}

void traceCPUSample(g* gp, m* mp, p* pp, const traceFrom& at) {
  if (!traceEnabled() || recording) return;
  // The seqlock keeps the generation. Odd, it is the interrupted tracer's, or of somebody who writes on behalf of this
  // thread while that is in the program's code (traceAcquireFor), and may let go of it at any time.
  bool locked = false;
  uintptr seq = mp->trace.seqlock.Load();
  if (seq % 2 == 0) {
    locked = mp->trace.seqlock.CompareAndSwap(seq, seq + 1);
    if (!locked) return;
  } else if (mp->curg.plain() != nullptr && *boundaryMark(mp->curg.plain()) == 0) {
    return;
  }
  const uintptr gen = tracer.gen.Load();
  if (traceCPULog* log = gen != 0 ? tracer.cpuLog[gen % 2].Load() : nullptr; log != nullptr) {
    uint64 i = log->taken.Load();
    bool mine = false;
    while (!mine && i - log->read.Load() < std::size(log->records)) {
      mine = log->taken.CompareAndSwap(i, i + 1);
      if (!mine) i = log->taken.Load();
    }
    if (mine) {
      traceCPULog::record& r = log->records[i % std::size(log->records)];
      r.time = traceClockNow();
      r.m = mp->procid;
      r.p = pp != nullptr ? static_cast<uint64>(pp->id) : ~uint64{0};
      r.g = gp != nullptr ? uint64{gp->goid} : 0;
      traceSeen seen;
      r.n = gp != nullptr ? traceUnwind(gp, at, r.pcs, static_cast<int>(std::size(r.pcs)), &seen) : 0;
      if (r.n == 0) r.pcs[r.n++] = at.pc + 1;
      r.ready.Store(1);
    }
  }
  if (locked) mp->trace.seqlock.Add(1);
}

}  // namespace runtime
