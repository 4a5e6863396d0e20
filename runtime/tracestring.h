// The strings of a generation: Go's tracestring.go.
#pragma once

#include <string_view>

#include "runtime/tracemap.h"

namespace runtime {

inline constexpr uintptr maxTraceStringLen = 1024;  // longer ones are cut

// The strings of one generation, written out as they come.
struct traceStringTable {
  mutex lock;  // guards buf
  traceBuf* buf = nullptr;
  traceMap tab;

  uint64 put(uintptr gen, std::string_view s);   // its number
  uint64 emit(uintptr gen, std::string_view s);  // the same, without looking whether it is there
  void reset(uintptr gen);                       // hands on what is written, forgets all. Nobody else may be there

 private:
  void writeString(uintptr gen, uint64 id, std::string_view s);
};

}  // namespace runtime
