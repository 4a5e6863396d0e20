// A fact is its bytes, then the length of its text and the text.
#include "worlds/facts/stream.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace facts {
namespace {

constexpr size_t kPiece = 256 << 10;
constexpr size_t kHead = sizeof(Fact) + sizeof(uint32_t);

}  // namespace

void Append(const Fact& fact, std::string_view text, std::string& to) {
  const auto n = static_cast<uint32_t>(text.size());
  to.append(reinterpret_cast<const char*>(&fact), sizeof fact);
  to.append(reinterpret_cast<const char*>(&n), sizeof n);
  to += text;
}

void Writer::Put(const Fact& fact, std::string_view text) {
  Append(fact, text, buffer_);
  if (buffer_.size() >= kPiece) Flush();
}

bool Writer::Flush() {
  for (size_t done = 0; ok_ && done < buffer_.size();) {
    const ssize_t n = write(fd_, buffer_.data() + done, buffer_.size() - done);
    if (n > 0) {
      done += static_cast<size_t>(n);
    } else if (n < 0 && errno != EINTR) {
      ok_ = false;
    }
  }
  buffer_.clear();
  return ok_;
}

bool Reader::Fill(size_t bytes) {
  while (buffer_.size() - from_ < bytes) {
    buffer_.erase(0, from_);
    from_ = 0;
    const size_t had = buffer_.size();
    buffer_.resize(had + kPiece);
    ssize_t n;
    do {
      n = read(fd_, buffer_.data() + had, kPiece);
    } while (n < 0 && errno == EINTR);
    buffer_.resize(had + static_cast<size_t>(n > 0 ? n : 0));
    if (n <= 0) return false;
  }
  return true;
}

bool Reader::Has() const {
  const size_t bytes = buffer_.size() - from_;
  if (bytes < kHead) return false;
  uint32_t n;
  std::memcpy(&n, buffer_.data() + from_ + sizeof(Fact), sizeof n);
  return bytes >= kHead + n;
}

bool Reader::Next(Fact& fact, std::string& text) {
  uint32_t n;
  if (!Fill(kHead)) return false;
  std::memcpy(&fact, buffer_.data() + from_, sizeof fact);
  std::memcpy(&n, buffer_.data() + from_ + sizeof fact, sizeof n);
  if (!Fill(kHead + n)) return false;
  text.assign(buffer_, from_ + kHead, n);
  from_ += kHead + n;
  return true;
}

}  // namespace facts
