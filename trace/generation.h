// Layer 2 of 3, first half: the batches of one generation.
//
// A trace is a row of generations of about a second. Each stands by itself: it has its own strings and stacks, and says
// once of each goroutine and processor where it stands. Inside it the batches of all threads come in any order, and the
// tables may come last; so a generation is read whole before its events can be put in order. That is what bounds the
// memory of a reader: one generation, its batches as they are in the file.
#ifndef TRACE_GENERATION_H_
#define TRACE_GENERATION_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "trace/input.h"
#include "trace/kinds.h"
#include "trace/verdict.h"

namespace gotrace {

// Memory that is given back all at once.
class Arena {
 public:
  // `n` bytes, followed by kSlack that may be read. For bytes, or with `n` and all earlier ones multiples of 4, for
  // numbers of 4.
  uint8_t* Get(size_t n);
  void Clear();
  static constexpr size_t kSlack = 64;

 private:
  static constexpr size_t kChunk = 1 << 20;
  std::vector<std::unique_ptr<uint8_t[]>> chunks_;
  size_t used_chunks_ = 0;
  size_t used_ = kChunk;  // of the last chunk in use
};

// From the numbers that a trace gives its strings or stacks to places in a list. Nearly all of them are small and
// follow each other; those that do not cost more.
class IdTable {
 public:
  static constexpr uint32_t kAbsent = ~uint32_t{0};

  uint32_t Find(uint64_t id) const { return id < size_ ? places_[id] : FindSparse(id); }
  bool Has(uint64_t id) const { return Find(id) != kAbsent; }
  // Gives the number the next place: 0, 1, 2 ... False if it has one.
  bool Insert(uint64_t id);
  void Clear();
  uint32_t size() const { return count_; }
  // Whether several of the numbers 1 to size() are missing, as when the end of a table was cut off.
  bool HasHoles() const;

 private:
  [[gnu::noinline]] uint32_t FindSparse(uint64_t id) const;

  std::vector<uint32_t> dense_;  // whose place is known by the number itself; every number below its size is here
  const uint32_t* places_ = nullptr;  // dense_'s
  uint64_t size_ = 0;
  absl::flat_hash_map<uint64_t, uint32_t> sparse_;  // the others
  uint32_t count_ = 0;
};

// Where in the source a goroutine was. func and file are strings of the same generation.
struct Frame {
  uint64_t pc = 0, func = 0, file = 0, line = 0;
  uint64_t offset = 0;  // in the trace
};

struct CPUSample {
  int64_t time = 0;  // nanoseconds
  int64_t m = kNone, p = kNone, g = kNone;
  uint64_t stack = 0;
  uint64_t offset = 0;
};

// Several clocks, read at the same moment. Traces of Go 1.25 and later have one in each generation.
struct ClockSnapshot {
  int64_t trace = 0;  // nanoseconds, as the times of events
  uint64_t mono = 0;  // nanoseconds of the system's monotonic clock
  uint64_t sec = 0, nsec = 0;  // wall clock, since 1970
};

// Bytes of an experiment, which only that experiment understands.
struct ExperimentalData {
  uint8_t experiment = 0;
  int64_t m = kNone;
  std::span<const uint8_t> bytes;
};

struct Batch {
  const uint8_t* data;  // with Arena::kSlack behind it
  uint32_t size;
  uint32_t next;    // of the same thread; 0 is none
  uint64_t time;    // units
  uint64_t offset;  // of data in the file
};

struct ThreadBatches {
  int64_t m;
  uint32_t first;  // of batches(); 0 is none
  uint32_t last;
};

// What a GenerationReader filled. Everything it hands out is good until the next one is read into it.
class Generation {
 public:
  uint64_t number() const { return number_; }
  // The smallest time at the head of a batch, in nanoseconds.
  int64_t start() const { return Nanoseconds(min_time_); }
  // A time or a difference of times in the trace's units, in nanoseconds; rounded as Go does.
  int64_t Nanoseconds(uint64_t units) const {
    // Where the unit is so many whole nanoseconds, and floating point would be exact, too.
    if (units < whole_limit_) [[likely]] return static_cast<int64_t>(units * whole_unit_);
    const double ns = static_cast<double>(units) * unit_;
    // Where the number does not fit, this is what processors give.
    return ns < 0x1p63 ? static_cast<int64_t>(ns) : INT64_MIN;
  }
  // Units of time a second, as the trace says.
  uint64_t frequency() const { return frequency_; }
  const std::optional<ClockSnapshot>& clock() const { return clock_; }

  // The string of that number; 0 is the empty one.
  std::optional<std::string_view> String(uint64_t id) const {
    if (id == 0) return std::string_view();
    const uint32_t at = string_ids_.Find(id);
    if (at == IdTable::kAbsent) return std::nullopt;
    return strings_[at];
  }
  bool HasString(uint64_t id) const { return id == 0 || string_ids_.Has(id); }
  // The same as a string; "" where there is none.
  std::string_view Text(uint64_t id) const { return String(id).value_or(std::string_view()); }

