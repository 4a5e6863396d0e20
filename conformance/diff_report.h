// What gort diff says: of each trace, and of all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "trace/generation.h"
#include "worlds/guided/diff.h"

namespace conformance {

// One trace, held against the port.
struct TraceDiff {
  std::string path;
  int version = 0;  // of the format, one of trace/kinds.h; 0: not known
  std::string system;  // on which it was written, if that shows and is not Linux
  guided::Result result;
  std::vector<guided::Divergence> divergences;  // the first ones; result.divergent says how many there are
  std::map<std::string, uint64_t> choices;      // how often each free choice was made
  std::string error;                            // not empty: the line about a trace that cannot be read to its end
  std::string died;                             // not empty: why the port came to no end
  // Of a trace in which the port was lost: its events of any kind, and those from there on.
  uint64_t events_in_all = 0;
  uint64_t events_left = 0;

  bool followed() const { return result.lost.empty() && died.empty(); }
};

// How the scheduler of whoever wrote a trace of that version differs from the port's; empty if it does not.
std::string PolicyNote(int version);
// The system of whoever wrote it, by the files that its stacks name. A trace does not say it itself. Empty: Linux, or
// no stack shows it.
std::string SystemOf(const gotrace::Generation& generation);
// What may differ on that system; empty if `system` is.
std::string SystemNote(const std::string& system);

// As `--json` shows them, and for the way from a child to its parent. The other two throw nlohmann::json::exception
// on what ToJson did not make.
nlohmann::ordered_json ToJson(const guided::Divergence& divergence);
nlohmann::ordered_json ToJson(const TraceDiff& diff);
guided::Divergence DivergenceFromJson(const nlohmann::ordered_json& json);
TraceDiff TraceDiffFromJson(const nlohmann::ordered_json& json);

// All of one trace but the last line, ending in a newline.
std::string Text(const TraceDiff& diff);
// "N decisions: A exact, B admissible, C divergent", with the number of files if there are several.
std::string LastLine(const std::vector<TraceDiff>& diffs);
// One object for all.
std::string Json(const std::vector<TraceDiff>& diffs);

// 2 if a trace could not be read, else 1 if the port differs from one or could not follow it, else 0.
int ExitStatus(const std::vector<TraceDiff>& diffs);

}  // namespace conformance
