// Points at which nobody looks on: what the live world's seam/slog.h must amount to.
#pragma once

#include "runtime/runtime2.h"

namespace runtime::slog {

struct time {
  int64 ns;
};

template <fixed_string Name, class... A>
inline void at(const A&...) {}

inline uint8 unlockClass(bool (*)(g*, void*)) { return 0; }
inline const mutex* unlockLock(bool (*)(g*, void*), const void*) { return nullptr; }

}  // namespace runtime::slog
