// How things stand between two events of a trace: the state of each goroutine, processor and thread, and what the
// collector is at, in the file's own terms. What a trace that is to begin here must say first.
#ifndef TRACE_STANDING_H_
#define TRACE_STANDING_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "trace/event.h"
#include "trace/generation.h"

namespace gotrace {

struct Standing {
  struct Go {
    GoStatus status = kGoBad;
    int64_t m = kNone;  // of one that runs or is in a system call
  };
  struct Proc {
    ProcStatus status = kProcBad;
    int64_t m = kNone;  // that has it
  };
  // In order, so that what is written does not depend on chance.
  std::map<int64_t, Go> goroutines;
  std::map<int64_t, Proc> procs;
  std::map<int64_t, int64_t> goroutine_of;  // thread
  bool collects = false;
  std::set<int64_t> sweeps;              // processors
  std::set<int64_t> assists;             // goroutines
  std::map<int64_t, std::string> stops;  // the world: goroutine, and why

  // What an event that a Reader gave has changed.
  void Apply(const Event& event, const Generation& generation);
  // The goroutine that a thread runs, or has in a system call.
  int64_t GoroutineOf(int64_t m) const {
    const auto it = goroutine_of.find(m);
    return it == goroutine_of.end() ? kNone : it->second;
  }
  int64_t ProcOf(int64_t m) const {
    for (const auto& [p, proc] : procs) {
      if (proc.m == m && m != kNone) return p;
    }
    return kNone;
  }

 private:
  void Set(int64_t g, GoStatus status, int64_t m = kNone);
  void Drop(int64_t g);
};

}  // namespace gotrace

#endif  // TRACE_STANDING_H_
