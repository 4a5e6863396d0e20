// Strings of a trace: Go's tracestring.go.
#include "runtime/tracestring.h"

#include "runtime/seam.h"
#include "runtime/trace.h"
#include "runtime/traceevent.h"

namespace runtime {

uint64 traceStringTable::put(uintptr gen, std::string_view s) {
  auto [id, added] = tab.put(s.data(), s.size());
  if (added) systemstack([&, id = id] { writeString(gen, id, s); });
  return id;
}

uint64 traceStringTable::emit(uintptr gen, std::string_view s) {
  const uint64 id = tab.stealID();
  systemstack([&] { writeString(gen, id, s); });
  return id;
}

// On the system stack.
void traceStringTable::writeString(uintptr gen, uint64 id, std::string_view s) {
  s = s.substr(0, maxTraceStringLen);
  runtime::lock(&lock);
  traceWriter w = unsafeTraceWriter(gen, buf);
  if (w.ensure(2 + 2 * traceBytesPerNumber + s.size())) w.buf->byte(traceEvStrings);
  w.buf->byte(traceEvString);
  w.buf->varint(id);
  w.buf->varint(s.size());
  w.buf->stringData(s.data(), s.size());
  w.buf->whole = w.buf->pos;
  buf = w.buf;
  unlock(&lock);
}

void traceStringTable::reset(uintptr gen) {
  if (buf != nullptr) {
    systemstack([&] {
      runtime::lock(&tracer.lock);
      traceBufFlush(buf, gen);
      unlock(&tracer.lock);
    });
    buf = nullptr;
  }
  tab.reset();
}

}  // namespace runtime
