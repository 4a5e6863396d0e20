// Layer 3 of 3: what a sound trace keeps to besides.
//
// The reader takes what can be put in order. Go's own tests look at the outcome once more (internal/trace/testtrace),
// as one who knows only the transitions: does each begin in the state in which the last one of the same goroutine
// ended, is a thread given two goroutines, do ranges and tasks end that began, has each frame a name. A trace that Go's
// tools take may still fail this: they do not ask.
#ifndef TRACE_VALIDATE_H_
#define TRACE_VALIDATE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "trace/event.h"
#include "trace/generation.h"

namespace gotrace {

// Is shown all events of a trace, in order. Not for several threads.
class Validator {
 public:
  explicit Validator(int version) : version_(version) {}

  // What is wrong with the event, given those before, a line each; mostly nothing. `generation` is Reader::generation()
  // with the event. Good until the next call.
  const std::vector<std::string>& Check(const Event& event, const Generation* generation);

  // Does not look at clock snapshots: on Windows clocks stand still for a while.
  void SkipClocks() { skip_clocks_ = true; }

 private:
  struct Thread {
    int64_t p = kNone, g = kNone;
  };
  struct Goroutine {
    GoState state{};
    int64_t thread = kNone;  // that it is bound to
    bool bound = false;
  };
  struct Proc {
    ProcState state{};
    int64_t thread = kNone;
    bool bound = false;
  };

  void Fault(std::string what) { faults_.push_back(std::move(what)); }
  void CheckSync(const Event& event, const Generation* generation);
  void CheckStack(uint64_t stack, const Generation& generation);
  void CheckGoroutine(const Event& event, const Transition& transition);
  void CheckProc(const Event& event, const Transition& transition);
  void CheckRange(const Event& event, const Generation& generation);
  void CheckTask(const Event& event, const Generation& generation);
  Thread* ThreadOf(const Event& event);
  std::vector<std::string>* RangesOf(const Resource& resource);

  const int version_;
  bool skip_clocks_ = false;
  std::vector<std::string> faults_;
  int64_t last_time_ = 0;
  uint64_t syncs_ = 0;
  std::optional<ClockSnapshot> last_clock_;
  absl::flat_hash_map<int64_t, Goroutine> goroutines_;
  absl::flat_hash_map<int64_t, Proc> procs_;
  absl::flat_hash_map<int64_t, Thread> threads_;
  // Names of ranges that go on, by type and number of what they are of.
  absl::flat_hash_map<std::pair<int, int64_t>, std::vector<std::string>> ranges_;
  absl::flat_hash_map<uint64_t, std::string> tasks_;
};

}  // namespace gotrace

#endif  // TRACE_VALIDATE_H_
