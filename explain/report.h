// What `gort explain` prints: text for people, JSON for machines (docs/explain.md); both say the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "explain/totals.h"
#include "nlohmann/json.hpp"

namespace explain {

// Of one recording, or a window of it.
struct Explanation {
  std::string path;
  std::string error;  // why it could not be read to its end, or followed; "" if it was
  std::vector<std::string> notes;  // what is to be said before all else
  bool trace = false;  // not a schedlog: some facts are inferred
  uint64_t facts = 0;
  int64_t length = 0;  // ns
  int64_t from = 0, to = 0;  // of the window; to 0: to the end
  int32_t procs = 0;
  uint64_t goroutines = 0;  // made, or there at the beginning
  Totals totals;
  std::vector<Wait> worst;
  Names names;
};

std::string Text(const Explanation& e);
nlohmann::ordered_json Json(const Explanation& e);

// Queues, Ps and threads at a moment of the recording's clock, for machines; for people there is State::Text.
nlohmann::ordered_json StateJson(const State& state, int64_t now);
// One wait, with its story.
nlohmann::ordered_json WaitJson(const Wait& wait, const Names& names);

// Two recordings: which causes grew, from a to b.
std::string CompareText(const Explanation& a, const Explanation& b);
nlohmann::ordered_json CompareJson(const Explanation& a, const Explanation& b);

}  // namespace explain
