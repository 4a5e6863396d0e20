// Stacks of goroutines as text (mprof.go).
#pragma once

#include "runtime/slice.h"

namespace runtime {

// Writes the trace of the caller, or of all goroutines with the world stopped, into buf, as far as it has room; returns
// how much that was. On a goroutine.
intptr Stack(slice<uint8> buf, bool all);

}  // namespace runtime
