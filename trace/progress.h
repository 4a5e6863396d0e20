// How far a long file has been read, on a terminal.
#ifndef TRACE_PROGRESS_H_
#define TRACE_PROGRESS_H_

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace gotrace {

// Says nothing in the first second, nor where stderr is not a terminal.
class Progress {
 public:
  explicit Progress(const std::string& path) {
    struct stat info;
    if (isatty(2) && stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode))
      size_ = static_cast<uint64_t>(info.st_size);
  }
  ~Progress() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Looks at the clock once in many calls.
  void At(uint64_t offset) {
    if (size_ == 0 || ++calls_ % 65536 != 0) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::seconds(1)) return;
    last_ = now;
    shown_ = true;
    std::fprintf(stderr, "\r%3.0f%%", 100.0 * static_cast<double>(offset) / static_cast<double>(size_));
    std::fflush(stderr);
  }

 private:
  uint64_t size_ = 0;
  uint64_t calls_ = 0;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace gotrace

#endif  // TRACE_PROGRESS_H_
