// Numbers in text, and the switch for how much a crash shows (runtime1.go).
#pragma once

#include <string_view>

#include "runtime/internal/goarch.h"

namespace runtime {

// Go's atoi32; false when s is not a whole number in int32's range. Any thread.
bool atoi32(std::string_view s, int32* n);

// GOTRACEBACK: bits above say how (crash, all), the rest is the level. Written at the start and by setTraceback.
inline constexpr uint32 tracebackCrash = 1 << 0;
inline constexpr uint32 tracebackAll = 1 << 1;
inline constexpr uint32 tracebackShift = 2;
extern uint32 traceback_cache;
extern uint32 traceback_env;
void setTraceback(std::string_view level);

}  // namespace runtime
