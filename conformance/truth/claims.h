// What gort says of the starts in a trace, held against what the log of the same run knows.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "conformance/truth/pair.h"
#include "conformance/truth/starts.h"
#include "worlds/facts/fact.h"

namespace truth {

// How it went with claims of one certainty.
struct Score {
  uint64_t claims = 0;
  uint64_t right = 0;  // the rule, the queue and whose it was
  uint64_t batches_right = 0;  // and how many were taken along, of those that are right
};

struct Verdict {
  uint64_t starts = 0;                // that the trace shows
  std::array<Score, 3> by_certainty;  // of facts::Certainty; a start of which nothing is said is open
  std::map<Rule, std::array<Score, 3>> by_rule;  // of the log
  struct Wrong {
    Shown shown;
    facts::Fact fact;  // kNone: none
  };
  std::vector<Wrong> wrong;  // certain or inferred, in the order of the trace

  const Score& of(facts::Certainty c) const { return by_certainty[static_cast<size_t>(c)]; }
};

// `said` are the facts kStarted and kReturned of the trace, in any order; `at` is the place of the start in the file.
// Of a start with several the last one counts.
Verdict Judge(const std::vector<Start>& starts, const std::vector<Shown>& shown, const std::vector<facts::Fact>& said);

}  // namespace truth
