// A claim is right as a whole or not at all: a start that is said to be stolen from P1 and was from P2 is wrong.
#include "conformance/truth/claims.h"

#include <tuple>

#include "absl/container/flat_hash_map.h"

namespace truth {
namespace {

// A start as both sides tell it.
using Story = std::tuple<Rule, Place, int32_t>;

Story StoryOf(const Start& start) {
  // Whose P it was that a call came back to is not told: it is the one that the trace shows.
  if (start.rule == Rule::kSyscallOwnP) return {Rule::kSyscallIdleP, Place::kNone, -1};
  if (start.rule == Rule::kWired) return {Rule::kWired, Place::kNone, -1};
  return {start.rule, start.place, start.from};
}

Story StoryOf(const facts::Fact& fact) {
  if (fact.kind == facts::Kind::kReturned) return {Rule::kSyscallIdleP, Place::kNone, -1};
  switch (fact.rule) {
    case facts::Rule::kTraceReader: return {Rule::kTraceReader, Place::kNone, -1};
    case facts::Rule::kGCWorker: return {Rule::kGCWorker, Place::kNone, -1};
    case facts::Rule::kGlobal61: return {Rule::kGlobal61, Place::kGlobal, -1};
    case facts::Rule::kRing: return {Rule::kRing, Place::kRing, fact.p};
    case facts::Rule::kGlobal: return {Rule::kGlobal, Place::kGlobal, -1};
    case facts::Rule::kNetpoll: return {Rule::kNetpoll, Place::kNone, -1};
    case facts::Rule::kStolen: return {Rule::kSteal, Place::kRing, fact.p2};
    case facts::Rule::kIdleGCWorker: return {Rule::kIdleGCWorker, Place::kNone, -1};
    case facts::Rule::kBeforeIdle: return {Rule::kBeforeIdle, Place::kNone, -1};
    case facts::Rule::kGlobalLast: return {Rule::kGlobalLast, Place::kGlobal, -1};
    case facts::Rule::kGlobalNoP: return {Rule::kGlobalNoP, Place::kGlobal, -1};
    case facts::Rule::kIdleGCNoP: return {Rule::kIdleGCNoP, Place::kNone, -1};
    case facts::Rule::kNetpollWait: return {Rule::kNetpollBlock, Place::kNone, -1};
    case facts::Rule::kRunnext: return {Rule::kRunnext, Place::kRunnext, fact.p};
    case facts::Rule::kStolenRunnext: return {Rule::kSteal, Place::kRunnext, fact.p2};
    case facts::Rule::kTimerStolen:
      return {Rule::kSteal, fact.place == facts::Place::kRing ? Place::kRing : Place::kRunnext, fact.p};
    case facts::Rule::kWired: return {Rule::kWired, Place::kNone, -1};
    case facts::Rule::kAfterCall: return {Rule::kSyscallIdleP, Place::kNone, -1};
    case facts::Rule::kUndone: return {Rule::kParkRefused, Place::kNone, -1};
    case facts::Rule::kSwitch: return {Rule::kCoroutine, Place::kNone, -1};
    case facts::Rule::kNone:
    case facts::Rule::kUnknown: break;
  }
  return {Rule::kResize, Place::kNone, -2};  // what is never true
}

}  // namespace

Verdict Judge(const std::vector<Start>& starts, const std::vector<Shown>& shown, const std::vector<facts::Fact>& said) {
  absl::flat_hash_map<uint64_t, const facts::Fact*> at;
  for (const facts::Fact& fact : said) at[fact.at] = &fact;
  Verdict verdict;
  verdict.starts = shown.size();
  for (const Shown& each : shown) {
    const Start& start = starts[each.start];
    const auto it = at.find(each.offset);
    const facts::Fact* fact = it == at.end() || it->second->g != static_cast<int64_t>(start.g) ? nullptr : it->second;
    const facts::Certainty certainty = fact == nullptr ? facts::Certainty::kOpen : fact->certainty;
    const auto c = static_cast<size_t>(certainty);
    const bool right = fact != nullptr && StoryOf(start) == StoryOf(*fact);
    const bool batch = right && (start.batch == 0 || start.batch == static_cast<uint32_t>(fact->n) + 1);
    for (Score* score : {&verdict.by_certainty[c], &verdict.by_rule[start.rule][c]}) {
      score->claims++;
      score->right += right;
      score->batches_right += batch;
    }
    if (!right && certainty != facts::Certainty::kOpen) {
      verdict.wrong.push_back({each, fact == nullptr ? facts::Fact{} : *fact});
    }
  }
  return verdict;
}

}  // namespace truth
