// Numbers about stacks that Go's scheduler and dumps show. C++ stacks do not grow: see the
// stack allocator for what a goroutine really gets.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

inline constexpr uintptr stackSystem = 0;  // Linux wants no extra room
inline constexpr uintptr stackMin = 2048;
inline constexpr uintptr fixedStack = stackMin;  // what Go gives a new goroutine
inline constexpr uintptr stackSmall = 128;
inline constexpr uintptr stackBig = 4096;
inline constexpr uintptr stackNosplit = 800;
inline constexpr uintptr stackGuard = stackNosplit + stackSystem + stackSmall;

// Values of stackguard0 that no stack pointer is below: they make the next check fail.
inline constexpr uintptr stackPreempt = static_cast<uintptr>(-1314);    // 0xfffffffffffffade
inline constexpr uintptr stackFork = static_cast<uintptr>(-1234);
inline constexpr uintptr stackForceMove = static_cast<uintptr>(-275);
inline constexpr uintptr stackPoisonMin = static_cast<uintptr>(-4096);  // all of them are above

}  // namespace runtime
