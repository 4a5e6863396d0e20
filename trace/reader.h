// Reads a trace event by event, in the one order that Go's own reader finds; what Go's internal/trace.Reader gives.
//
//   gotrace::Reader reader;
//   if (reader.Open("trace.out")) {
//     while (reader.Next()) {
//       const gotrace::Event& e = reader.event();
//       ... reader.generation()->Text(e.args[0]) ...
//     }
//   }
//   if (!reader.verdict().ok()) ...        // after whatever was good has been delivered
//
// Holds one generation of the trace (generation.h) and the state of the goroutines that are alive. Never trusts a number
// in the file: memory and time are bounded by what is really there. Throws nothing but std::bad_alloc.
#ifndef TRACE_READER_H_
#define TRACE_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "trace/event.h"
#include "trace/generation.h"
#include "trace/verdict.h"

namespace gotrace {

// Not for several threads; several readers are.
class Reader {
 public:
  Reader();
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Each of these starts on a trace and reads its first line. False: see verdict().
  bool Open(const std::string& path);
  bool OpenFd(int fd);                       // the caller closes it, after the reader; a pipe will do
  bool OpenBytes(std::string_view bytes);    // which must outlive the reader

  // What the first line says: one of kinds.h.
  int version() const;

  // The next event. False at the end, and where something is wrong: see verdict().
  // The first event is a kSyncPoint, and so are the one at the beginning of each generation and the last one.
  bool Next() {
    if (next_ == ready_ && !Refill()) return false;
    event_ = &events_[next_++];
    return true;
  }
  // Good until the next call of Next.
  const Event& event() const { return *event_; }
  // The strings and stacks of the event's numbers; nullptr at the kSyncPoint at the end. The generation is another one from
  // each kSyncPoint on, and what the old one gave away is good no more.
  const Generation* generation() const { return generation_; }

  const Verdict& verdict() const;
  // The offset up to which whole generations have been read.
  uint64_t good_until() const;
  // Generations that have been delivered to their end.
  uint64_t whole_generations() const;

 private:
  struct State;
  void Reset();
  bool Start();
  bool Refill();
  bool Turn();

  // Events that are in order but have not been asked for; all of one generation.
  const Event* events_ = nullptr;
  size_t next_ = 0, ready_ = 0;
  const Event* event_ = nullptr;
  const Generation* generation_ = nullptr;
  std::unique_ptr<State> state_;
};

}  // namespace gotrace

#endif  // TRACE_READER_H_
