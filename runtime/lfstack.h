// Head of a lock-free stack: node address and a counter packed in one word. 0 is empty.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

using lfstack = uint64;

}  // namespace runtime
