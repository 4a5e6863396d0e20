// A trace is read once more, without the port.
#include "worlds/guided/proofs.h"

#include <algorithm>

#include "trace/reader.h"
#include "worlds/guided/certain.h"
#include "worlds/guided/window.h"
#include "worlds/guided/wired.h"

namespace guided {

void Prove(const std::string& path, const std::function<void(const Proof&)>& put) {
  gotrace::Reader reader;
  if (!reader.Open(path)) return;
  Window window(reader);
  Certain certain(WiredIn(path, window));
  Proof proof;
  for (const In* e; !certain.IsOver() && (e = window.head()) != nullptr; window.Pop()) {
    proof.ways = certain.Pass(*e, window);
    if (proof.ways.empty()) continue;
    proof.offset = e->offset;
    proof.g = static_cast<int64_t>(e->a[0]);
    proof.p = static_cast<int32_t>(e->p);
    put(proof);
  }
}

// Where it may have been the global queue's turn or not, the port's schedtick is a guess: one look of 61 is that turn.
static bool IsHardlyEver61(const facts::Fact& fact, const Proof& proof) {
  return fact.rule == facts::Rule::kGlobal61 && std::any_of(proof.ways.begin(), proof.ways.end(), [](const Way& way) {
           return way.rule == facts::Rule::kGlobal;
         });
}

static bool IsNetpoll(facts::Rule rule) {
  return rule == facts::Rule::kNetpoll || rule == facts::Rule::kNetpollWait;
}

void Judge(facts::Fact& fact, const Proof& proof) {
  if (IsHardlyEver61(fact, proof)) fact.rule = facts::Rule::kGlobal;
  const bool among = std::any_of(proof.ways.begin(), proof.ways.end(), [&](const Way& way) {
    return way.rule == fact.rule && (way.from == facts::kNobody || way.from == fact.p2);
  });
  const Way& first = proof.ways.front();
  // The port takes what may have been the network for the network, and the first way knows better.
  const bool timed_out = IsNetpoll(fact.rule) && !IsNetpoll(first.rule);
  if (proof.IsCertain()) {
    fact.certainty = facts::Certainty::kCertain;
  } else if (among && !timed_out && fact.certainty != facts::Certainty::kOpen && first.rule != facts::Rule::kWired &&
             first.rule != facts::Rule::kTimerStolen) {
    return;
  }
  fact.rule = first.rule;
  fact.place = first.place;
  fact.p2 = first.from;
}

}  // namespace guided
