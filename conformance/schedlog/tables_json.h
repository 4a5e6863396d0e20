// The capture's JSON side file: everything about a run except its records.
#ifndef CONFORMANCE_SCHEDLOG_TABLES_JSON_H_
#define CONFORMANCE_SCHEDLOG_TABLES_JSON_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "conformance/schedlog/types.h"

namespace schedlog {

// Fills `header` and `end` (but not end.records) from the file at `path`. A file that cannot
// be read or understood gives one line with `path` and an offset.
absl::Status ReadTables(const std::string& path, Header& header, End& end);

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_TABLES_JSON_H_
