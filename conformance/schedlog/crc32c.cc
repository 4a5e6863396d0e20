// CRC32C by tables, eight bytes a step. Debian has no C++ library for it, and Abseil's is
// younger than the Abseil that Debian 12 ships.
#include "conformance/schedlog/crc32c.h"

#include <array>
#include <cstddef>

#include "conformance/schedlog/wire.h"

namespace schedlog {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // bit-reversed 0x1edc6f41
constexpr size_t kStep = 8;

using Tables = std::array<std::array<uint32_t, 256>, kStep>;

// tables[0] advances by one byte; tables[n] advances by one byte and then n zero bytes.
constexpr Tables MakeTables() {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t n = 1; n < kStep; n++) {
    for (uint32_t byte = 0; byte < 256; byte++) {
      const uint32_t before = tables[n - 1][byte];
      tables[n][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

uint32_t Extend(uint32_t crc, absl::string_view data) {
  const char* p = data.data();
  size_t left = data.size();
  for (; left >= kStep; left -= kStep, p += kStep) {
    const uint64_t word = LoadLittle<uint64_t>(p) ^ crc;
    crc = 0;
    for (size_t n = 0; n < kStep; n++) crc ^= kTables[kStep - 1 - n][(word >> (8 * n)) & 0xff];
  }
  for (; left != 0; left--, p++) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<uint8_t>(*p)) & 0xff];
  }
  return crc;
}

}  // namespace

uint32_t Crc32c(absl::string_view head, absl::string_view tail) {
  return ~Extend(Extend(~uint32_t{0}, head), tail);
}

}  // namespace schedlog
