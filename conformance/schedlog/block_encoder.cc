// Encoding of blocks.
#include "conformance/schedlog/block_encoder.h"

#include "absl/strings/str_cat.h"
#include "conformance/schedlog/wire.h"

namespace schedlog {

BlockEncoder::BlockEncoder(const Header& header) : plans_(MakePlans(header)), state_(header) {
  header_.state = header.state;
}

absl::Status BlockEncoder::Check(const Plan& plan, const Record& record) const {
  if (record.nargs != plan.nargs) {
    return absl::InvalidArgumentError(absl::StrCat("kind ", record.kind, " takes ", plan.nargs,
                                                   " arguments, not ", record.nargs));
  }
  for (int i = 0; i < plan.nargs; i++) {
    const Plan::Op& op = plan.ops[i];
    const uint64_t v = static_cast<uint64_t>(record.a[i]);
    bool good = v <= op.largest;
    if (op.type == ArgType::kGList) {
      good &= v == record.list.size();
      for (uint64_t g : record.list) good &= g >> 63 == 0;
    }
    if (!good) {
      return absl::InvalidArgumentError(
          absl::StrCat("argument ", i + 1, " of kind ", record.kind, " has an impossible value"));
    }
  }
  return absl::OkStatus();
}

void BlockEncoder::SwitchTo(uint32_t m) {
  if (!runs_.empty() && lanes_[runs_.back().lane].m == m) {
    runs_.back().length++;
    return;
  }
  const auto [at, added] = lane_of_.try_emplace(m, static_cast<uint32_t>(lanes_.size()));
  if (added) lanes_.push_back(Lane{m, MState(m), ""});
  runs_.push_back(Run{at->second, 1});
}

void BlockEncoder::PutId(uint64_t v, uint64_t& last, std::string& out) {
  if (v == 0) {
    out.push_back(0);
    return;
  }
  PutVarint(out, 1 + ZigZag(static_cast<int64_t>(v - last)));
  last = v;
}

absl::Status BlockEncoder::Add(const Record& record) {
  if (record.kind >= plans_.size() || !plans_[record.kind].known) {
    return absl::InvalidArgumentError(
        absl::StrCat("record kind ", record.kind, " is not in the table"));
  }
  const Plan& plan = plans_[record.kind];
  if (absl::Status status = Check(plan, record); !status.ok()) return status;

  SwitchTo(record.m);
  Lane& lane = lanes_[runs_.back().lane];
  std::string& out = lane.bytes;
  const size_t size_before = out.size();
  out.push_back(static_cast<char>(record.kind));
  uint64_t* cell = nullptr;
  if (plan.cell_at < plan.nargs) {
    const uint64_t object =
        plan.cell_at == 0 ? 0 : static_cast<uint64_t>(record.a[plan.cell_at - 1]);
    cell = &state_.Cell(plan.cell, object);
  }
  uint64_t after = cell == nullptr ? 0 : *cell;
  for (int i = 0; i < plan.nargs; i++) {
    const Plan::Op& op = plan.ops[i];
    const uint64_t v = static_cast<uint64_t>(record.a[i]);
    uint64_t& last = lane.state.last[op.tracked];
    if (op.type == ArgType::kGList) {
      PutVarint(out, v);
      const size_t slot = kTrackedSlot[static_cast<size_t>(ArgType::kG)];
      for (uint64_t g : record.list) PutId(g, lane.state.last[slot], out);
      continue;
    }
    switch (op.coding) {
      case Coding::kPlain:
        PutVarint(out,
                  op.type == ArgType::kInt || op.type == ArgType::kTime ? ZigZag(record.a[i]) : v);
        break;
      case Coding::kTime:
        PutVarint(out, ZigZag(static_cast<int64_t>(v - state_.time)));
        state_.time = v;
        break;
      case Coding::kSameM: PutId(v, last, out); break;
      case Coding::kCell: PutVarint(out, ZigZag(static_cast<int64_t>(v - *cell))); break;
    }
    if (v != 0) last = v;
    if (op.sets_cell) after = v;
  }
  if (cell != nullptr) *cell = after;
  records_++;
  bytes_ += out.size() - size_before;
  return absl::OkStatus();
}

absl::Status BlockEncoder::Add(const Snapshot& snapshot) {
  std::vector<SectionRows> sections;
  if (records_ == 0 || snapshot.words.size() > kMaxSnapshot || !TakeApart(header_, snapshot.words, sections)) {
    return absl::InvalidArgumentError("a snapshot is not laid out as the log's table says");
  }
  snapshots_.Add(header_, records_, snapshot.m, snapshot.words);
  return absl::OkStatus();
}

std::string BlockEncoder::Take() {
  std::string out;
  if (header_.version() != kFirstVersion) PutString(out, snapshots_.Take());
  PutVarint(out, lanes_.size());
  for (const Lane& lane : lanes_) {
    PutVarint(out, lane.m);
    PutVarint(out, lane.bytes.size());
  }
  PutVarint(out, runs_.size());
  for (const Run& run : runs_) {
    PutVarint(out, uint64_t{run.length - 1} * lanes_.size() + run.lane);
  }
  for (const Lane& lane : lanes_) out += lane.bytes;
  lane_of_.clear();
  lanes_.clear();
  runs_.clear();
  records_ = 0;
  bytes_ = 0;
  state_.Reset();
  return out;
}

}  // namespace schedlog
