// Raw events as text and back: the form of `go tool trace -d=wire`, and of the files in Go's internal/trace/testdata.
//
//   Trace Go1.23
//   EventBatch gen=1 m=18446744073709551615 time=28747 size=5
//   Frequency freq=15625000
//   String id=1
//   	data="Not worker"
//   Stack id=3 nframes=1
//   	pc=4540421 func=22 file=23 line=80
//
// Blank lines, and what follows a #, are passed over when it is read.
#ifndef TRACE_WIRE_TEXT_H_
#define TRACE_WIRE_TEXT_H_

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

#include "trace/raw.h"

namespace gotrace {

// "Trace Go1.NN\n". `go tool trace -d=wire` leaves it out, Go's files of tests have it.
std::string WireTextHead(int version);

// Appends the text of an event of that version, with its line's end.
void PutWireText(const RawEvent& event, std::string& out);

// Reads text, line by line.
class WireTextReader {
 public:
  // `in` must outlive the reader. False: see why() and line(). Text without a head is of `assumed_version`, if that is not 0.
  bool Open(std::istream& in, int assumed_version = 0);

  int version() const { return version_; }
  // Whether the text itself said so.
  bool has_head() const { return has_head_; }

  // The next event. False at the end and where the text makes no sense: why() is empty at the end.
  bool Next(RawEvent& event);

  const std::string& why() const { return why_; }
  // The number of the line that was read last, from 1.
  uint64_t line() const { return number_; }

 private:
  // The next line that has something on it, without the comment. False at the end.
  bool Line();
  bool Fail(std::string why);
  bool Args(std::string_view text, const std::string_view* names, size_t count, RawEvent& event);

  std::istream* in_ = nullptr;
  int version_ = 0;
  bool has_head_ = false;
  uint64_t number_ = 0;
  std::string line_;
  bool again_ = false;  // line_ has been read but not used
  std::string why_;
};

}  // namespace gotrace

#endif  // TRACE_WIRE_TEXT_H_
