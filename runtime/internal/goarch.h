// Word-size facts and Go's integer names (internal/goarch, and the predeclared types).
// The port runs on linux/amd64 and linux/arm64: both have 64-bit words, little endian.
#pragma once

#include <cstdint>

namespace runtime {

using int8 = std::int8_t;
using int16 = std::int16_t;
using int32 = std::int32_t;
using int64 = std::int64_t;
using uint8 = std::uint8_t;
using uint16 = std::uint16_t;
using uint32 = std::uint32_t;
using uint64 = std::uint64_t;
using intptr = std::intptr_t;  // Go's int
using uintptr = std::uintptr_t;  // Go's uint and uintptr

namespace goarch {
inline constexpr uintptr PtrSize = 8;
}

static_assert(sizeof(void*) == goarch::PtrSize, "the layouts of the port are those of a 64-bit Go");

}  // namespace runtime
