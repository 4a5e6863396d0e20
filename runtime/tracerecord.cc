// A record in memory. With one P one thread at a time tells of a step: the order is that of the calls.
#include "runtime/tracerecord.h"

#include <sys/mman.h>

#include "runtime/proc_decl.h"
#include "runtime/seam.h"
#include "runtime/trace.h"

namespace runtime {

bool recording = false;

namespace {

// Addresses; memory is taken as they are written.
constexpr uintptr mostBytes = uintptr{1} << 30;

recordedEvent* events;
uintptr count;
uint64 ran;  // the goroutine that did the last step, or started

}  // namespace

void recordStart() {
  void* mem = mmap(nullptr, mostBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mem == MAP_FAILED) throw_("record: out of memory");
  events = static_cast<recordedEvent*>(mem);
  recording = true;
  tracer.gen.Store(1);  // lockers are ok
  traceState.enabled.Store(1);
}

std::span<const recordedEvent> recordStop() {
  traceState.enabled.Store(0);
  tracer.gen.Store(0);
  recording = false;
  return {events, count};
}

void record(m* mp, traceEv kind, uint64 a0, uint64 a1) {
  if (count == mostBytes / sizeof(recordedEvent)) throw_("record: too long");
  recordedEvent& e = events[count++];
  g* gp = mp->curg.plain();
  e = {gp != nullptr ? uint64{gp->goid} : 0, {a0, a1}, kind};
  // An M that has let go of its goroutine before it tells what that one did last (coroexit, preemptPark) cannot name
  // it.
  if (e.goid == 0 && (kind == traceEvGoSwitchDestroy || kind == traceEvGoBlock)) e.goid = ran;
  if (kind == traceEvGoSwitch || kind == traceEvGoSwitchDestroy) {
    ran = a0;
  } else if (e.goid != 0) {
    ran = e.goid;
  }
}

}  // namespace runtime
