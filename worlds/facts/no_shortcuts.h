// few_shortcuts.h, and no mark that makes a wake unnecessary.
#pragma once

#include "worlds/facts/few_shortcuts.h"

namespace runtime {

inline constexpr bool wakeIsMarked() { return false; }
inline void fenceBeforeWake() {}

}  // namespace runtime
