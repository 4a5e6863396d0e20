// From events to what lasts: how long each goroutine was in which state, who had which processor, and when the
// collector, a stopped world, a task or a region was on.
//
// A trace says only what changes. It names a goroutine that was there before it when something first happens to it; by
// that its state is known from the trace's beginning on, because else something would have been told. So the spans of a
// goroutine follow each other without gaps from the trace's beginning, or from its creation, to its end or the trace's.
//
// This is what all exports stand on: a table of spans has them as rows, a picture as bars.
#ifndef TRACE_TIMELINE_H_
#define TRACE_TIMELINE_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "trace/event.h"
#include "trace/generation.h"
#include "trace/stack_table.h"

namespace gotrace {

// What all spans have. Texts and stacks are numbers of the Timeline's StackTable.
struct Span {
  int64_t from = 0;    // as events have it
  bool began = false;  // its beginning is in the trace; if not, `from` is the trace's beginning
  uint32_t stack = 0;  // where it began
};

struct GoSpan : Span {
  int64_t g = kNone;
  GoState state{};
  uint32_t reason = 0;           // of a goroutine that stopped or blocked, as Go names it
  int64_t p = kNone, m = kNone;  // of one that runs or is in a system call: where it began that
  uint32_t name = 0;             // the function that it began with; 0 as long as that is not known
  // Of the goroutine.
  int64_t first = 0;            // when it was created, or the trace's beginning
  bool created = false;         // in the trace
  int64_t creator = kNone;      // goroutine
  uint32_t creation_stack = 0;  // the creator's
  uint64_t flow = 0;            // for the use of a listener
};

struct ProcSpan : Span {
  int64_t p = kNone;
  ProcState state{};
  int64_t m = kNone;  // the thread that has it
};

struct RangeSpan : Span {
  RangeKind kind{};
  uint32_t reason = 0;                      // of a stopped world
  int64_t g = kNone, p = kNone, m = kNone;  // who began it; of a sweep p, of an assist g is whose it is
  uint64_t swept = 0, reclaimed = 0;        // bytes, at the end of a sweep
};

struct TaskSpan : Span {
  uint64_t task = 0, parent = kNoTask;
  uint32_t name = 0;
  int64_t g = kNone;      // that began it
  int64_t end_g = kNone;  // that ended it
};

struct RegionSpan : Span {
  int64_t g = kNone;
  uint64_t task = 0;  // 0 is none
  uint32_t name = 0;
  uint32_t depth = 0;  // 0 is the outermost that is known
};

class Timeline {
 public:
  // Is told of each span twice: with `began`, when it begins or becomes known, and when it is over. Between the two the
  // name of a goroutine may become known. `ended`: its end is in the trace; if not, `to` is the trace's end.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void GoBegins(GoSpan&) {}
    virtual void GoEnds(const GoSpan&, int64_t /*to*/, bool /*ended*/) {}
    // After its last span.
    virtual void GoIsGone(const GoSpan&, int64_t /*to*/, bool /*ended*/) {}
    virtual void ProcBegins(const ProcSpan&) {}
    virtual void ProcEnds(const ProcSpan&, int64_t /*to*/, bool /*ended*/) {}
    virtual void RangeBegins(const RangeSpan&) {}
    virtual void RangeEnds(const RangeSpan&, int64_t /*to*/, bool /*ended*/) {}
    virtual void TaskBegins(const TaskSpan&) {}
    virtual void TaskEnds(const TaskSpan&, int64_t /*to*/, bool /*ended*/) {}
    virtual void RegionBegins(const RegionSpan&) {}
    virtual void RegionEnds(const RegionSpan&, int64_t /*to*/, bool /*ended*/) {}
  };

  // Both must outlive it.
  Timeline(StackTable& stacks, Listener& listener) : stacks_(stacks), listener_(listener) {}

  // The next event of the trace, with Reader::generation().
  void Apply(const Event& event, const Generation* generation);
  // The trace is over: what lasts still ends here.
  void Finish();

  // The times of the first and the last event so far.
  int64_t start() const { return start_; }
  int64_t end() const { return end_; }

  // nullptr if there is no such goroutine.
  GoSpan* Find(int64_t g) {
    const auto it = goroutines_.find(g);
    return it == goroutines_.end() ? nullptr : &it->second;
  }
  size_t runnable() const { return runnable_; }
  size_t running_procs() const { return running_procs_; }

 private:
  void Go(const Event& event, const Generation& generation, const Transition& t);
  void EndGo(GoSpan& go, int64_t to, bool ended);
  void Proc(const Event& event, const Transition& t);
  void Range(const Event& event, const Generation& generation);
  void Task(const Event& event, const Generation& generation);
  void Region(const Event& event, const Generation& generation);
  void EndRegions(int64_t g, int64_t to, bool ended);
  // The goroutine's function, by a stack of its own.
  void Name(int64_t g, uint32_t stack);

  StackTable& stacks_;
  Listener& listener_;
  bool any_ = false;
  int64_t start_ = 0, end_ = 0;
  absl::flat_hash_map<int64_t, GoSpan> goroutines_;
  absl::flat_hash_map<int64_t, ProcSpan> procs_;
  absl::flat_hash_map<int64_t, int64_t> proc_of_thread_;
  std::vector<RangeSpan> ranges_;  // seldom more than a few
  absl::flat_hash_map<uint64_t, TaskSpan> tasks_;
  absl::flat_hash_map<int64_t, std::vector<RegionSpan>> regions_;
  size_t runnable_ = 0, running_procs_ = 0;
};

}  // namespace gotrace

#endif  // TRACE_TIMELINE_H_
