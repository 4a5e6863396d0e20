// Layout and coding of snapshots.
#include "conformance/schedlog/snapshot.h"

#include <algorithm>

#include "conformance/schedlog/wire.h"

namespace schedlog {
namespace {

size_t WidthOf(const Header& header, uint64_t number) { return 1 + header.state[number - 1].fields.size(); }

// The same section of the snapshot before, if it had one.
SectionRows Find(const std::vector<SectionRows>& sections, uint64_t number, uint64_t owner) {
  for (const SectionRows& s : sections) {
    if (s.number == number && s.owner == owner) return s;
  }
  return SectionRows();
}

}  // namespace

bool TakeApart(const Header& header, absl::Span<const uint64_t> words, std::vector<SectionRows>& sections) {
  sections.clear();
  size_t at = 0;
  for (;;) {
    if (at == words.size()) return false;
    if (words[at] == 0) return at + 1 == words.size();
    if (words.size() - at < 3 || words[at] > header.state.size()) return false;
    SectionRows s;
    s.number = static_cast<uint32_t>(words[at]);
    s.owner = words[at + 1];
    s.width = WidthOf(header, s.number);
    at += 3;
    if (words[at - 1] > (words.size() - at) / s.width) return false;
    s.rows = words[at - 1];
    s.words = words.data() + at;
    at += s.size();
    sections.push_back(s);
  }
}

// A row of words against the same place of the one before: how many are equal, how many are not, the differences of
// those; and so on to the end.
void SnapshotEncoder::Add(const Header& header, uint32_t after, uint32_t m, absl::Span<const uint64_t> words) {
  std::vector<SectionRows> now, before;
  TakeApart(header, words, now);
  if (!before_.empty()) TakeApart(header, before_, before);
  PutVarint(bytes_, after - after_);
  PutVarint(bytes_, m);
  for (const SectionRows& s : now) {
    PutVarint(bytes_, s.number);
    PutVarint(bytes_, s.owner);
    PutVarint(bytes_, s.rows);
    const SectionRows base = Find(before, s.number, s.owner);
    const auto old = [&](size_t i) { return i < base.size() ? base.words[i] : 0; };
    for (size_t i = 0; i < s.size();) {
      size_t equal = i;
      while (equal < s.size() && s.words[equal] == old(equal)) equal++;
      size_t other = equal;
      while (other < s.size() && s.words[other] != old(other)) other++;
      PutVarint(bytes_, equal - i);
      PutVarint(bytes_, other - equal);
      for (i = equal; i < other; i++) PutVarint(bytes_, ZigZag(static_cast<int64_t>(s.words[i] - old(i))));
    }
  }
  bytes_.push_back(0);
  after_ = after;
  before_.assign(words.begin(), words.end());
}

std::string SnapshotEncoder::Take() {
  std::string out = std::move(bytes_);
  bytes_.clear();
  before_.clear();
  after_ = 0;
  return out;
}

bool SnapshotDecoder::Start(absl::string_view bytes, uint32_t records) {
  p_ = reinterpret_cast<const uint8_t*>(bytes.data());
  end_ = p_ + bytes.size();
  records_ = records;
  words_.clear();
  after_ = 0;
  return ReadPlace();
}

bool SnapshotDecoder::ReadPlace() {
  if (p_ == end_) {
    after_ = kNone;
    return true;
  }
  uint64_t more = 0;
  p_ = GetVarint(p_, end_, more);
  if (p_ == nullptr || more > records_ - after_) return false;
  after_ += static_cast<uint32_t>(more);
  return after_ != 0;
}

bool SnapshotDecoder::Next(const Header& header) {
  std::swap(words_, before_);
  words_.clear();
  std::vector<SectionRows> before;
  if (!before_.empty()) TakeApart(header, before_, before);
  uint64_t number = 0;
  const auto get = [&](uint64_t& v) {
    p_ = GetVarint(p_, end_, v);
    return p_ != nullptr;
  };
  if (!get(number) || number > 0xffffffff) return false;
  m_ = static_cast<uint32_t>(number);
  for (;;) {
    if (!get(number)) return false;
    words_.push_back(number);
    if (number == 0) return ReadPlace();
    uint64_t owner = 0, rows = 0;
    if (number > header.state.size() || !get(owner) || !get(rows)) return false;
    words_.push_back(owner);
    words_.push_back(rows);
    const size_t width = WidthOf(header, number);
    if (rows > (kMaxSnapshot - std::min(words_.size(), kMaxSnapshot)) / width) return false;
    const SectionRows base = Find(before, number, owner);
    const size_t size = rows * width;
    for (size_t i = 0; i < size;) {
      uint64_t equal = 0, other = 0, code = 0;
      if (!get(equal) || !get(other) || equal > size - i || other > size - i - equal) return false;
      if (equal + other == 0) return false;
      for (; equal > 0; equal--, i++) words_.push_back(i < base.size() ? base.words[i] : 0);
      for (; other > 0; other--, i++) {
        if (!get(code) || code == 0) return false;
        words_.push_back((i < base.size() ? base.words[i] : 0) + static_cast<uint64_t>(UnZigZag(code)));
      }
    }
  }
}

}  // namespace schedlog
