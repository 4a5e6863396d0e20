// Layer 1 of 3: bytes to raw events, and raw events to bytes.
//
// A raw event is one item of the file: the head of a batch, an event of a thread, a string, a stack. They come in the
// order of the file, unchecked but for what is needed to tell where one ends; what Go's internal/trace/raw gives.
//
//   gotrace::RawReader reader;
//   if (reader.Open("trace.out"))
//     while (reader.Next()) use(reader.event());
//   if (!reader.verdict().ok()) ...
#ifndef TRACE_RAW_H_
#define TRACE_RAW_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/input.h"
#include "trace/kinds.h"
#include "trace/verdict.h"

namespace gotrace {

struct RawEvent {
  uint8_t kind = 0;
  uint64_t offset = 0;         // in the file; a reader sets it, a writer does not care
  uint64_t size = 0;           // in the file
  std::vector<uint64_t> args;  // as InfoOf(kind).args names them; then, of a stack, four for each frame: pc, func, file, line
  std::string data;            // of a string or an experimental batch
};

// Holds a window of the file and one event. Not for several threads.
class RawReader {
 public:
  // Each of these starts on a trace and reads its first line. False: see verdict().
  bool Open(const std::string& path);
  bool OpenFd(int fd);  // the caller closes it, after the reader
  bool OpenBytes(std::string_view bytes);

  // What the first line said.
  int version() const { return version_; }

  // The next event. False at the end, and where the bytes make no sense: see verdict().
  bool Next();
  // Good until the next call of Next.
  const RawEvent& event() const { return event_; }
  const Verdict& verdict() const { return verdict_; }
  // Where the next event would begin.
  uint64_t offset() const { return input_.offset(); }

  // No frame or byte beyond these is read of one event: three orders of magnitude above what Go writes.
  static constexpr uint64_t kMostFrames = 128 << 10;
  static constexpr uint64_t kMostData = 128 << 20;

 private:
  bool Start();
  bool Fail(Outcome outcome, uint64_t offset, std::string why);
  bool FailNumber(bool too_large);
  // Reads one number into v.
  bool Number(uint64_t& v);

  Input input_;
  int version_ = 0;
  RawEvent event_;
  Verdict verdict_;
};

// The bytes of an event, appended to `out`: each number as short as it can be. An event with too few args, by its kind and by
// its own count of frames, is a mistake of the caller's.
void PutRaw(const RawEvent& event, std::string& out);

}  // namespace gotrace

#endif  // TRACE_RAW_H_
