// What an execution trace says by itself, as facts (worlds/facts/fact.h): who was made, readied, started and stopped
// where and when, which Ps were idle, when the world stood still. All of that is certain. Where a goroutine lay, and by
// which rule it was taken, it does not say; a port that was led through the trace does (Knows).
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "trace/event.h"
#include "trace/generation.h"
#include "worlds/facts/fact.h"

namespace conformance {

class TraceFacts {
 public:
  using Put = std::function<void(const facts::Fact& fact, std::string_view text)>;
  // What a port says of the event at that place of the file: facts in order, of which those that the trace has are
  // passed over.
  struct FromPort {
    bool follows = false;  // a port is led through the trace, and has not lost its way
    std::vector<facts::Fact> facts;
  };
  using Known = std::function<FromPort(uint64_t offset)>;

  TraceFacts(Put put, Known known) : put_(std::move(put)), known_(std::move(known)) {}

  // The next event of a trace.
  void Event(const gotrace::Event& event, const gotrace::Generation& generation);

 private:
  struct Goroutine {
    bool named = false;
    bool worker = false;      // marks for the collector
    bool call_got_p = false;  // its call ended, and its thread had taken an idle P for it
    bool readied = false;     // since the thread that did it has looked: of a worker
    facts::How blocked = facts::How::kNone;  // what would ready it without a goroutine
    int32_t next_on = facts::kNobody;  // the P in whose runnext it is, as far as the trace tells
  };

  facts::Fact Of(facts::Kind kind) const;
  void Tell(const facts::Fact& fact, std::string_view text = {}) { put_(fact, text); }
  void Proc(int64_t p, facts::How how, int64_t m);
  // The outermost function of a goroutine's own stack, if it was not named yet; "" otherwise, or where there is none.
  std::string_view NameBy(int64_t g, uint64_t stack);
  void NameByStack(int64_t g, uint64_t stack);
  void Ready(int64_t g, facts::How how, int64_t by);
  void Lay(int64_t g, facts::Place place, int64_t p, facts::Certainty certainty);
  void LayNext(int64_t g, int64_t p);
  void Start(int64_t g, facts::Rule rule);
  void Stop(int64_t g, facts::How how, std::string_view reason = {});

  Put put_;
  Known known_;
  const gotrace::Event* event_ = nullptr;
  const gotrace::Generation* generation_ = nullptr;
  FromPort port_;  // of this event
  absl::flat_hash_map<int64_t, Goroutine> gs_;
  absl::flat_hash_map<int64_t, int64_t> next_;  // P: whom its runnext has, as far as the trace tells
  uint64_t switch_ = ~uint64_t{0};  // the place of the last switch of coroutines
  int32_t procs_ = 0;
  bool stopped_ = false;
};

}  // namespace conformance
