// What many replays add up to, as a table for people and as JSON for machines.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "conformance/schedlog/types.h"
#include "worlds/lockstep/replay.h"

namespace conformance {

// One replayed log.
struct FileReport {
  std::string path;
  lockstep::Result result;
  std::string text;  // of a divergence, or the line about a log that cannot be read
  double seconds = 0;  // of all its replays
  int runs = 0;        // how many there were: one for each order of turns
};

// The sum. Kinds are counted by name, since logs may number them differently.
class Summary {
 public:
  // `header` is the log's own; it gives the kinds their names.
  void Add(const FileReport& file, const schedlog::Header& header);

  uint64_t files() const { return files_; }
  uint64_t records() const { return records_; }
  uint64_t decisions() const { return classes_[3]; }
  uint64_t divergences() const { return divergences_; }
  uint64_t unreadable() const { return unreadable_; }

  // The table of decisions, the classes of records, and the last line.
  std::string Text() const;
  // One object with the same numbers and one entry a file.
  std::string Json(const std::vector<FileReport>& files) const;

 private:
  // By name, split as in lockstep::Result::kinds.
  using Kinds = std::map<std::string, std::array<uint64_t, 32>>;
  struct Row {
    std::string name;
    uint64_t count;
  };
  // How often each kind of decision occurs among these.
  static std::vector<Row> Rows(const Kinds& kinds, uint64_t retaken);

  uint64_t files_ = 0;
  uint64_t records_ = 0;
  uint64_t divergences_ = 0;
  uint64_t unreadable_ = 0;
  uint64_t retaken_ = 0;
  uint64_t goroutines_ = 0;
  uint64_t threads_ = 0;
  std::array<uint64_t, 4> classes_{};
  Kinds kinds_;     // the records that agree
  Kinds diverged_;  // the records that differ
};

}  // namespace conformance
