// A file that is being written, and the one line that is said when it takes no more.
#ifndef TRACE_OUT_FILE_H_
#define TRACE_OUT_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace gotrace {

// Text gathers in text() and leaves by Flush. Not for several threads.
class OutFile {
 public:
  OutFile() = default;
  ~OutFile();
  OutFile(const OutFile&) = delete;
  OutFile& operator=(const OutFile&) = delete;

  // Makes or empties the file; "-" is standard output. False: see why().
  bool Open(const std::string& path);

  std::string& text() { return text_; }
  // Writes what has gathered, once there is much of it. False: see why().
  bool Flush() { return text_.size() < kFlushAt || Write(); }
  bool Write(std::string_view bytes) {
    text_ += bytes;
    return Flush();
  }
  // Writes the rest and closes. False if anything has failed.
  bool Close();

  bool ok() const { return why_.empty(); }
  // "NAME: byte N: cannot write: No space left on device". Empty if all is well.
  const std::string& why() const { return why_; }
  uint64_t written() const { return written_ + text_.size(); }

 private:
  static constexpr size_t kFlushAt = 1 << 16;
  bool Write();
  bool Fail(const char* what);

  std::string name_;
  int fd_ = -1;
  bool owned_ = false;
  std::string text_;
  uint64_t written_ = 0;
  std::string why_;
};

}  // namespace gotrace

#endif  // TRACE_OUT_FILE_H_
