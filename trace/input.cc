// The window, and the first line.
#include "trace/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "trace/kinds.h"

namespace gotrace {

Input::~Input() {
  if (owned_) close(fd_);
}

Verdict Input::Open(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {Outcome::kUnreadable, 0, std::string("cannot open: ") + std::strerror(errno)};
  OpenFd(fd);
  owned_ = true;
  struct stat status;
  is_file_ = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  Fill(1);
  if (error_ != 0) return {Outcome::kUnreadable, 0, std::string("cannot read: ") + std::strerror(error_)};
  return {};
}

void Input::OpenFd(int fd) {
  if (owned_) close(fd_);
  owned_ = is_file_ = false;
  read_ = 0;
  fd_ = fd;
  error_ = 0;
  buffer_.resize(kWindow);
  p_ = end_ = begin_ = buffer_.data();
  begin_offset_ = 0;
}

void Input::OpenBytes(std::string_view bytes) {
  if (owned_) close(fd_);
  owned_ = false;
  fd_ = -1;
  error_ = 0;
  p_ = begin_ = reinterpret_cast<const uint8_t*>(bytes.data());
  end_ = p_ + bytes.size();
  begin_offset_ = 0;
}

size_t Input::FillMore(size_t n) {
  size_t have = static_cast<size_t>(end_ - p_);
  if (fd_ < 0) return have;
  uint8_t* const buffer = buffer_.data();
  begin_offset_ = offset();
  if (have != 0) std::memmove(buffer, p_, have);
  p_ = begin_ = buffer;
  while (have < n && error_ == 0) {
    const ssize_t got = is_file_ ? pread(fd_, buffer + have, kWindow - have, static_cast<off_t>(read_))
                                 : read(fd_, buffer + have, kWindow - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error_ = errno;
    if (got <= 0) break;
    read_ += static_cast<uint64_t>(got);
    have += static_cast<size_t>(got);
  }
  end_ = buffer + have;
  return have;
}

int Input::ReadVersion(Verdict& verdict) {
  // "go 1." digits " trace" and three zero bytes. Go takes blanks before the number.
  constexpr size_t kLongest = 64;
  const size_t have = Fill(kLongest) < kLongest ? Fill(kLongest) : kLongest;
  if (error_ != 0) {
    verdict = {Outcome::kUnreadable, offset(), std::string("cannot read: ") + std::strerror(error_)};
    return 0;
  }
  const std::string_view line(reinterpret_cast<const char*>(p_), have);
  constexpr std::string_view kBegin = "go 1.";
  constexpr std::string_view kEnd(" trace\0\0\0", 9);
  if (have == 0) {
    verdict = {Outcome::kNotATrace, 0, "not a Go execution trace: it is empty"};
    return 0;
  }
  if (line.substr(0, kBegin.size()) != kBegin.substr(0, have)) {
    verdict = {Outcome::kNotATrace, 0, "not a Go execution trace"};
    return 0;
  }
  size_t at = kBegin.size();
  while (at < have && line[at] == ' ') at++;
  uint64_t version = 0;
  const size_t digits = at;
  for (; at < have && line[at] >= '0' && line[at] <= '9'; at++) {
    if (version < 100'000'000) version = version * 10 + static_cast<uint64_t>(line[at] - '0');
  }
  const std::string_view rest = at < have ? line.substr(at) : std::string_view();
  if (have < kLongest && rest.size() < kEnd.size() && rest == kEnd.substr(0, rest.size())) {
    verdict = {Outcome::kCut, have, "cut off here, in its first line"};
    return 0;
  }
  if (at == digits || rest.substr(0, kEnd.size()) != kEnd) {
    verdict = {Outcome::kNotATrace, 0, "not a Go execution trace"};
    return 0;
  }
  const std::string name = "Go 1." + std::to_string(version);
  if (version < kGo122) {
    verdict = {Outcome::kOld, 0,
               "a trace in the format of before Go 1.22 (its first line says " + name + "), which gort does not read"};
    return 0;
  }
  if (version > kNewest) {
    verdict = {Outcome::kNewer, 0, "made by " + name + ", which is newer than gort knows (up to Go 1.27)"};
    return 0;
  }
  if (!IsKnownVersion(static_cast<int>(version))) {
    verdict = {Outcome::kDamaged, 5, "no Go writes traces that say " + name};
    return 0;
  }
  Skip(at + kEnd.size());
  return static_cast<int>(version);
}

std::string FirstLine(int version) {
  return "go 1." + std::to_string(version) + " trace" + std::string(3, '\0');
}

}  // namespace gotrace
