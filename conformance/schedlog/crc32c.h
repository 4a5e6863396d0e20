// CRC32C (Castagnoli polynomial, reflected, initial and final value all ones): the checksum
// of iSCSI, ext4 and of every part of a schedule log.
#ifndef CONFORMANCE_SCHEDLOG_CRC32C_H_
#define CONFORMANCE_SCHEDLOG_CRC32C_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace schedlog {

// The checksum of `head` followed by `tail`.
uint32_t Crc32c(absl::string_view head, absl::string_view tail = {});

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_CRC32C_H_
