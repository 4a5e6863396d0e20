// The events of a trace that concern the scheduler, in order, with a view of what comes: the next events of each
// thread.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "trace/reader.h"

namespace guided {

// One event. Strings and stacks are looked at when it is read, since they are good for one generation only.
struct In {
  uint64_t index = 0;  // from 0, of the events that concern the scheduler
  int64_t time = 0;    // ns
  int64_t m = -1, p = -1, g = -1;  // who did it, as it was before
  uint64_t a[3] = {};  // as in the file
  uint64_t offset = 0;
  uint32_t next = 0;   // the thread's next event comes so many behind this one; 0: none in view
  uint32_t again = 0;  // of GoStart: the same of the goroutine's next one
  uint8_t kind = 0;
  uint8_t reason = 0;  // of GoBlock: a traceBlockReason; of STWBegin: a stwReason
  bool yields = false; // of GoStop "preempted": runtime.goyield, which goes to the local queue
  bool worker = false; // of GoStart: a GC worker's
  bool idle = false;   // and of one that runs because its P is idle
  bool dedicated = false;  // and of one that has its P for itself
  bool background = false;  // of GoBlock: the collector's sweeper or scavenger
  bool gosched = false;  // of GoStop: runtime.Gosched
  bool injected = false;  // of GoUnblock: one of runtime.injectglist's
  bool onSystem = false;  // of GoUnblock: by the runtime, on the thread's own stack
  uint32_t poll = 0;  // of GoBlock and GoSyscallBegin: what is asked of a file or connection (trace/stops.h)
  bool markDone = false;  // of GoUnblock: when marking ends
};

// For tables by goroutine: those that are made one after the other lie side by side, so that few pages are written to.
struct InOrder {
  size_t operator()(uint64_t id) const { return static_cast<size_t>(id << 7 | (id & 127)); }
};

// Whether events of that kind are those of a window. A goroutine's label is none of its own: it says of a start that it
// is a mark worker's.
bool ConcernsScheduler(uint8_t kind);

class Window {
 public:
  // How many events are in view.
  static constexpr uint64_t kView = 1 << 14;

  explicit Window(gotrace::Reader& reader) : reader_(reader), ring_(kView) {}

  // The first event that has not been consumed; nullptr at the end of the trace.
  const In* head() {
    if (first_ == end_) Fill();
    return first_ == end_ ? nullptr : &Of(first_);
  }
  void Pop();
  // The n-th event of thread m that has not been consumed, as far as the view goes; else nullptr.
  const In* OfThread(int64_t m, size_t n = 0);
  // The next one of e's thread behind e, likewise.
  const In* Next(const In* e) const { return e->next == 0 ? nullptr : &Of(e->index + e->next); }
  // The next start of a goroutine, as far as the view goes; else nullptr.
  const In* StartOf(uint64_t goid);
  // Of the trace: one of trace/kinds.h.
  int version() const { return reader_.version(); }
  // Of the system on which it was written: a thief gives way, and does not sleep for 3 us, before it takes what is next
  // on a P that runs. As far as the files show that its stacks name.
  bool hasLowResTimer() const { return low_res_timer_; }
  // The n-th event of all.
  const In* At(size_t n);
  // The index of the event that was consumed last.
  uint64_t consumed() const { return first_ - 1; }

 private:
  struct Ends {
    uint64_t first, last;  // indices
  };

  bool Fill();  // reads until the view is full; false at the end
  bool Read();
  In& Of(uint64_t index) { return ring_[index % kView]; }
  const In& Of(uint64_t index) const { return ring_[index % kView]; }

  gotrace::Reader& reader_;
  std::vector<In> ring_;  // the view, by index
  uint64_t first_ = 0, end_ = 0;  // of it: indices
  absl::flat_hash_map<int64_t, Ends> of_thread_;
  absl::flat_hash_map<uint64_t, Ends, InOrder> starts_;  // by the goroutine
  uint64_t switch_ = ~uint64_t{0};  // the offset of the last GoSwitch
  bool ended_ = false;
  uint64_t seen_ = 0;  // the generation whose frames were looked at
  bool low_res_timer_ = false;
};

}  // namespace guided
