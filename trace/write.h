// Writes a trace: what filters and converters need, that have events with times and threads, and want a file that Go's
// tools take.
//
//   gotrace::Writer out(23, [&](std::string_view bytes) { return file.Write(bytes); });
//   out.BeginGeneration(1, 15625000, start);
//   out.Event(m, time, gotrace::kProcStatus, {0, gotrace::kProcRunning});
//   ...
//   out.String(1, "chan send");
//   out.EndGeneration();
//   if (!out.ok()) ...
//
// It knows the format, not the meaning: what the events say must be right, sequence numbers included (docs/traces.md).
// Events of a thread must come in the order of their times; those of several threads in any order.
#ifndef TRACE_WRITE_H_
#define TRACE_WRITE_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "trace/generation.h"
#include "trace/kinds.h"

namespace gotrace {

// Holds one batch of each thread (64 KiB at most) and the tables of one generation. Not for several threads.
class Writer {
 public:
  // Takes bytes of the file, the next ones each time; false if it can take no more.
  using Sink = std::function<bool(std::string_view)>;

  // Writes the first line. `version` is one of kinds.h.
  Writer(int version, Sink sink);

  // Generations count from 1, each one more than the last. Times are in units of 1/frequency second, and none in the
  // generation is before `start`. Go 1.25 and later need a clock snapshot; its `trace` is not used, the snapshot is of `start`.
  void BeginGeneration(uint64_t number, uint64_t frequency, uint64_t start, const ClockSnapshot& clock = {});

  // An event of a thread (kNone: of nobody) at a time in units, with its arguments but for dt.
  void Event(int64_t m, uint64_t time, uint8_t kind, std::span<const uint64_t> args);
  void Event(int64_t m, uint64_t time, uint8_t kind, std::initializer_list<uint64_t> args) {
    Event(m, time, kind, std::span<const uint64_t>(args.begin(), args.size()));
  }

  // Tables: each number once in a generation, in any order. At most kMaxString bytes and kMaxFrames frames count, the rest is
  // left out.
  void String(uint64_t id, std::string_view text);
  void Stack(uint64_t id, std::span<const Frame> frames);
  // At a time in units; g is kNone for none.
  void Sample(uint64_t time, int64_t m, int64_t p, int64_t g, uint64_t stack);
  // Bytes of an experiment, as Generation::experimental() has them.
  void Experimental(uint8_t experiment, int64_t m, std::string_view bytes);

  void EndGeneration();

  // False once the sink could take no more; what is written then goes nowhere.
  bool ok() const { return ok_; }
  // Bytes so far.
  uint64_t written() const { return written_; }

 private:
  struct Open {
    uint64_t first = 0, last = 0;  // times
    std::string bytes;
  };
  void Put(std::string_view bytes);
  void PutBatch(int64_t m, uint64_t time, std::string_view payload);
  // Makes room for an item in a table's batch; the batch's first byte is `kind`.
  void Room(std::string& table, uint8_t kind, size_t item);

  const int version_;
  Sink sink_;
  bool ok_ = true;
  uint64_t written_ = 0;
  uint64_t generation_ = 0;
  uint64_t start_ = 0;
  std::vector<int64_t> order_;  // of threads, as they first appeared
  absl::flat_hash_map<int64_t, Open> open_;
  std::string strings_, stacks_, samples_, item_;
};

}  // namespace gotrace

#endif  // TRACE_WRITE_H_
