// The events of a trace that concern the scheduler, in order, with a view of what comes: the next events of each
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

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
  uint64_t again = 0;  // of GoStart: the index of the goroutine's next one; 0: none in view
  uint8_t kind = 0;
  uint8_t reason = 0;  // of GoBlock: a traceBlockReason; of STWBegin: a stwReason
  bool yields = false; // of GoStop "preempted": runtime.goyield, which goes to the local queue
  bool worker = false; // of GoStart: a GC worker's
  bool idle = false;   // and of one that runs because its P is idle
  bool dedicated = false;  // and of one that has its P for itself
  bool background = false;  // of GoBlock: the collector's sweeper or scavenger
  bool gosched = false;  // of GoStop: runtime.Gosched
  bool injected = false;  // of GoUnblock: one of runtime.injectglist's
  bool markDone = false;  // of GoUnblock: when marking ends
};

class Window {
 public:
  explicit Window(gotrace::Reader& reader) : reader_(reader) {}

  // The first event that has not been consumed; nullptr at the end of the trace.
  const In* head() {
    if (events_.empty()) Fill();
    return events_.empty() ? nullptr : &events_.front();
  }
  void Pop();
  // The n-th event of thread m that has not been consumed, as far as the view goes; else nullptr.
  const In* OfThread(int64_t m, size_t n = 0);
  // The next start of a goroutine, as far as the view goes; else nullptr.
  const In* StartOf(uint64_t goid);
  // Of the trace: one of trace/kinds.h.
  int version() const { return reader_.version(); }
  // The n-th event of all.
  const In* At(size_t n);
  // The index of the event that was consumed last.
  uint64_t consumed() const { return events_.empty() ? next_index_ - 1 : events_.front().index - 1; }

 private:
  static constexpr size_t kView = 1 << 14;
  bool Fill();  // reads until the view is full; false at the end
  bool Read();

  gotrace::Reader& reader_;
  std::deque<In> events_;
  absl::flat_hash_map<int64_t, std::deque<uint64_t>> of_thread_;  // indices
  struct Starts {
    uint64_t first, last;
  };
  absl::flat_hash_map<uint64_t, Starts> starts_;  // by the goroutine: indices
  uint64_t next_index_ = 0;
  uint64_t switch_ = ~uint64_t{0};  // the offset of the last GoSwitch
  bool ended_ = false;
};

}  // namespace guided
