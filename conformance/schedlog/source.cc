// Files, pipes and memory as sources.
#include "conformance/schedlog/source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace schedlog {
namespace {

// What is asked of the operating system at a time.
constexpr size_t kChunk = 1 << 20;

class FdSource : public Source {
 public:
  FdSource(int fd, bool owned, uint64_t left) : Source(left), fd_(fd), owned_(owned) {}
  ~FdSource() override {
    if (owned_) close(fd_);
  }

 private:
  absl::Status Get(char* to, size_t n, size_t& got) override {
    ssize_t count;
    do {
      count = read(fd_, to, n);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return absl::UnavailableError(strerror(errno));
    got = static_cast<size_t>(count);
    return absl::OkStatus();
  }

  const int fd_;
  const bool owned_;
};

class BytesSource : public Source {
 public:
  explicit BytesSource(absl::string_view bytes) : Source(bytes.size()), bytes_(bytes) {}

 private:
  absl::Status Get(char* to, size_t n, size_t& got) override {
    got = bytes_.copy(to, n);
    bytes_.remove_prefix(got);
    return absl::OkStatus();
  }

  absl::string_view bytes_;
};

}  // namespace

absl::Status Source::Read(size_t n, std::string& out) {
  while (n != 0) {
    const size_t size = out.size();
    const size_t want = std::min(n, kChunk);
    out.resize(size + want);
    size_t got = 0;
    const absl::Status status = Get(&out[size], want, got);
    out.resize(size + got);
    if (!status.ok()) return status;
    if (got == 0) break;
    offset_ += got;
    if (left_ != kUnknown) left_ -= std::min<uint64_t>(left_, got);
    n -= got;
  }
  return absl::OkStatus();
}

std::unique_ptr<Source> SourceOfFd(int fd, bool owned) {
  uint64_t left = ~uint64_t{0};
  struct stat info;
  const off_t at = lseek(fd, 0, SEEK_CUR);
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && at >= 0) {
    left = info.st_size > at ? static_cast<uint64_t>(info.st_size - at) : 0;
  }
  return std::make_unique<FdSource>(fd, owned, left);
}

std::unique_ptr<Source> SourceOfBytes(absl::string_view bytes) {
  return std::make_unique<BytesSource>(bytes);
}

}  // namespace schedlog
