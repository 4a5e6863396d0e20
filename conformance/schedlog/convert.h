// Turns what the capture overlay leaves behind into a schedule log: a raw file, which the
// captured program wrote by mmap, and a JSON file with the tables, which the capture tool
// wrote. docs/schedlog.md ("The raw capture") describes both.
#ifndef CONFORMANCE_SCHEDLOG_CONVERT_H_
#define CONFORMANCE_SCHEDLOG_CONVERT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "conformance/schedlog/types.h"

namespace schedlog {

// Writes `out_path`. A raw file that ends inside a record or is shorter than it says becomes a
// log that is cut there; that is not an error. `end`, if not null, receives how the log ends and
// how many records it has.
//
// One line with a file name and an offset is the answer if the overlay reports that it could not
// log everything (a full disk, say), and if the raw or the JSON file makes no sense. Whatever
// records come before the trouble are in `out_path` all the same, marked as cut.
absl::Status ConvertRaw(const std::string& raw_path, const std::string& json_path,
                        const std::string& out_path, End* end = nullptr);

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_CONVERT_H_
