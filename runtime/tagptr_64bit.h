// A pointer and a counter in one word, so that one compare-and-swap sees that the word was reused in between.
//
// Addresses have 48 bits on amd64 and arm64, and those stored here are multiples of 8: 19 bits are left for the tag.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

inline constexpr int addrBits = 48;
inline constexpr int tagBits = 64 - addrBits + 3;
inline constexpr int taggedPointerBits = tagBits;

struct taggedPointer {
  uint64 value = 0;

  void* pointer() const {
#if defined(__x86_64__)
    // The shift keeps the sign: an address may lie above the hole.
    return reinterpret_cast<void*>(static_cast<uintptr>(static_cast<int64>(value) >> tagBits << 3));
#else
    return reinterpret_cast<void*>(value >> tagBits << 3);
#endif
  }
  uintptr tag() const { return value & ((uint64{1} << taggedPointerBits) - 1); }
};

// Tag bits that do not fit are cut off.
inline taggedPointer taggedPointerPack(const void* ptr, uintptr tag) {
  return {reinterpret_cast<uintptr>(ptr) << (64 - addrBits) | (tag & ((uint64{1} << tagBits) - 1))};
}

}  // namespace runtime
