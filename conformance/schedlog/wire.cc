// The slow path of varint reading.
#include "conformance/schedlog/wire.h"

namespace schedlog {

const uint8_t* GetLongVarint(const uint8_t* p, const uint8_t* end, uint64_t& v) {
  uint64_t result = 0;
  for (int shift = 0; shift < 7 * kMaxVarint; shift += 7) {
    if (p == end) return nullptr;
    const uint64_t byte = *p++;
    if (shift == 63 && byte > 1) return nullptr;
    result |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      if (byte == 0 && shift != 0) return nullptr;
      v = result;
      return p;
    }
  }
  return nullptr;
}

}  // namespace schedlog
