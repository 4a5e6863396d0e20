// From the text form to a log.
#ifndef CONFORMANCE_SCHEDLOG_PACK_H_
#define CONFORMANCE_SCHEDLOG_PACK_H_

#include <istream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "conformance/schedlog/types.h"

namespace schedlog {

// Reads text from `in`, which messages call `in_name`, and writes the log `out_path`. Text that
// is not understood gives one line, "IN:LINE: reason", and leaves `out_path` as it was. `end`, if
// not null, receives how the log ends and how many records it has.
absl::Status PackText(std::istream& in, absl::string_view in_name, const std::string& out_path,
                      End* end = nullptr);

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_PACK_H_
