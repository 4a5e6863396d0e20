// The story of a Go program from a captured log of its schedule.
#ifndef CONFORMANCE_TWINS_FROM_LOG_H_
#define CONFORMANCE_TWINS_FROM_LOG_H_

#include <string>

#include "absl/status/statusor.h"

namespace twins {

// The story of the log in file `path`, up to main.main's return. A log of more than one P has no single story: an
// error, as is a log that is damaged or lacks the kinds of records that this needs.
absl::StatusOr<std::string> StoryOfLog(const std::string& path);

}  // namespace twins

#endif  // CONFORMANCE_TWINS_FROM_LOG_H_
