// Ordered events back into a trace: what a Reader gave, all of it or a part, as bytes that Go's tools take.
//
// An Event says what happened; the file says it by sequence numbers, statuses and tables of each generation. Those are
// made anew here, so a caller may leave events out as long as what is left makes sense. Times are written as whole
// nanoseconds, which no two events share: a reader of the result finds the same order and the same times.
#ifndef TRACE_REWRITE_H_
#define TRACE_REWRITE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "trace/event.h"
#include "trace/generation.h"
#include "trace/write.h"

namespace gotrace {

class Rewriter {
 public:
  // `version` is that of the events.
  Rewriter(int version, Writer::Sink sink) : out_(version, std::move(sink)) {}

  // Ends a generation, if there is one, and begins the next. `of` is the one that the events to come are from; no event
  // of it is before `start`.
  void Begin(const Generation& of, int64_t start);
  void End();

  // The next event. Those that a Reader makes of one in the file are put together again: all of them must be given, or,
  // if `apart`, each stands for itself.
  void Put(const Event& event, const Generation& of, bool apart = false);
  // What no Reader gave: an event of a thread, with its arguments as in Event. Its string, if it has one, is `text`.
  void PutMade(int64_t m, int64_t time, uint8_t kind, std::initializer_list<uint64_t> args, std::string_view text = {});
  void PutExperimental(const Generation& of);

  bool ok() const { return out_.ok(); }
  uint64_t written() const { return out_.written(); }

 private:
  uint64_t String(std::string_view text);
  uint64_t Stack(const Generation& of, uint64_t stack);
  void Write(int64_t m, int64_t time, int64_t p, uint8_t kind, uint64_t* args);

  Writer out_;
  bool open_ = false;
  uint64_t number_ = 0;
  uint64_t last_switch_ = 0;  // the offset of a coroutine's switch
  int64_t stolen_at_ = 0;     // when a goroutine of C lost its processor: the file has its end then
  uint64_t collections_ = 0;
  // Of the generation.
  absl::flat_hash_map<std::string, uint64_t> strings_;
  absl::flat_hash_map<uint64_t, uint64_t> stacks_;
  absl::flat_hash_map<int64_t, uint64_t> goroutines_, procs_;  // the last sequence number of each
};

}  // namespace gotrace

#endif  // TRACE_REWRITE_H_
