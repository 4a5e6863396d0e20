// How long goroutines were runnable and did not run, and how much of that while a P was idle: of a trace, or of a model
// of it, by the same rules.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "explain/histogram.h"

namespace model {

struct Measured {
  int64_t length = 0;  // ns
  explain::Histogram waits;
  int64_t idle = 0;  // ns, of all waits together, in which a P was idle
  std::map<std::string, explain::Histogram> functions;  // by the function that the goroutines began with
};

// Told of what happens in the order of time, in ns.
class Meter {
 public:
  void Ready(int64_t g, int64_t now);
  // It runs: its wait is over. How long that was; -1: it was not ready. function: that it began with; looked at by
  // Finish, since a trace may tell it later.
  int64_t Start(int64_t g, const std::string& function, int64_t now);
  void Idle(int64_t p, int64_t now);
  void Busy(int64_t p, int64_t now);
  // The world stands still, and no P is idle then; or goes on.
  void Stops(bool stops, int64_t now);
  Measured Finish(int64_t length);

 private:
  void Pass(int64_t now);

  Measured measured_;
  absl::flat_hash_map<int64_t, int64_t> ready_;  // since when
  absl::flat_hash_map<const std::string*, explain::Histogram> functions_;
  absl::flat_hash_set<int64_t> idle_;
  bool stopped_ = false;
  int64_t last_ = 0;
};

}  // namespace model
