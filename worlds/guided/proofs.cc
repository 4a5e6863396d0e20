// A trace is read once more, without the port.
#include "worlds/guided/proofs.h"

#include <algorithm>

#include "trace/reader.h"
#include "worlds/guided/certain.h"
#include "worlds/guided/window.h"

namespace guided {

void Prove(const std::string& path, const std::function<void(const Proof&)>& put) {
  gotrace::Reader reader;
  if (!reader.Open(path)) return;
  Window window(reader);
  Certain certain;
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

void Judge(facts::Fact& fact, const Proof& proof) {
  const bool among = std::any_of(proof.ways.begin(), proof.ways.end(), [&](const Way& way) {
    return way.rule == fact.rule && (way.from == facts::kNobody || way.from == fact.p2);
  });
  const Way& first = proof.ways.front();
  if (proof.IsCertain()) {
    fact.certainty = facts::Certainty::kCertain;
  } else if (among && fact.certainty != facts::Certainty::kOpen && first.rule != facts::Rule::kWired &&
             first.rule != facts::Rule::kTimerStolen) {
    return;
  }
  fact.rule = first.rule;
  fact.place = first.place;
  fact.p2 = first.from;
}

}  // namespace guided
