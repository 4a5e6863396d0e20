// The spinbit mutex: its key is 0 (free), state bits, or state bits and the M on top of
// the stack of waiters; the waiters are linked through m.mWaitList.
#pragma once

#include "runtime/runtime2_base.h"

namespace runtime {

inline constexpr uintptr mutexLocked = 0x001;
inline constexpr uintptr mutexSpinning = 0x100;
inline constexpr uintptr mutexStackLocked = 0x200;
inline constexpr uintptr mutexMMask = 0x3FF;

inline constexpr int mutexActiveSpinCount = 4;
inline constexpr int mutexActiveSpinSize = 30;       // pauses between two looks in Go; here the least
inline constexpr int64 mutexActiveSpinTime = 2'000;  // ns between two looks (lock_spinbit.cc)
inline constexpr int mutexPassiveSpinCount = 1;
inline constexpr int mutexTailWakePeriod = 16;

inline constexpr int active_spin = 4;  // sync.Mutex's, by way of canSpin and doSpin
inline constexpr int active_spin_cnt = 30;

struct mWaitList {
  muintptr next;
};

static_assert(sizeof(mWaitList) == 8);

}  // namespace runtime
