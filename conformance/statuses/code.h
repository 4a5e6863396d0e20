// code.h: which function of the port changes which status, read from its sources as text.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace statuses {

// One place that changes the status of a g or a p. Names as in seen.h.
struct Site {
  char what = 'g';   // 'g' or 'p'
  std::string from;  // empty: the place does not say (a store)
  std::string to;
  std::string function;
  std::string where;  // FILE:LINE

  bool operator==(const Site&) const = default;
};

// The places in one file. Calls of casgstatus and its kin, compare-and-swaps and stores of the fields; what those
// functions do inside is left out. A status that is a variable is looked up in the function: every constant that is
// assigned to it, or the constant that it was compared with last. What cannot be told is a site with the name "?".
std::vector<Site> SitesIn(absl::string_view file, absl::string_view text);

}  // namespace statuses
