// Functions of runtime/seam.h, and shortcuts that save time and decide nothing, in the explored world: none, but for
// one whose whole point is a fence. With store buffers (point.h) that is the live world's (worlds/live/seam/inline.h),
// word for word.
#pragma once

#include "runtime/runtime2.h"
#include "worlds/explore/point.h"
#include "worlds/facts/few_shortcuts.h"

namespace runtime {

inline bool wakeIsMarked() {
  return explore::buffers && sched.npidle.Load() == 0 && sched.needspinning.Load() == 1;
}
inline void fenceBeforeWake() {
  if (explore::buffers) explore::fence("a fence");
}

}  // namespace runtime
