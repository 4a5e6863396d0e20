// What is said of a trace in the end.
#ifndef TRACE_VERDICT_H_
#define TRACE_VERDICT_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace gotrace {

enum class Outcome : uint8_t {
  kValid,
  kCut,         // it ends too early; what came before is good
  kDamaged,     // a byte, or what the events say together, cannot be
  kNewer,       // made by a Go that this library does not know yet
  kOld,         // a trace of before Go 1.22
  kNotATrace,
  kUnreadable,  // the system could not read it
};

struct Verdict {
  Outcome outcome = Outcome::kValid;
  uint64_t offset = 0;  // of the byte that it is about; of an event or a table where several are involved
  std::string why;      // one line, empty if valid

  bool ok() const { return outcome == Outcome::kValid; }
  // "NAME: byte N: why"
  std::string Line(std::string_view name) const {
    return std::string(name) + ": byte " + std::to_string(offset) + ": " + why;
  }
};

}  // namespace gotrace

#endif  // TRACE_VERDICT_H_
