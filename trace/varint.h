// Numbers as traces have them: seven bits a byte, the lowest first, at most ten bytes. They may be longer than they
// need to be: Go leaves the length of a batch open and fills it in later, in ten bytes.
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

// The rest of a number of four bytes or more: `value` is of the three before p.
[[gnu::noinline]] inline const uint8_t* GetLongVarint(const uint8_t* p, uint64_t value, uint64_t& v, bool& too_large) {
  for (int shift = 21; shift < 63; shift += 7) {
    const uint64_t byte = *p++;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      v = value;
      return p;
    }
  }
  const uint64_t byte = *p++;
  if (byte > 1) too_large = true;
  v = value | byte << 63;
  return p;
}

// The same as GetVarint where ten bytes can be read. `too_large` becomes true if the number does not fit; then it, and
// where it ends, mean nothing, but no more than ten bytes have been taken.
[[gnu::always_inline]] inline const uint8_t* GetVarintFast(const uint8_t* p, uint64_t& v, bool& too_large) {
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
  const uint64_t third = p[2];
  const uint64_t longer = value | (third & 0x7f) << 14;
  if (third < 0x80) [[likely]] {
    v = longer;
    return p + 3;
  }
  return GetLongVarint(p + 3, longer, v, too_large);
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
