// The smallest pieces of the format: limits, little-endian words, varints and zigzag.
// Internal to this directory.
#ifndef CONFORMANCE_SCHEDLOG_WIRE_H_
#define CONFORMANCE_SCHEDLOG_WIRE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/base/optimization.h"
#include "absl/strings/string_view.h"

namespace schedlog {

inline constexpr absl::string_view kMagic("gort.slog\0", 10);
// The newest version: that of logs with snapshots. Logs without are written as before, in the first.
inline constexpr uint16_t kVersion = 2;
inline constexpr uint16_t kFirstVersion = 1;

// magic, version u16, payload length u32, CRC32C u32 of those 16 bytes and the payload.
inline constexpr size_t kHeaderPrefix = 20;
// tag u8, records u32, raw length u32, payload length u32, CRC32C u32 of those 13 bytes and
// the payload.
inline constexpr size_t kFramePrefix = 17;
inline constexpr char kBlockTag = 'B';
inline constexpr char kEndTag = 'E';

// No reader has to hold more than this: of the header's payload, and of a block, packed or not.
inline constexpr size_t kMaxHeader = 4 << 20;
inline constexpr size_t kMaxBlock = 16 << 20;
inline constexpr uint32_t kMaxBlockRecords = 1 << 20;
inline constexpr uint32_t kMaxBlockMs = 1 << 16;
// A writer starts a new block when one of these is reached.
inline constexpr uint32_t kBlockRecords = 64 << 10;
inline constexpr size_t kBlockBytes = 1 << 20;
// A list may be this long.
inline constexpr size_t kMaxList = 1 << 20;

// Predicted state is kept in this many slots a cell; an object takes the slot of its wire
// value modulo this number.
inline constexpr size_t kCellSlots = 1024;

inline constexpr int kMaxVarint = 10;

inline uint64_t ZigZag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
inline int64_t UnZigZag(uint64_t v) { return static_cast<int64_t>((v >> 1) ^ (~(v & 1) + 1)); }

// Little-endian words of a fixed size, at any alignment.
template <typename T>
T LoadLittle(const void* p) {
  const uint8_t* bytes = static_cast<const uint8_t*>(p);
  T v = 0;
  for (size_t i = 0; i < sizeof(T); i++)
    v = static_cast<T>(v | static_cast<T>(bytes[i]) << (8 * i));
  return v;
}
template <typename T>
void PutLittle(std::string& out, T v) {
  for (size_t i = 0; i < sizeof(T); i++) out.push_back(static_cast<char>(v >> (8 * i)));
}

inline void PutVarint(std::string& out, uint64_t v) {
  while (v >= 0x80) {
    out.push_back(static_cast<char>(v | 0x80));
    v >>= 7;
  }
  out.push_back(static_cast<char>(v));
}

inline void PutString(std::string& out, absl::string_view s) {
  PutVarint(out, s.size());
  out.append(s.data(), s.size());
}

// Reads a varint of at least two bytes whose first byte is at `p`. Returns the byte after
// it, or nullptr if it is cut by `end`, exceeds 64 bits or is longer than it must be.
const uint8_t* GetLongVarint(const uint8_t* p, const uint8_t* end, uint64_t& v);

// The same for any varint.
inline const uint8_t* GetVarint(const uint8_t* p, const uint8_t* end, uint64_t& v) {
  if (ABSL_PREDICT_FALSE(p == end)) return nullptr;
  if (ABSL_PREDICT_TRUE(*p < 0x80)) {
    v = *p;
    return p + 1;
  }
  return GetLongVarint(p, end, v);
}

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_WIRE_H_
