// Writing an event: Go's traceevent.go.
#include "runtime/traceevent.h"

#include "runtime/proc_decl.h"
#include "runtime/seam.h"
#include "runtime/trace.h"

namespace runtime {

// Tells the status of this M's P and goroutine first, if this generation does not know it yet: what they were just
// before the events that are about to be written.
traceEventWriter traceLocker::eventWriter(traceGoStatus goStatus, traceProcStatus procStatus) const {
  p* pp = mp->p.ptr();
  if (pp != nullptr && !pp->trace.traceSchedResourceState.statusWasTraced(gen) &&
      pp->trace.traceSchedResourceState.acquireStatus(gen)) {
    writer().writeProcStatus(static_cast<uint64>(pp->id), procStatus).end();
  }
  g* gp = mp->curg.plain();
  if (gp != nullptr && !gp->trace.traceSchedResourceState.statusWasTraced(gen) &&
      gp->trace.traceSchedResourceState.acquireStatus(gen)) {
    writer().writeGoStatus(gp->goid, static_cast<int64>(mp->procid), goStatus, 0).end();
  }
  return {*this};
}

// The stack of this M's goroutine, in the table of this generation. 0: none is known.
traceArg traceLocker::stack() const { return traceStack(nullptr, *this); }

// What newg will begin with.
traceArg traceLocker::startPC(const g* newg, uintptr pc) const {
  uintptr pcs[4];
  return tracer.stackTab[gen % 2].put(pcs, startPCForTrace(newg, pc, pcs));
}

// A string that may well come again in this generation.
traceArg traceLocker::string(std::string_view s) const { return tracer.stringTab[gen % 2].put(gen, s); }

// One that hardly will.
traceArg traceLocker::uniqueString(std::string_view s) const { return tracer.stringTab[gen % 2].emit(gen, s); }

}  // namespace runtime
