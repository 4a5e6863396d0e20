// Layer 2 of 3, second half: what each event needs before it can happen, and what it does then.
//
// Every thread wrote its events in order, but how the threads interleave, times tell only roughly. What is certain are the states: a
// goroutine can only be started when it is runnable, by a thread that has a processor and no goroutine, and what is
// started, woken or stolen bears a number that is one more than the last for the same goroutine or processor. So the state of
// all goroutines, processors and threads is kept here, and each event either fits it (and changes it), or has to wait for
// an event of another thread, or can never fit: then the trace is broken. The rules are those of Go's internal/trace/order.go,
// one for one, and so are the things that it lets pass.
//
// Internal to the library; Reader (reader.h) is its only user.
#ifndef TRACE_ORDER_H_
#define TRACE_ORDER_H_

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "trace/event.h"
#include "trace/generation.h"

namespace gotrace {

// An event of a thread as the file has it, with its time.
struct TimedEvent {
  uint8_t kind = 0;
  int64_t time = 0;  // nanoseconds
  uint64_t args[kMaxArgs] = {};
  uint64_t offset = 0;
};

class Order {
 public:
  // Whose events they are: a number that ThreadOf gives.
  using ThreadIndex = uint32_t;
  static constexpr ThreadIndex kNobody = ~ThreadIndex{0};
  ThreadIndex ThreadOf(int64_t m);

  // From here on, events are of that generation.
  void Begin(const Generation& generation);

  enum class Step : uint8_t {
    kDone,    // there are events() now
    kWait,    // try those of other threads first
    kBroken,  // see why()
  };
  Step Advance(const TimedEvent& event, ThreadIndex thread);

  // What the last step made: one event, sometimes up to three.
  Event* events() { return out_; }
  int count() const { return count_; }
  const std::string& why() const { return why_; }

 private:
  struct Sequence {
    uint64_t generation = 0, number = 0;
    bool operator==(const Sequence&) const = default;
  };
  // What goes on in a goroutine besides: seldom anything.
  struct Extra {
    absl::InlinedVector<std::pair<uint8_t, uint64_t>, 2> ranges;  // the kind that began it, and a string
    std::vector<std::pair<uint64_t, std::string>> regions;        // task and name
  };
  struct Goroutine {
    int64_t id = kNone;
    Sequence sequence;
    uint32_t extra = 0;  // of extras_; 0 is none
    GoStatus status = kGoBad;
    bool lives = false;
  };
  struct Proc {
    int64_t id = kNone;
    Sequence sequence;
    ProcStatus status = kProcBad;
    bool sweeps = false;
  };
  struct Thread {
    int64_t m = kNone;
    int64_t g = kNone, p = kNone;
    uint32_t g_at = 0, p_at = 0;  // of goroutines_ and procs_, if g and p are somebody
    bool seen = false;
  };
  // Who does an event.
  struct Context {
    int64_t m = kNone, p = kNone, g = kNone;
  };
  struct Task {
    uint64_t parent;
    std::string name;
  };
  enum class GC : uint8_t { kUnknown, kOff, kOn };

  Step Procs(const TimedEvent& event, Thread* thread, const Context& now);
  Step Statuses(const TimedEvent& event, Thread* thread, Context now);
  Step Syscalls(const TimedEvent& event, Thread* thread, const Context& now);
  Step Switches(const TimedEvent& event, Thread* thread, const Context& now);
  Step Ranges(const TimedEvent& event, Thread* thread, const Context& now);
  Step Collector(const TimedEvent& event, const Context& now);
  Step User(const TimedEvent& event, Thread* thread, const Context& now);

  Event& Emit(const TimedEvent& event, const Context& context);
  [[gnu::cold]] Step Broken(std::string why);
  [[gnu::cold]] Step BrokenContext(const TimedEvent& event, const char* wanted);

  // The goroutine or processor that has that number; nullptr if nobody has.
  Goroutine* FindG(int64_t id);
  Proc* FindP(int64_t id);
  Goroutine* CurrentG(const Thread* thread, const Context& now);
  Proc* CurrentP(const Thread* thread, const Context& now);
  Goroutine& NewG(int64_t id, GoStatus status);
  void DropG(Goroutine& g);
  void Bind(Thread& thread, Goroutine& g);
  uint32_t Index(const Goroutine& g) const { return static_cast<uint32_t>(&g - goroutines_.data()); }
  uint32_t Index(const Proc& p) const { return static_cast<uint32_t>(&p - procs_.data()); }
  Extra& ExtraOf(Goroutine& g);
  Sequence Numbered(uint64_t number) const { return {generation_->number(), number}; }
  static bool Succeeds(const Sequence& next, const Sequence& last) {
    return next.generation == last.generation && next.number == last.number + 1;
  }
  std::string_view Kept(std::string_view text);

  const Generation* generation_ = nullptr;
  bool first_generation_ = true;
  uint64_t first_number_ = 0;
  bool any_event_ = false;

  std::vector<Goroutine> goroutines_;
  std::vector<uint32_t> free_goroutines_;
  absl::flat_hash_map<int64_t, uint32_t> goroutine_of_;
  std::vector<Proc> procs_;
  absl::flat_hash_map<int64_t, uint32_t> proc_of_;
  std::vector<Thread> threads_;
  absl::flat_hash_map<int64_t, uint32_t> thread_of_;
  std::vector<Extra> extras_ = std::vector<Extra>(1);
  std::vector<uint32_t> free_extras_;
  absl::flat_hash_map<uint64_t, Task> tasks_;
  uint64_t gc_number_ = 0;
  GC gc_ = GC::kUnknown;
  std::deque<std::string> task_names_;  // of tasks that ended in this generation
  absl::flat_hash_map<std::string_view, std::string_view> task_name_of_;

  Event out_[3];
  int count_ = 0;
  std::string why_;
};

}  // namespace gotrace

#endif  // TRACE_ORDER_H_
