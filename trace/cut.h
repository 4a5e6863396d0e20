// A part of a trace as a trace: what happened in a span of time, or to one goroutine.
//
//   gotrace::Cutter cutter({.from = 1'000'000'000, .to = 1'200'000'000}, reader.version(), sink);
//   while (cutter.ok() && !cutter.done() && reader.Next()) cutter.Add(reader.event(), reader.generation());
//   cutter.Finish();
//
// A span begins by saying how everything stands: who exists, in which state, on which thread and processor; whether the
// collector is on. Tasks and regions that began before it are known by their ends only, as in a trace that was started
// then.
//
// Of a goroutine alone there remain its own events, those that created and woke it (without the goroutine that did it,
// but with its stack), and what threads and processors did, since without them it could not have run. Of the system
// calls of others there remains that they lost their processors; the collector's cycles are left out.
#ifndef TRACE_CUT_H_
#define TRACE_CUT_H_

#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include "trace/event.h"
#include "trace/generation.h"
#include "trace/rewrite.h"
#include "trace/standing.h"

namespace gotrace {

struct CutOptions {
  // Nanoseconds since the trace's first event; `to` is not part of it.
  int64_t from = 0, to = std::numeric_limits<int64_t>::max();
  int64_t goroutine = kNone;  // alone
};

// Holds who is alive and one batch of each thread. Not for several threads.
class Cutter {
 public:
  Cutter(const CutOptions& options, int version, Writer::Sink sink)
      : options_(options), out_(version, std::move(sink)) {}

  // The next event of the trace, as a Reader gives it.
  void Add(const Event& event, const Generation* generation);
  // Nothing that is still to come is part of it.
  bool done() const { return done_; }
  // The last bytes. False if they could not be written.
  bool Finish();

  bool ok() const { return out_.ok(); }
  // Events of the span, and what has been written.
  uint64_t events() const { return events_; }
  uint64_t written() const { return out_.written(); }
  // The time of the last event that was given, since the first one.
  int64_t reached() const { return last_ - start_; }
  // Whether the goroutine has been seen.
  bool seen() const { return seen_; }

 private:
  void Begin(const Generation& generation, int64_t time);
  void Inside(const Event& event, const Generation& generation);
  bool Known(const Event& event);
  void Release(int64_t m, bool in_call);
  void PutAlone(const Event& event, const Generation& generation);
  void Put(const Event& event, const Generation& generation);
  bool alone() const { return options_.goroutine != kNone; }

  const CutOptions options_;
  Rewriter out_;
  Standing standing_;
  bool any_ = false, done_ = false, over_ = false, seen_ = false;
  int64_t start_ = 0, last_ = 0;
  int generations_ = 0;                             // of the trace, so far
  bool began_ = false;                              // the span
  bool first_ = false;                              // it is in its first generation
  bool open_ = false;                               // a generation of the output
  int64_t sync_ = 0;                                // when the trace's current generation began
  std::set<int64_t> told_goroutines_, told_procs_;  // by the span's beginning, and not since by its first generation
  std::set<int64_t> told_stops_;                    // goroutines that have stopped the world
  std::set<int64_t> left_;     // processors that the one goroutine left in a system call, at its end
  std::set<int64_t> in_call_;  // processors that the output has in a system call, of the one goroutine
  std::vector<Event> held_;    // statuses of processors that are in a system call of nobody knows whom yet
  uint64_t events_ = 0;
};

}  // namespace gotrace

#endif  // TRACE_CUT_H_
