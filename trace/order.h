// Layer 2 of 3, second half: what each event needs before it can happen, and what it does then.
//
// Every thread wrote its events in order, but how the threads interleave, times tell only roughly. What is certain are the states: a
// goroutine can only be started when it is runnable, by a thread that has a processor and no goroutine, and what is
// started, woken or stolen bears a number that is one more than the last for the same goroutine or processor. So the state of
// all goroutines, processors and threads is kept here, and each event either fits it (and changes it), or has to wait for
// an event of another thread, or can never fit: then the trace is broken. The rules are those of Go's internal/trace/order.go,
// one for one, and so are the things that it lets pass.
//
// Nine events of ten are starts, wakeups, blocks and system calls: those are done here, in the header, for the reader's
// loop; the others in order.cc.
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

class Order {
 public:
  struct Thread {
    int64_t m = kNone;
    int64_t g = kNone, p = kNone;
    uint32_t g_at = 0, p_at = 0;  // of goroutines_ and procs_, if g and p are somebody
    bool seen = false;
  };

  Order() { goroutines_.emplace_back(); }

  // The thread of that number, for as long as the Order lives; nullptr for kNone.
  Thread* ThreadOf(int64_t m);

  // From here on, events are of that generation.
  void Begin(Generation& generation);

  enum class Step : uint8_t {
    kDone,    // it has happened
    kWait,    // try those of other threads first
    kBroken,  // see why()
  };
  // Tries an event, in which all is set but who did it besides the thread; that is set here.
  Step Advance(Event& event, Thread* thread);

  // Events that the last step made besides, to be delivered before it and after it.
  std::vector<Event>& before() { return before_; }
  std::vector<Event>& after() { return after_; }
  bool made_more() const { return !before_.empty() || !after_.empty(); }

  const std::string& why() const { return why_; }

 private:
  struct Sequence {
    uint64_t generation = 0, number = 0;
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
  struct Task {
    uint64_t parent;
    std::string name;
  };
  enum class GC : uint8_t { kUnknown, kOff, kOn };

  [[gnu::noinline]] Step AdvanceRare(Event& event, Thread* thread);
  Step Procs(Event& event, Thread* thread);
  Step Statuses(Event& event, Thread* thread);
  Step Syscalls(Event& event, Thread* thread);
  Step Switches(Event& event, Thread* thread);
  Step Ranges(Event& event, Thread* thread);
  Step Collector(Event& event);
  Step User(Event& event, Thread* thread);

  [[gnu::cold, gnu::noinline]] Step Broken(std::string why);
  [[gnu::cold, gnu::noinline]] Step BrokenContext(const Event& event, const char* wanted);
  // Of an event of a thread that lacks something which nearly all events want.
  [[gnu::cold, gnu::noinline]] Step BrokenLack(const Event& event);
  // Of an event of the current goroutine, which does not exist or has another status.
  [[gnu::cold, gnu::noinline]] Step BrokenStatus(const Event& event, const Goroutine* g, GoStatus wanted);

  // The goroutine or processor that has that number; nullptr if nobody has.
  Goroutine* FindG(int64_t id) {
    Goroutine& g = goroutines_[near_[static_cast<uint64_t>(id) & near_mask_]];
    if (g.id == id && g.lives) [[likely]] return &g;
    return FindFarG(id);
  }
  [[gnu::noinline]] Goroutine* FindFarG(int64_t id);
  Proc* FindP(int64_t id);
  // A thread remembers where its goroutine and processor are. In a strange trace they may be gone, or somebody else.
  Goroutine* CurrentG(const Event& event, const Thread* thread) {
    if (thread != nullptr && event.g != kNone) [[likely]] {
      Goroutine& g = goroutines_[thread->g_at];
      if (g.id == event.g && g.lives) [[likely]] return &g;
    }
    return FindFarG(event.g);
  }
  Proc* CurrentP(const Event& event, const Thread* thread) {
    if (thread != nullptr && event.p != kNone) [[likely]] return &procs_[thread->p_at];
    return FindP(event.p);
  }
  Goroutine& NewG(int64_t id, GoStatus status);
  void DropG(Goroutine& g);
  void Bind(Thread& thread, Goroutine& g) {
    thread.g = g.id;
    thread.g_at = Index(g);
  }
  uint32_t Index(const Goroutine& g) const { return static_cast<uint32_t>(&g - goroutines_.data()); }
  uint32_t Index(const Proc& p) const { return static_cast<uint32_t>(&p - procs_.data()); }
  Extra& ExtraOf(Goroutine& g);
  Sequence Numbered(uint64_t number) const { return {number_, number}; }
  // Whether that number comes next; if so, it has come.
  bool Comes(uint64_t number, Sequence& last) const {
    if (last.generation != number_ || number != last.number + 1) return false;
    last.number = number;
    return true;
  }
  bool WouldCome(uint64_t number, const Sequence& last) const {
    return last.generation == number_ && number == last.number + 1;
  }

