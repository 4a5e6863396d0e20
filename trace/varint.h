// Numbers as traces have them: seven bits a byte, the lowest first, at most ten bytes. They may be longer than they need to
// be: Go leaves the length of a batch open and fills it in later, in ten bytes.
#ifndef TRACE_VARINT_H_
#define TRACE_VARINT_H_

#include <cstdint>
#include <string>

namespace gotrace {

inline constexpr int kMaxVarint = 10;

// Why there is no number.
enum class VarintFault : uint8_t { kCut, kTooLarge };

// The byte after the number at p, which is in v; nullptr if `end` cuts it or it does not fit 64 bits.
inline const uint8_t* GetVarint(const uint8_t* p, const uint8_t* end, uint64_t& v, VarintFault* why = nullptr) {
  uint64_t value = 0;
  for (int shift = 0; p != end; shift += 7) {
    const uint64_t byte = *p++;
    if (shift == 63 && byte > 1) {
      if (why != nullptr) *why = VarintFault::kTooLarge;
      return nullptr;
    }
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      v = value;
      return p;
    }
  }
  if (why != nullptr) *why = VarintFault::kCut;
  return nullptr;
}

// The rest of a number of three bytes or more: `value` is of the two before p.
[[gnu::noinline]] inline const uint8_t* GetLongVarint(const uint8_t* p, uint64_t value, uint64_t& v) {
  for (int shift = 14; shift < 63; shift += 7) {
    const uint64_t byte = *p++;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      v = value;
      return p;
    }
  }
  const uint64_t byte = *p++;
  if (byte > 1) return nullptr;
  v = value | byte << 63;
  return p;
}

// The same as GetVarint where ten bytes can be read; nullptr only if the number does not fit.
[[gnu::always_inline]] inline const uint8_t* GetVarintFast(const uint8_t* p, uint64_t& v) {
  const uint64_t first = p[0];
  if (first < 0x80) [[likely]] {
    v = first;
    return p + 1;
  }
  const uint64_t second = p[1];
  const uint64_t value = (first & 0x7f) | (second & 0x7f) << 7;
  if (second < 0x80) [[likely]] {
    v = value;
    return p + 2;
  }
  return GetLongVarint(p + 2, value, v);
}

inline void PutVarint(std::string& out, uint64_t v) {
  while (v >= 0x80) {
    out.push_back(static_cast<char>(v | 0x80));
    v >>= 7;
  }
  out.push_back(static_cast<char>(v));
}

}  // namespace gotrace

#endif  // TRACE_VARINT_H_
