// Where a reader's bytes come from: a file, a pipe or memory. Internal to this directory.
#ifndef CONFORMANCE_SCHEDLOG_SOURCE_H_
#define CONFORMANCE_SCHEDLOG_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace schedlog {

class Source {
 public:
  virtual ~Source() = default;

  // Appends up to `n` bytes to `out`; fewer only where the input ends. Memory grows with the
  // bytes that are really there, not with `n`. An error is the operating system's; its
  // message does not name the file.
  absl::Status Read(size_t n, std::string& out);

  // Bytes taken so far.
  uint64_t offset() const { return offset_; }
  // Bytes that are left, where that is known beforehand; else the largest number there is.
  uint64_t left() const { return left_; }

 protected:
  static constexpr uint64_t kUnknown = ~uint64_t{0};

  explicit Source(uint64_t left) : left_(left) {}

  // Puts up to `n` bytes at `to` and sets `got`; 0 only at the end.
  virtual absl::Status Get(char* to, size_t n, size_t& got) = 0;

 private:
  uint64_t offset_ = 0;
  uint64_t left_;
};

// `owned`: whether to close `fd`.
std::unique_ptr<Source> SourceOfFd(int fd, bool owned);
// `bytes` must outlive the source.
std::unique_ptr<Source> SourceOfBytes(absl::string_view bytes);

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_SOURCE_H_
