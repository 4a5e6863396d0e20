// From the text form to a log.
#include "conformance/schedlog/pack.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "conformance/schedlog/text.h"
#include "conformance/schedlog/writer.h"

namespace schedlog {
namespace {

// The file to write: one beside the wanted one that takes its place when all went well, so
// that a mistake in the text does not cost a log that is there. Devices are written directly.
class Target {
 public:
  explicit Target(const std::string& path) : path_(path), written_(path) {
    struct stat info;
    if (stat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode)) written_ += ".partial";
  }
  ~Target() {
    if (!done_ && written_ != path_) unlink(written_.c_str());
  }
  const std::string& written() const { return written_; }
  absl::Status Done() {
    done_ = written_ == path_ || rename(written_.c_str(), path_.c_str()) == 0;
    if (done_) return absl::OkStatus();
    return absl::UnavailableError(
        absl::StrCat(path_, ": byte 0: cannot create: ", strerror(errno)));
  }

 private:
  const std::string path_;
  std::string written_;
  bool done_ = false;
};

}  // namespace

absl::Status PackText(std::istream& in, absl::string_view in_name, const std::string& out_path,
                      End* end) {
  TextParser parser;
  Writer writer;
  Target target(out_path);
  bool open = false;
  std::string line;
  Record record;
  uint64_t number = 0;
  TextParser::Line what = TextParser::Line::kNothing;
  while (what != TextParser::Line::kEnd && std::getline(in, line)) {
    number++;
    absl::Status status = parser.Parse(line, what, record);
    if (status.ok() && !open &&
        (what == TextParser::Line::kRecord || what == TextParser::Line::kState || what == TextParser::Line::kEnd)) {
      if (status = writer.Open(target.written(), parser.header()); !status.ok()) return status;
      open = true;
    }
    if (status.ok() && (what == TextParser::Line::kRecord || what == TextParser::Line::kState)) {
      status = what == TextParser::Line::kRecord ? writer.Append(record) : writer.Append(parser.snapshot());
      if (!status.ok() && !absl::IsInvalidArgument(status)) return status;
    }
    if (!status.ok()) {
      return absl::DataLossError(absl::StrCat(in_name, ":", number, ": ", status.message()));
    }
  }
  if (what != TextParser::Line::kEnd) {
    return absl::DataLossError(
        absl::StrCat(in_name, ":", number + 1,
                     ": no end line; it is \"# end: complete REASON\" or \"# end: cut REASON\""));
  }
  while (std::getline(in, line)) {
    number++;
    if (absl::Status status = parser.Parse(line, what, record); !status.ok()) {
      return absl::DataLossError(absl::StrCat(in_name, ":", number, ": ", status.message()));
    }
  }
  if (absl::Status status = writer.Finish(parser.end().complete, parser.end().reason);
      !status.ok()) {
    return status;
  }
  if (absl::Status status = target.Done(); !status.ok()) return status;
  if (end != nullptr) {
    *end = parser.end();
    end->records = writer.records();
  }
  return absl::OkStatus();
}

}  // namespace schedlog
