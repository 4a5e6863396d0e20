// Replays one log through the port, once per process.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace lockstep {

// What came of a replay. Plain bytes, so that a child process can hand it to its parent.
struct Result {
  enum Outcome : int32_t {
    kAgrees,    // every record of the log was made by the port
    kDiverged,  // the report says where
    kBadInput,  // the log could not be read; the report is one line
  };
  Outcome outcome = kBadInput;
  uint64_t records = 0;                      // records compared
  uint64_t classes[4] = {};                  // inputs, oracles, order, decisions
  uint64_t divergence = 0;                   // index of the record that differs, if any
  uint32_t divergedKind = 0;                 // its kind and cell in `kinds`; 0: the log had ended
  uint32_t divergedCell = 0;
  uint64_t retaken = 0;                      // ps that sysmon took from system calls
  uint64_t goroutines = 0;                   // made
  uint64_t threads = 0;                      // made
  bool cut = false;                          // the program did not end by itself
  uint64_t kinds[256][32] = {};              // see counts in world.h
};

// When an M that has made a record gives its turn to the M of the next: before its own next record, or right behind the
// one that it made. The log allows both, and whatever is in between: world.h says what each can show.
enum class Order { kLate, kEager };

// Whether a log of another release than the port's is taken as well: to see where the two part. Off; set before Replay.
extern bool anyRelease;

// Runs the log at `path` through the port. `result` is filled; the text is the report of a divergence or the line
// about a log that cannot be read, else empty. On any thread, once per process: the port's state is global.
std::string Replay(const std::string& path, Result& result, Order order = Order::kLate);

}  // namespace lockstep
