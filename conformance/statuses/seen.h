// seen.h: which statuses followed each other in a captured schedule.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"

namespace statuses {

// From and to, by the names of Go's constants without the underscore and the letter ("running", "gcstop"; with the scan
// bit "scanwaiting"), and how often. A P that is new comes from "new".
using Transitions = std::map<std::pair<std::string, std::string>, long>;

struct Seen {
  Transitions g, p;
  // Those of g that functions made which the port does not have: the collector's, the stacks' ...
  Transitions outside;
};

// Adds what the log at `path` has. Fails with one line if it is no good log.
absl::Status AddSeen(const std::string& path, Seen& seen);

}  // namespace statuses
