// A replay that somebody watches: record by record, with the state after each and the code that made it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "conformance/schedlog/types.h"
#include "study/look.h"
#include "worlds/lockstep/replay.h"

namespace study {

// One record, just made by the port.
struct Moment {
  uint64_t index;
  const schedlog::Record& record;
  const schedlog::Kind& kind;
  const std::vector<Cell*>& changes;  // of the state, by this record
  const uintptr_t* pcs;               // where the port is: return addresses, innermost first
  int n;
};

struct Watched {
  lockstep::Result result;
  std::string text;     // Replay's: why it ended early, if it did
  uint64_t records = 0;  // watched
  std::string state;    // what GODEBUG=scheddetail=1 prints, if the replay was ended at `last`
};

// Replays the log up to record `last`, and calls `see` for each, on a stack of its own with room for anything. Once per
// process. `log` is the log's header.
Watched Watch(const std::string& path, const schedlog::Header& log, uint64_t last, Look& look,
              const std::function<void(const Moment&)>& see);

}  // namespace study
