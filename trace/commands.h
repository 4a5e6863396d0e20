// The commands of gort trace, each with its own name as argv[0]; and what they have in common.
#ifndef TRACE_COMMANDS_H_
#define TRACE_COMMANDS_H_

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "trace/verdict.h"

namespace gotrace {

int check_main(int argc, char** argv);
int info_main(int argc, char** argv);
int pack_main(int argc, char** argv);
int text_main(int argc, char** argv);

// What messages call a file.
inline std::string NameOfInput(const std::string& path) { return path == "-" ? "standard input" : path; }

// Starts a reader, whichever it is, on a file or on standard input.
template <typename AnyReader>
bool OpenInput(AnyReader& reader, const std::string& path) {
  return path == "-" ? reader.OpenFd(0) : reader.Open(path);
}

// Says on stderr what is wrong with a file. Returns the exit status.
inline int Report(const std::string& path, const Verdict& verdict) {
  std::fprintf(stderr, "%s\n", verdict.Line(NameOfInput(path)).c_str());
  return 2;
}

// Text on its way to stdout.
class Output {
 public:
  std::string& text() { return text_; }

  // Passes on what has gathered, all of it if `now`. False: stdout takes no more; that has been said then.
  bool Flush(bool now = false) {
    if (!now && text_.size() < kFlushAt) return true;
    const bool good =
        std::fwrite(text_.data(), 1, text_.size(), stdout) == text_.size() && (!now || std::fflush(stdout) == 0);
    if (!good) {
      std::fprintf(stderr, "standard output: byte %llu: cannot write: %s\n", static_cast<unsigned long long>(written_),
                   std::strerror(errno));
    }
    written_ += text_.size();
    text_.clear();
    return good;
  }

 private:
  static constexpr size_t kFlushAt = 1 << 16;
  std::string text_;
  unsigned long long written_ = 0;
};

}  // namespace gotrace

#endif  // TRACE_COMMANDS_H_
