// From the capture's raw file to a schedule log.
#include "conformance/schedlog/convert.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "conformance/schedlog/coding.h"
#include "conformance/schedlog/snapshot.h"
#include "conformance/schedlog/source.h"
#include "conformance/schedlog/tables_json.h"
#include "conformance/schedlog/wire.h"
#include "conformance/schedlog/writer.h"

namespace schedlog {
namespace {

constexpr absl::string_view kRawMagic = "gortraw1";
constexpr size_t kRawPage = 4096;     // records begin here
constexpr size_t kCommittedAt = 8;    // u64: bytes of records
constexpr size_t kFlagsAt = 16;       // u64
constexpr size_t kWindow = 24 << 20;  // twice the longest record, and more

// What the overlay reports in its flags, by bit. Each makes the log one that is cut.
constexpr absl::string_view kFlags[] = {
    "the disk was full while capturing",
    "a signal handler did an operation that is not in the log",
    "the program crashed, and the log stops there",
    "the program had more threads than a capture can follow",
    "a test called the scheduler on a P that it made, or a debugger a function",
    "the program closed the log's file",
};
// The only one of them that is not the capture's own failure.
constexpr uint64_t kFlagCrashed = 4;

std::string DescribeFlags(uint64_t flags) {
  std::string text;
  for (size_t bit = 0; bit < 64; bit++) {
    if ((flags >> bit & 1) == 0) continue;
    absl::StrAppend(&text, text.empty() ? "" : "; ");
    if (bit < std::size(kFlags)) {
      absl::StrAppend(&text, kFlags[bit]);
    } else {
      absl::StrAppend(&text, "unknown capture flag ", bit);
    }
  }
  return text;
}

// One record from the front of [p, end). Null: it is not whole, or not a record; `cut` says
// which.
const uint8_t* GetRawRecord(const std::vector<Plan>& plans, const uint8_t* p, const uint8_t* end,
                            Record& record, std::vector<uint64_t>& list, bool& cut) {
  cut = true;
  if (p == end) return nullptr;
  const Plan& plan = plans[*p];
  if (!plan.known) {
    cut = false;
    return nullptr;
  }
  record.kind = *p++;
  record.nargs = plan.nargs;
  record.list = {};
  // A varint that is refused with that many bytes at hand is wrong rather than cut.
  const auto get = [&](uint64_t& v) {
    const uint8_t* next = GetVarint(p, end, v);
    if (next == nullptr) cut = end - p < kMaxVarint && (p == end || end[-1] >= 0x80);
    p = next;
    return p != nullptr;
  };
  uint64_t v = 0;
  if (!get(v)) return nullptr;
  if (v > 0xffffffff) {
    cut = false;
    return nullptr;
  }
  record.m = static_cast<uint32_t>(v);
  for (int i = 0; i < plan.nargs; i++) {
    if (!get(v)) return nullptr;
    const ArgType type = plan.ops[i].type;
    if (type == ArgType::kInt || type == ArgType::kTime) v = static_cast<uint64_t>(UnZigZag(v));
    record.a[i] = static_cast<int64_t>(v);
    if (type != ArgType::kGList) continue;
    cut = v <= kMaxList;
    if (v > std::min<uint64_t>(kMaxList, static_cast<uint64_t>(end - p))) return nullptr;
    list.resize(v);
    for (uint64_t& g : list) {
      if (!get(g)) return nullptr;
    }
    record.list = list;
  }
  return p;
}

// One snapshot from the front of [p, end), behind its first byte; the same.
const uint8_t* GetRawSnapshot(const Header& header, const uint8_t* p, const uint8_t* end, uint32_t& m,
                              std::vector<uint64_t>& words, bool& cut) {
  words.clear();
  const auto get = [&](uint64_t& v) {
    const uint8_t* next = GetVarint(p, end, v);
    cut = next == nullptr && end - p < kMaxVarint && (p == end || end[-1] >= 0x80);
    p = next;
    return p != nullptr;
  };
  uint64_t v = 0;
  if (!get(v) || v > 0xffffffff) return nullptr;
  m = static_cast<uint32_t>(v);
  for (;;) {
    if (!get(v)) return nullptr;
    words.push_back(v);
    if (v == 0) return p;
    if (v > header.state.size()) return nullptr;
    const Section& section = header.state[v - 1];
    uint64_t rows = 0;
    if (!get(v) || !get(rows)) return nullptr;
    words.push_back(v);
    words.push_back(rows);
    for (; rows > 0; rows--) {
      if (words.size() > kMaxSnapshot || !get(v)) return nullptr;
      words.push_back(v);
      for (const Section::Field& field : section.fields) {
        if (!get(v)) return nullptr;
        const bool is_signed = field.type == ArgType::kInt || field.type == ArgType::kTime;
        words.push_back(is_signed ? static_cast<uint64_t>(UnZigZag(v)) : v);
      }
    }
  }
}

class Conversion {
 public:
  Conversion(const std::string& raw_path, std::unique_ptr<Source> source, const Header& header)
      : path_(raw_path), source_(std::move(source)), header_(header), plans_(MakePlans(header)) {}

