// Decoding of blocks. Next() is the inner loop of everything that reads a log.
#include "conformance/schedlog/block_decoder.h"

#include "absl/base/optimization.h"
#include "conformance/schedlog/wire.h"

namespace schedlog {
namespace {

// No record without a list is longer than this.
constexpr ptrdiff_t kLongestRecord = 1 + kMaxArgs * kMaxVarint;

// An id that is coded against the last one of its type. False if the code is not the one
// that an encoder would have chosen.
inline bool FromIdCode(uint64_t code, uint64_t& last, uint64_t& v) {
  if (code == 0) {
    v = 0;
    return true;
  }
  v = last + static_cast<uint64_t>(UnZigZag(code - 1));
  last = v;
  return v != 0;
}

}  // namespace

BlockDecoder::BlockDecoder(const Header& header) : plans_(MakePlans(header)), state_(header) {
  header_.state = header.state;
}

bool BlockDecoder::Start(absl::string_view bytes, uint32_t records) {
  const uint8_t* p = reinterpret_cast<const uint8_t*>(bytes.data());
  const uint8_t* const end = p + bytes.size();
  problem_ = "";
  lanes_.clear();
  lane_ = nullptr;
  run_ = 0;
  left_ = records;
  records_ = records;
  snapshot_at_ = SnapshotDecoder::kNone;
  state_.Reset();

  if (header_.version() != kFirstVersion) {
    uint64_t size = 0;
    p = GetVarint(p, end, size);
    if (p == nullptr || size > static_cast<uint64_t>(end - p) ||
        !snapshots_.Start(bytes.substr(bytes.size() - static_cast<size_t>(end - p), size), records)) {
      Bad("the snapshots in a block are malformed");
      return false;
    }
    p += size;
    PlaceSnapshot();
  }
  uint64_t count;
  p = GetVarint(p, end, count);
  if (p == nullptr || count == 0 || count > kMaxBlockMs || count > records) {
    Bad("the number of Ms in a block is out of range");
    return false;
  }
  lanes_.reserve(count);
  uint64_t total = 0;
  for (uint64_t i = 0; i < count; i++) {
    uint64_t m = 0;
    uint64_t size = 0;
    p = GetVarint(p, end, m);
    if (p != nullptr) p = GetVarint(p, end, size);
    if (p == nullptr || m > 0xffffffff || size > static_cast<uint64_t>(end - p)) {
      Bad("the table of Ms in a block is malformed");
      return false;
    }
    total += size;
    lanes_.push_back(
        Lane{nullptr, nullptr, size, static_cast<uint32_t>(m), MState(static_cast<uint32_t>(m))});
  }
  p = GetVarint(p, end, runs_left_);
  if (p == nullptr || runs_left_ > records || total > static_cast<uint64_t>(end - p)) {
    Bad("the lengths in a block do not fit it");
    return false;
  }
  runs_ = p;
  runs_end_ = end - total;
  p = runs_end_;
  for (Lane& lane : lanes_) {
    lane.p = p;
    p += lane.size;
    lane.end = p;
  }
  return true;
}

void BlockDecoder::PlaceSnapshot() {
  const uint32_t after = snapshots_.after();
  snapshot_at_ = after == SnapshotDecoder::kNone ? SnapshotDecoder::kNone : records_ - after;
}

bool BlockDecoder::NextSnapshot() {
  if (!snapshots_.Next(header_)) {
    Bad("a snapshot is malformed");
    return false;
  }
  PlaceSnapshot();
  return true;
}

bool BlockDecoder::NextRun() {
  uint64_t code = 0;
  if (runs_left_ == 0) return false;
  runs_ = GetVarint(runs_, runs_end_, code);
  if (runs_ == nullptr) return false;
  runs_left_--;
  lane_ = &lanes_[code % lanes_.size()];
  run_ = code / lanes_.size() + 1;
  return true;
}

BlockDecoder::Step BlockDecoder::Finish() {
  if (run_ != 0 || runs_left_ != 0 || runs_ != runs_end_)
    return Bad("a block holds more records than it says");
  for (const Lane& lane : lanes_) {
    if (lane.p != lane.end) return Bad("a block holds more bytes than its records");
  }
  return Step::kDone;
}

BlockDecoder::Step BlockDecoder::Next(Record& record) {
  if (ABSL_PREDICT_FALSE(left_ == 0)) return *problem_ != 0 ? Step::kBad : Finish();
  if (run_ == 0 && ABSL_PREDICT_FALSE(!NextRun()))
    return Bad("the order of Ms in a block is malformed");
  run_--;
  left_--;
  Lane& lane = *lane_;
  if (ABSL_PREDICT_FALSE(lane.p == lane.end)) {
    return Bad("an M has fewer records in a block than the order says");
  }
  const Plan& plan = plans_[*lane.p];
  if (ABSL_PREDICT_FALSE(!plan.known)) return Bad("a record's kind is not in the table");
  record.kind = *lane.p++;
  record.m = lane.m;
  record.nargs = plan.nargs;
  record.list = {};
  if (ABSL_PREDICT_TRUE(lane.end - lane.p >= kLongestRecord && !plan.has_list)) {
    return Decode<false>(plan, lane, record);
  }
  return Decode<true>(plan, lane, record);
}

bool BlockDecoder::GetList(Lane& lane, uint64_t count, const uint8_t*& p) {
  if (count > kMaxList || count > static_cast<uint64_t>(lane.end - p)) return false;
  uint64_t& last = lane.state.last[kTrackedSlot[static_cast<size_t>(ArgType::kG)]];
  list_.resize(count);
  for (uint64_t& g : list_) {
    uint64_t code = 0;
    p = GetVarint(p, lane.end, code);
    if (p == nullptr || !FromIdCode(code, last, g) || g >> 63 != 0) return false;
  }
  return true;
}

// kChecked: whether the record may run into the end of its M's bytes.
template <bool kChecked>
inline BlockDecoder::Step BlockDecoder::Decode(const Plan& plan, Lane& lane, Record& record) {
  const uint8_t* p = lane.p;
  uint64_t* cell = nullptr;
  uint64_t before = 0;
  uint64_t after = 0;
  bool wrong = false;
  for (unsigned i = 0; i < plan.nargs; i++) {
    const Plan::Op& op = plan.ops[i];
    if (i == plan.cell_at) {
      const uint64_t object = i == 0 ? 0 : static_cast<uint64_t>(record.a[i - 1]);
      cell = &state_.Cell(plan.cell, object);
      before = after = *cell;
    }
    uint64_t code;
    if (!kChecked && ABSL_PREDICT_TRUE(*p < 0x80)) {
      code = *p++;
    } else {
      p = GetVarint(p, lane.end, code);
      if (ABSL_PREDICT_FALSE(p == nullptr)) return Bad("a record has a malformed number");
    }
    uint64_t v = code;
    switch (op.coding) {
      case Coding::kPlain:
        if (op.type == ArgType::kInt || op.type == ArgType::kTime) {
          v = static_cast<uint64_t>(UnZigZag(code));
        } else if (kChecked && op.type == ArgType::kGList) {
          if (!GetList(lane, v, p)) return Bad("a record has a malformed list");
          record.list = list_;
        }
        break;
      case Coding::kTime:
        v = state_.time + static_cast<uint64_t>(UnZigZag(code));
        state_.time = v;
        break;
      case Coding::kSameM: wrong |= !FromIdCode(code, lane.state.last[op.tracked], v); break;
      case Coding::kCell: v = before + static_cast<uint64_t>(UnZigZag(code)); break;
    }
    uint64_t& last = lane.state.last[op.tracked];
    last = v != 0 ? v : last;
    after = op.sets_cell ? v : after;
    wrong |= v > op.largest;
    record.a[i] = static_cast<int64_t>(v);
  }
  if (cell != nullptr) *cell = after;
  if (ABSL_PREDICT_FALSE(wrong)) return Bad("an argument of a record has an impossible value");
  lane.p = p;
  return Step::kRecord;
}

}  // namespace schedlog