  Generation* generation_ = nullptr;
  uint64_t number_ = 0;  // of the generation
  bool first_generation_ = true;
  uint64_t first_number_ = 0;
  bool any_event_ = false;

  std::vector<Goroutine> goroutines_;  // the first is nobody
  std::vector<uint32_t> free_goroutines_;
  absl::flat_hash_map<int64_t, uint32_t> goroutine_of_;
  // The last place of each number modulo the size: nearly always the right one.
  std::vector<uint32_t> near_ = std::vector<uint32_t>(1024);
  uint64_t near_mask_ = 1023;
  std::vector<Proc> procs_;
  absl::flat_hash_map<int64_t, uint32_t> proc_of_;
  std::deque<Thread> threads_;
  absl::flat_hash_map<int64_t, Thread*> thread_of_;
  std::vector<Extra> extras_ = std::vector<Extra>(1);
  std::vector<uint32_t> free_extras_;
  absl::flat_hash_map<uint64_t, Task> tasks_;
  uint64_t gc_number_ = 0;
  GC gc_ = GC::kUnknown;

  std::vector<Event> before_, after_;
  std::string why_;
};

[[gnu::always_inline]] inline Order::Step Order::Advance(Event& event, Thread* thread) {
  if (thread != nullptr) [[likely]] {
    thread->seen = true;
    event.p = thread->p;
    event.g = thread->g;
    if (event.g != kNone ? event.p != kNone : event.kind == kGoStart || event.kind == kGoUnblock) [[likely]] {
      switch (event.kind) {
        case kGoStart: {
          Goroutine* const g = FindG(static_cast<int64_t>(event.args[0]));
          if (g == nullptr || g->status != kGoRunnable || !WouldCome(event.args[1], g->sequence)) return Step::kWait;
          if (event.p == kNone || event.g != kNone) [[unlikely]] break;
          g->status = kGoRunning;
          g->sequence.number = event.args[1];
          Bind(*thread, *g);
          return Step::kDone;
        }
        case kGoUnblock: {
          Goroutine* const g = FindG(static_cast<int64_t>(event.args[0]));
          if (g == nullptr || g->status != kGoWaiting || !Comes(event.args[1], g->sequence)) return Step::kWait;
          g->status = kGoRunnable;
          return Step::kDone;
        }
        case kGoBlock: {
          Goroutine* const g = CurrentG(event, thread);
          if (g == nullptr || g->status != kGoRunning) [[unlikely]] return BrokenStatus(event, g, kGoRunning);
          g->status = kGoWaiting;
          thread->g = kNone;
          return Step::kDone;
        }
        case kGoSyscallBegin: {
          Goroutine* const g = CurrentG(event, thread);
          if (g == nullptr || g->status != kGoRunning) [[unlikely]] return BrokenStatus(event, g, kGoRunning);
          Proc& p = procs_[thread->p_at];
          if (!Comes(event.args[0], p.sequence)) [[unlikely]] break;
          g->status = kGoSyscall;
          p.status = kProcSyscall;
          return Step::kDone;
        }
        case kGoSyscallEnd: {
          Goroutine* const g = CurrentG(event, thread);
          Proc& p = procs_[thread->p_at];
          if (g == nullptr || g->status != kGoSyscall || p.status != kProcSyscall) [[unlikely]] break;
          g->status = kGoRunning;
          p.status = kProcRunning;
          return Step::kDone;
        }
        default: break;
      }
    }
  }
  return AdvanceRare(event, thread);
}

}  // namespace gotrace

#endif  // TRACE_ORDER_H_
