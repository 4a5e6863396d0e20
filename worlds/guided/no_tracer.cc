// What the port asks of a tracer, where none writes: in the guided world and in the model.
#include "runtime/proc_decl.h"

namespace runtime {

bool traceReaderAvailable() { return false; }
void traceThreadDestroy(m*) {}
void traceRelease(traceLocker) {}
void traceLocker::Running() const {}
void traceLocker::GoCreateSyscall(g*) const {}
void traceLocker::GoDestroySyscall() const {}

}  // namespace runtime
