// Snapshots of the scheduler's state inside a log: how the words of one are laid out, and how they are coded in a block
// as differences from the one before. docs/schedlog.md describes both for other implementations.
//
// A snapshot is a row of words: for each section its number in the header's table (from 1), its owner, the number of
// its rows, and the rows, each of what it is called by and its fields; then a 0.
#ifndef CONFORMANCE_SCHEDLOG_SNAPSHOT_H_
#define CONFORMANCE_SCHEDLOG_SNAPSHOT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "conformance/schedlog/types.h"

namespace schedlog {

// No snapshot has more words.
inline constexpr size_t kMaxSnapshot = 1 << 20;

// One section of a snapshot. The rows are borrowed from it.
struct SectionRows {
  uint32_t number = 0;  // in the header's table, from 1
  uint64_t owner = 0;   // of a list that is one for each P: its id + 1
  size_t rows = 0;
  size_t width = 0;  // words of a row
  const uint64_t* words = nullptr;

  size_t size() const { return rows * width; }
  const uint64_t* row(size_t i) const { return words + i * width; }
};

// Takes a snapshot apart by the header's table. False: it is not laid out as that says.
bool TakeApart(const Header& header, absl::Span<const uint64_t> words, std::vector<SectionRows>& sections);

// The snapshots of one block, on their way into it.
class SnapshotEncoder {
 public:
  // `words` is well laid out. `after`: how many of the block's records come before it.
  void Add(const Header& header, uint32_t after, uint32_t m, absl::Span<const uint64_t> words);
  size_t bytes() const { return bytes_.size(); }
  // What goes into the block; the encoder is empty afterwards.
  std::string Take();

 private:
  std::string bytes_;
  uint32_t after_ = 0;
  std::vector<uint64_t> before_;
};

// The snapshots of one block, on their way out.
class SnapshotDecoder {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  // `bytes` stays where it is until the block is done. False: they are malformed, as when Next says so.
  bool Start(absl::string_view bytes, uint32_t records);
  // How many of the block's records come before the next snapshot; kNone: there is none.
  uint32_t after() const { return after_; }
  bool Next(const Header& header);
  // The one that Next has decoded; good until it is called again.
  uint32_t m() const { return m_; }
  absl::Span<const uint64_t> words() const { return words_; }

 private:
  bool ReadPlace();

  const uint8_t* p_ = nullptr;
  const uint8_t* end_ = nullptr;
  uint32_t records_ = 0;
  uint32_t after_ = kNone;
  uint32_t m_ = 0;
  std::vector<uint64_t> words_;
  std::vector<uint64_t> before_;
};

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_SNAPSHOT_H_
