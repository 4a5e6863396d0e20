// Writes through a buffer, and says once what went wrong.
#include "trace/out_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gotrace {

OutFile::~OutFile() {
  if (owned_) close(fd_);
}

bool OutFile::Fail(const char* what) {
  if (why_.empty())
    why_ = name_ + ": byte " + std::to_string(written_) + ": cannot " + what + ": " + std::strerror(errno);
  text_.clear();
  return false;
}

bool OutFile::Open(const std::string& path) {
  name_ = path == "-" ? "standard output" : path;
  fd_ = path == "-" ? 1 : open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  owned_ = path != "-";
  return fd_ >= 0 || Fail("open");
}

bool OutFile::Write() {
  if (!ok()) {
    text_.clear();
    return false;
  }
  for (size_t at = 0; at < text_.size();) {
    const ssize_t n = write(fd_, text_.data() + at, text_.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Fail("write");
    at += static_cast<size_t>(n);
    written_ += static_cast<uint64_t>(n);
  }
  text_.clear();
  return true;
}

bool OutFile::Close() {
  Write();
  // Some file systems find out only here that there is no room.
  if (owned_ && close(fd_) != 0) Fail("write");
  owned_ = false;
  return ok();
}

}  // namespace gotrace
