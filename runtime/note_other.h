// note: sleep until one event happens, once. noteclear before use; then at most one
// notewakeup and one sleeper; every other use is a fatal error.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

struct note {
  uintptr key = 0;  // futex word: 0 not signalled, 1 signalled
};

static_assert(sizeof(note) == 8);

}  // namespace runtime
