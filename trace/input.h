// Where the bytes of a trace come from: a file, a pipe or memory; and its first line, which says the version.
#ifndef TRACE_INPUT_H_
#define TRACE_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/verdict.h"

namespace gotrace {

// A window that moves over the bytes. Not for several threads.
class Input {
 public:
  Input() = default;
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  // Each of these starts anew. A failure is a verdict of kUnreadable.
  Verdict Open(const std::string& path);
  // Reads from where `fd` stands; the caller closes it, after the last use.
  void OpenFd(int fd);
  // `bytes` must outlive the use.
  void OpenBytes(std::string_view bytes);

  // Makes at least `n` bytes (at most kWindow) visible from the current place, if there are so many; returns how many
  // are.
  size_t Fill(size_t n) {
    const size_t have = static_cast<size_t>(end_ - p_);
    return have >= n ? have : FillMore(n);
  }
  // What is visible. Good until the next Fill.
  const uint8_t* data() const { return p_; }
  const uint8_t* end() const { return end_; }
  // Passes over `n` visible bytes.
  void Skip(size_t n) { p_ += n; }

  // The place in the file, counted from where it was opened.
  uint64_t offset() const { return begin_offset_ + static_cast<uint64_t>(p_ - begin_); }
  // Not zero if the system failed to read; that looks like an end then.
  int error() const { return error_; }

  // Reads the first line; 0 and a verdict if it is not that of a version that this library reads.
  int ReadVersion(Verdict& verdict);

  static constexpr size_t kWindow = 256 << 10;

 private:
  size_t FillMore(size_t n);

  std::vector<uint8_t> buffer_;
  const uint8_t* p_ = nullptr;
  const uint8_t* end_ = nullptr;
  const uint8_t* begin_ = nullptr;  // of the buffer, or of the memory
  uint64_t begin_offset_ = 0;
  int fd_ = -1;
  bool owned_ = false;
  // Opened by its path, and can be read at any place: where it stands is told here and not by the system, so that a
  // process that was forked goes on by itself.
  bool is_file_ = false;
  uint64_t read_ = 0;
  int error_ = 0;
};

// The first line of a trace of that version: 16 bytes.
std::string FirstLine(int version);

}  // namespace gotrace

#endif  // TRACE_INPUT_H_