  // The name of a task that ended, by args[3] of its UserTaskEnd.
  std::string_view TaskName(uint64_t at) const { return at == 0 ? std::string_view() : task_names_[at - 1]; }

  // Whether there is a stack of that number; 0 is the empty one.
  bool HasStack(uint64_t id) const { return id == 0 || stack_ids_.Has(id); }
  // Its frames, the innermost first, as places in frames(); none where there is no such stack.
  std::span<const uint32_t> Stack(uint64_t id) const;
  // Frames that differ in their pc. Where stacks say different things of one pc, the first counts, as in Go.
  const Frame& frame(uint32_t at) const { return frames_[at]; }
  size_t frame_count() const { return frames_.size(); }

  const std::vector<CPUSample>& cpu_samples() const { return cpu_samples_; }  // by time
  const std::vector<ExperimentalData>& experimental() const { return experimental_; }
  // Threads in the order in which they first appear, and their batches in the order of the file.
  const std::vector<ThreadBatches>& threads() const { return threads_; }
  const Batch& batch(uint32_t at) const { return batches_[at]; }

  // The file ended in the middle of a table of this generation, as far as one can tell.
  bool LooksCut() const;

 private:
  friend class GenerationReader;
  friend class Order;
  void Clear();
  // Keeps a name; what TaskName will want.
  uint64_t KeepTaskName(std::string_view name);

  uint64_t number_ = 0;
  uint64_t min_time_ = 0;
  bool has_frequency_ = false;
  uint64_t frequency_ = 0;
  double unit_ = 0;  // nanoseconds
  uint64_t whole_unit_ = 0, whole_limit_ = 0;
  uint64_t snapshot_units_ = 0;
  std::optional<ClockSnapshot> clock_;
  bool to_the_end_ = false;  // the file ended behind it
  bool has_strings_ = false, has_stacks_ = false;  // there are batches of them

  Arena bytes_;
  IdTable string_ids_;
  std::vector<std::string_view> strings_;
  IdTable stack_ids_;
  std::vector<const uint32_t*> stacks_;  // how many, then the frames
  Arena stack_memory_;
  absl::flat_hash_map<uint64_t, uint32_t> frame_of_pc_;
  std::vector<Frame> frames_;
  std::vector<CPUSample> cpu_samples_;
  std::vector<ExperimentalData> experimental_;
  std::vector<Batch> batches_;
  std::vector<ThreadBatches> threads_;
  absl::flat_hash_map<int64_t, uint32_t> thread_of_m_;
  std::deque<std::string> task_names_;
  absl::flat_hash_map<std::string_view, uint64_t> task_name_of_;
};

// Reads generation after generation, as Go's internal/trace does. Not for several threads.
class GenerationReader {
 public:
  // `input` stands behind the first line, and must outlive the reader.
  GenerationReader(Input& input, int version) : input_(input), version_(version) {}

  // See Reader.
  void JudgeAsGo124() { as_go124_ = true; }

  enum class Result : uint8_t {
    kGeneration,  // there is one; it must be used before verdict(), which may tell of a fault behind it
    kEnd,         // of a trace that is whole
    kFault,       // see verdict()
  };
  Result Read(Generation& generation);

  // A fault, or what will be one when the generation that was read last is over.
  const Verdict& verdict() const { return verdict_; }
  // The end of the last generation that was read.
  uint64_t good_until() const { return good_until_; }

 private:
  struct Head {
    uint64_t offset = 0;       // in the file
    uint64_t data_offset = 0;  // in the file
    uint8_t experiment = 0;
    uint64_t gen = 0;
    int64_t m = kNone;
    uint64_t time = 0;
    uint32_t size = 0;
    const uint8_t* data = nullptr;  // until the next one is read

    uint8_t first() const { return size > 0 && experiment == 0 ? data[0] : 0; }
  };
  enum class Got : uint8_t { kBatch, kEnd, kFault };

  Result ReadBeforeGo126(Generation& g);
  Result ReadGo126(Generation& g);
  Got ReadBatch(Head& head);
  Got ReadNumber(uint64_t& v, const char* what);
  bool Process(Generation& g, const Head& head);
  bool AddStrings(Generation& g, const Head& head);
  bool AddStacks(Generation& g, const Head& head);
  bool AddCPUSamples(Generation& g, const Head& head);
  bool SetSync(Generation& g, const Head& head);
  void AddEvents(Generation& g, const Head& head);
  bool Finish(Generation& g);
  bool Fail(Outcome outcome, uint64_t offset, std::string why);

  Input& input_;
  const int version_;
  Verdict verdict_;
  uint64_t good_until_ = 0;
  bool began_ = false;
  bool as_go124_ = false;
  // The first batch of the next generation, by which the end of this one was seen. Before Go 1.26.
  bool spilled_ = false;
  Head spill_;
  std::vector<uint8_t> spill_data_;
};

}  // namespace gotrace

#endif  // TRACE_GENERATION_H_
