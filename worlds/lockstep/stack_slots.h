// Where the goroutines of a world of fibers have their stacks.
#pragma once

#include <cstddef>

namespace lockstep {

// 64 KiB of addresses each, of which a goroutine that is played touches a page or two. Neighbours lie side by side.
inline constexpr size_t kStackBytes = 64 << 10;

}  // namespace lockstep
