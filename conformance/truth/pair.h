// A log and a trace of one run: which start of the one is which of the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "conformance/truth/starts.h"

namespace truth {

// A start that the trace shows.
struct Shown {
  uint64_t offset = 0;  // of the event in the file
  int64_t time = 0;     // ns since the trace's first event
  int64_t thread = -1;  // the system's number
  size_t start = 0;     // the index of what the log says of it
};

// Every start of the trace, in its order. `starts` is what ReadStarts made of the log.
//
// The two are one run only if each of them is in the log: the same goroutine for the same time, on the same P, in the
// same order on each thread, where a thread is one M throughout. FailedPrecondition with one line where they are not;
// InvalidArgument if the trace cannot be read to its end.
absl::StatusOr<std::vector<Shown>> PairUp(const std::vector<Start>& starts, const std::string& trace);

}  // namespace truth
