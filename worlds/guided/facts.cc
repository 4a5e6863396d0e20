// When the facts of a trace happened, and whether they stand: what the search undoes has never been told.
#include "worlds/guided/facts.h"

#include "worlds/facts/collector.h"
#include "worlds/guided/guide.h"
#include "worlds/guided/inside.h"
#include "worlds/guided/search.h"

#include <string>
#include <vector>

namespace guided {
namespace {

struct Held {
  uint64_t index;  // of the event that had not been consumed then
  facts::Fact fact;
  std::string text;
};
std::vector<Held> held;
void (*sink)(const facts::Fact& fact, std::string_view text);

void hold(const facts::Fact& fact, std::string_view text) {
  const In* e = window == nullptr ? nullptr : window->head();
  held.push_back({e == nullptr ? ~uint64_t{0} : e->index, fact, std::string(text)});
}

}  // namespace

void ListenToFacts(void (*to)(const facts::Fact& fact, std::string_view text)) {
  sink = to;
  facts::SetCertainty(facts::Certainty::kInferred);
  facts::Listen(hold);
}

bool factsWait(uint64_t until) { return !held.empty() && held.front().index < until; }

void letFactsOut(uint64_t done, uint64_t until) {
  size_t n = 0;
  for (; n < held.size() && held[n].index < until; n++) {
    if (held[n].index >= done) sink(held[n].fact, held[n].text);
  }
  held.erase(held.begin(), held.begin() + static_cast<ptrdiff_t>(n));
}

void tellTime(const In& e) { facts::SetTime(e.time, e.offset); }

void executes(g* gp, bool) {
  if (muted) return;
  for (size_t i = 0; i < 8; i++) {
    const In* e = window->OfThread(current->thread, i);
    if (e == nullptr) return;
    if (e->kind != gotrace::kGoStart) continue;
    if (e->a[0] == gp->goid.plain()) facts::SetTime(e->time, e->offset);
    return;
  }
}

}  // namespace guided
