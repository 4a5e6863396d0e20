// The header's bytes: between Header and the payload that follows the file's first 20 bytes.
// Internal to this directory.
#ifndef CONFORMANCE_SCHEDLOG_HEADER_CODEC_H_
#define CONFORMANCE_SCHEDLOG_HEADER_CODEC_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "conformance/schedlog/types.h"

namespace schedlog {

// The payload for a valid header whose codings are assigned.
std::string EncodeHeader(const Header& header);

// Fills `header` from `payload` and validates it. The message says what is wrong; `at` is
// then the offset in `payload` near which it was found.
absl::Status DecodeHeader(absl::string_view payload, uint16_t version, Header& header, size_t& at);

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_HEADER_CODEC_H_
