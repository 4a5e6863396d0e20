// Takes the bytes of one block apart, record by record. Internal to this directory.
#ifndef CONFORMANCE_SCHEDLOG_BLOCK_DECODER_H_
#define CONFORMANCE_SCHEDLOG_BLOCK_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/schedlog/coding.h"
#include "conformance/schedlog/snapshot.h"
#include "conformance/schedlog/types.h"

namespace schedlog {

class BlockDecoder {
 public:
  enum class Step { kRecord, kDone, kBad };

  // `header` is valid and is only read here.
  explicit BlockDecoder(const Header& header);

  // Starts on a block of `records` records. `bytes` stays where it is until the block is done.
  // False: the block is malformed, and problem() says how.
  bool Start(absl::string_view bytes, uint32_t records);

  // The next record; what `record.list` shows is good until the next call. kDone after the
  // last one; kBad if the block is malformed, and problem() says how.
  Step Next(Record& record);

  // Whether a snapshot comes before the next record, or before the end of the block. NextSnapshot decodes it; false:
  // the block is malformed.
  bool snapshot_is_next() const { return left_ == snapshot_at_; }
  bool NextSnapshot();
  const SnapshotDecoder& snapshot() const { return snapshots_; }

  // The kind of that M's next record in the block; 0: it has none.
  uint32_t NextKindOf(uint32_t m) const {
    for (const Lane& lane : lanes_) {
      if (lane.m == m) return lane.p == lane.end ? 0 : *lane.p;
    }
    return 0;
  }

  const char* problem() const { return problem_; }

 private:
  struct Lane {
    const uint8_t* p;
    const uint8_t* end;
    size_t size;
    uint32_t m;
    MState state;
  };

  Step Bad(const char* problem) {
    problem_ = problem;
    left_ = 0;
    snapshot_at_ = SnapshotDecoder::kNone;
    return Step::kBad;
  }
  bool NextRun();
  void PlaceSnapshot();
  Step Finish();
  bool GetList(Lane& lane, uint64_t count, const uint8_t*& p);
  template <bool kChecked>
  Step Decode(const Plan& plan, Lane& lane, Record& record);

  Header header_;  // of it only the table of state
  std::vector<Plan> plans_;
  SnapshotDecoder snapshots_;
  uint32_t records_ = 0;
  uint32_t snapshot_at_ = SnapshotDecoder::kNone;  // when so many records are left
  BlockState state_;
  std::vector<Lane> lanes_;
  std::vector<uint64_t> list_;
  Lane* lane_ = nullptr;  // the M that moves
  uint64_t run_ = 0;      // records it still makes before another one moves
  uint32_t left_ = 0;     // records left in the block
  uint64_t runs_left_ = 0;
  const uint8_t* runs_ = nullptr;
  const uint8_t* runs_end_ = nullptr;
  const char* problem_ = "";
};

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_BLOCK_DECODER_H_
