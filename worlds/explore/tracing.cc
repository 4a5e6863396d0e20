// A run as an execution trace: the port calls its tracer where Go's scheduler calls Go's, and worlds/lockstep/trace.cc
// makes events of it, as for a schedlog.
#include "worlds/lockstep/trace.h"

#include "worlds/explore/arena.h"
#include "worlds/explore/inside.h"

namespace lockstep {

std::string_view startName(const runtime::funcval* fn) {
  static constexpr std::string_view names[explore::kGoroutines] = {
      "main.main",       "main.goroutine1", "main.goroutine2", "main.goroutine3",
      "main.goroutine4", "main.goroutine5", "main.goroutine6", "main.goroutine7"};
  for (const explore::Task& task : explore::state.tasks) {
    if (&task == fn) return names[task.number];
  }
  return "runtime.itsOwn";
}

}  // namespace lockstep

namespace runtime {
bool traceReaderAvailable() { return false; }
}  // namespace runtime

namespace explore {

namespace {

// Restored with the rest: a trace ends with its run.
void (*taken)(const Traced&);

void take(const lockstep::TraceEvent& e) {
  const bool was = inside;
  inside = false;
  Traced t{e.time, e.m, e.kind, e.nargs, {}, e.name};
  for (int i = 0; i < e.nargs; i++) t.args[i] = e.args[i];
  taken(t);
  inside = was;
}

}  // namespace

void Trace(void (*to)(const Traced&)) {
  taken = to;
  lockstep::traceSink = take;
  // What stands when the trace begins: the idle Ps, and the main goroutine with its P.
  int64_t time = 0;
  for (p* pp : runtime::allp) {
    if (pp->status.plain() != runtime::_Pidle) continue;
    pp->trace.traceSchedResourceState.setStatusTraced(1);
    take({time += 64, 0, runtime::traceEvProcStatus, 2, {static_cast<uint64_t>(pp->id), runtime::traceProcIdle}, ""});
  }
  lockstep::traceTime(time);
  runtime::traceLocker{&runtime::m0, 1}.Gomaxprocs(runtime::gomaxprocs.plain());
}

void TraceStep(uint32_t step) { lockstep::traceTime(int64_t{step} * kStepTime); }

void TraceWords(uint32_t step, const std::string& text) {
  for (int i = 0; i < state.made; i++) {
    const m* mp = state.threads[i].mp;
    if (mp == nullptr || mp->p == 0 || mp->curg.plain() == nullptr) continue;
    if (mp->curg.plain()->atomicstatus.value != runtime::_Grunning) continue;
    const int64_t time = int64_t{step} * kStepTime + kStepTime / 2;
    take({time, static_cast<uint32_t>(mp->id), runtime::traceEvUserLog, 4, {}, text});
    return;
  }
}

}  // namespace explore
