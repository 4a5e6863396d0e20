// The clock of traces: Go's tracetime.go.
#include "runtime/tracetime.h"

#include "runtime/trace.h"
#include "runtime/traceevent.h"

namespace runtime {

void traceFrequency(uintptr gen) {
  traceWriter w = unsafeTraceWriter(gen, nullptr);
  w.ensure(1 + traceBytesPerNumber);
  w.buf->byte(traceEvFrequency);
  w.buf->varint(traceClockUnitsPerSecond());
  w.flush();
}

}  // namespace runtime
