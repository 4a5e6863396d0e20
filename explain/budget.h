// Limits that a recording must keep, for continuous integration (docs/explain.md has the format).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "explain/report.h"

namespace explain {

// "p99 wait of main.worker <= 2ms".
struct Limit {
  enum Measure : uint8_t { kQuantile, kMax, kTotal, kMean, kCount, kShare } measure = kMax;
  double part = 0;  // of kQuantile
  bool wait = false, idle = false;  // what; else the cause
  Cause cause = Cause::kUnknown;
  std::string function;  // "": all
  int64_t most = 0;      // ns; a number for kCount
  double share = 0;      // percent, of kShare
  std::string text;      // as it was written
  int line = 0;
};

// Limits from the text of a file. "": good; else "LINE: what is wrong".
std::string ParseBudget(std::string_view text, std::vector<Limit>& limits);

struct Held {
  const Limit* limit;
  bool kept;
  std::string value;  // what was measured
};
// "" or why a limit cannot be held against e: it names a function that no goroutine began with. One line for each.
std::string Hold(const std::vector<Limit>& limits, const Explanation& e, std::vector<Held>& held);

}  // namespace explain
