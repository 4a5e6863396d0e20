// Gathers the records of one block and lays them out: the order in which Ms moved, then for
// each M the records it made. Internal to this directory.
#ifndef CONFORMANCE_SCHEDLOG_BLOCK_ENCODER_H_
#define CONFORMANCE_SCHEDLOG_BLOCK_ENCODER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "conformance/schedlog/coding.h"
#include "conformance/schedlog/snapshot.h"
#include "conformance/schedlog/types.h"

namespace schedlog {

class BlockEncoder {
 public:
  // `header` is valid, has its codings, and is only read here.
  explicit BlockEncoder(const Header& header);

  // Adds a record. A record that the tables do not allow is refused and leaves no trace.
  absl::Status Add(const Record& record);

  // Adds a snapshot behind the last record. The same.
  absl::Status Add(const Snapshot& snapshot);

  uint32_t records() const { return records_; }
  // Whether the block should be written before more is added.
  bool full() const {
    return records_ >= kBlockRecords || bytes_ + snapshots_.bytes() >= kBlockBytes ||
           lanes_.size() >= kMaxBlockMs;
  }

  // The block's bytes; the encoder is empty afterwards.
  std::string Take();

 private:
  struct Lane {
    uint32_t m;
    MState state;
    std::string bytes;
  };
  struct Run {
    uint32_t lane;
    uint32_t length;
  };

  absl::Status Check(const Plan& plan, const Record& record) const;
  void SwitchTo(uint32_t m);
  void PutId(uint64_t v, uint64_t& last, std::string& out);

  Header header_;  // of it only the table of state
  std::vector<Plan> plans_;
  SnapshotEncoder snapshots_;
  BlockState state_;
  absl::flat_hash_map<uint32_t, uint32_t> lane_of_;
  std::vector<Lane> lanes_;
  std::vector<Run> runs_;
  uint32_t records_ = 0;
  size_t bytes_ = 0;
};

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_BLOCK_ENCODER_H_
