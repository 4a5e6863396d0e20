// What is proved of the starts in a trace (certain.h), and what comes of it beside what the port did.
//
// A proof goes by the trace alone. So no port is needed for it, nobody goes back, and it holds where the port is lost.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "worlds/facts/fact.h"

namespace guided {

// By what a goroutine started, as facts tell it.
struct Way {
  facts::Rule rule = facts::Rule::kNone;
  facts::Place place = facts::Place::kNone;
  int32_t from = facts::kNobody;  // of a theft: whose P

  bool operator==(const Way&) const = default;
};

struct Proof {
  uint64_t offset = 0;  // of the start, in the file
  int64_t g = 0;
  int32_t p = facts::kNobody;
  std::vector<Way> ways;  // in which it can have come about, one at least; the likeliest first

  // One way is left, and it does not go by a thread that only seems to be wired to its goroutine.
  bool IsCertain() const { return ways.size() == 1 && ways[0].rule != facts::Rule::kWired; }
};

// Goes through the trace at `path`, to its end or to where it cannot be read any more, and tells, in the order of the
// trace, of each start of which something is known. Any number of times in a process.
void Prove(const std::string& path, const std::function<void(const Proof&)>& put);

// fact: that start as the port did it, inferred or open; or nothing but its kind, if there is no port. What is certain
// is told in place of that, and if the port's way is none of several, the likeliest.
void Judge(facts::Fact& fact, const Proof& proof);

}  // namespace guided