  // Reads the first page.
  absl::Status Start() {
    std::string page;
    if (absl::Status status = source_->Read(kRawPage, page); !status.ok()) {
      return Problem(0, absl::StrCat("cannot read: ", status.message()));
    }
    if (page.empty()) return Problem(0, "the file is empty");
    if (page.compare(0, kRawMagic.size(), kRawMagic.data(), kRawMagic.size()) != 0) {
      return Problem(0, "not a raw capture");
    }
    if (page.size() < kRawPage)
      return Problem(page.size(), "the file is cut inside its first page");
    left_ = LoadLittle<uint64_t>(&page[kCommittedAt]);
    flags_ = LoadLittle<uint64_t>(&page[kFlagsAt]);
    cut_ = DescribeFlags(flags_);
    return absl::OkStatus();
  }

  // Copies all records to `writer`. OK also if the records are cut: cut() then says how.
  absl::Status Run(Writer& writer) {
    Record record;
    std::vector<uint64_t> list;
    while (left_ != 0) {
      if (absl::Status status = Fill(); !status.ok()) return status;
      const uint8_t* const begin = reinterpret_cast<const uint8_t*>(window_.data());
      const uint8_t* const end = begin + window_.size();
      // Only the last window may be used up to its last byte.
      const uint8_t* const enough = last_ ? end : end - std::min(window_.size(), kWindow / 2);
      const uint8_t* p = begin + at_;
      while (p < enough || (last_ && p != end)) {
        bool cut = false;
        const bool snapshot = *p == 0 && !header_.state.empty();
        uint32_t m = 0;
        const uint8_t* next = snapshot ? GetRawSnapshot(header_, p + 1, end, m, list, cut)
                                       : GetRawRecord(plans_, p, end, record, list, cut);
        const uint64_t offset = window_offset_ + static_cast<uint64_t>(p - begin);
        if (next == nullptr && cut && last_) {
          cut_ = absl::StrCat("the raw capture ends inside a record at byte ", offset,
                              cut_.empty() ? "" : "; ", cut_);
          return absl::OkStatus();
        }
        if (next == nullptr) return Problem(offset, absl::StrCat("not a record (kind ", *p, ")"));
        absl::Status status = snapshot ? writer.Append(Snapshot{0, m, list}) : writer.Append(record);
        if (!status.ok()) {
          if (!absl::IsInvalidArgument(status)) return status;
          return Problem(offset, status.message());
        }
        p = next;
      }
      at_ = static_cast<size_t>(p - begin);
      if (last_) break;
    }
    return absl::OkStatus();
  }

  // Why the log is cut; empty if it is not.
  const std::string& cut() const { return cut_; }

  // Whether the overlay logged all that it should have.
  bool whole() const { return (flags_ & ~kFlagCrashed) == 0; }

 private:
  absl::Status Problem(uint64_t offset, absl::string_view what) {
    return absl::DataLossError(absl::StrCat(path_, ": byte ", offset, ": ", what));
  }

  // Drops what was used of the window and reads on.
  absl::Status Fill() {
    window_offset_ = source_->offset() - (window_.size() - at_);
    window_.erase(0, at_);
    at_ = 0;
    const size_t want = static_cast<size_t>(std::min<uint64_t>(left_, kWindow));
    const uint64_t before = source_->offset();
    if (absl::Status status = source_->Read(want, window_); !status.ok()) {
      return Problem(before, absl::StrCat("cannot read: ", status.message()));
    }
    const uint64_t got = source_->offset() - before;
    left_ -= got;
    if (got < want) {
      cut_ = absl::StrCat("the raw capture has ", left_, " bytes less than it says");
      left_ = 0;
    }
    last_ = left_ == 0;
    return absl::OkStatus();
  }

  const std::string path_;
  std::unique_ptr<Source> source_;
  const Header header_;
  std::vector<Plan> plans_;
  uint64_t flags_ = 0;
  std::string window_;
  size_t at_ = 0;               // of window_, used
  uint64_t window_offset_ = 0;  // in the file
  uint64_t left_ = 0;           // bytes of records not yet read
  bool last_ = false;           // the window holds all that is left
  std::string cut_;
};

}  // namespace

absl::Status ConvertRaw(const std::string& raw_path, const std::string& json_path,
                        const std::string& out_path, End* end) {
  Header header;
  End how;
  if (absl::Status status = ReadTables(json_path, header, how); !status.ok()) return status;
  if (absl::Status status = ValidateHeader(header); !status.ok()) {
    return absl::DataLossError(absl::StrCat(json_path, ": byte 0: ", status.message()));
  }
  const int fd = open(raw_path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return absl::NotFoundError(absl::StrCat(raw_path, ": byte 0: cannot open: ", strerror(errno)));
  }
  Conversion conversion(raw_path, SourceOfFd(fd, /*owned=*/true), header);
  if (absl::Status status = conversion.Start(); !status.ok()) return status;
  Writer writer;
  if (absl::Status status = writer.Open(out_path, header); !status.ok()) return status;
  const absl::Status run = conversion.Run(writer);
  if (!run.ok()) {
    how.complete = false;
    how.reason = std::string(run.message());
  } else if (!conversion.cut().empty()) {
    how.complete = false;
    how.reason = absl::StrCat(conversion.cut(), how.reason.empty() ? "" : "; ", how.reason);
  }
  const absl::Status finish = writer.Finish(how.complete, how.reason);
  how.records = writer.records();
  if (end != nullptr) *end = how;
  if (!run.ok()) return run;
  if (!finish.ok() || conversion.whole()) return finish;
  return absl::DataLossError(absl::StrCat(out_path, ": byte ", writer.bytes(), ": cut after ",
                                          how.records, " records: ", how.reason));
}

}  // namespace schedlog
