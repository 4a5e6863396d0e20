// The facts of a trace: when they happened, how certain they are, and when they are let out.
//
// The run through the trace may be taken back to an earlier place and go on otherwise (search.h). So facts are held,
// with the event that they go with, until nothing can be taken back that far.
//
// Facts that the trace itself shows are certain. What the port did is inferred; a start is open if the port would have
// done something else, and what Go did was put in its place. What is proved of starts (proofs.h) goes by the trace
// alone, and is put to these by whoever listens.
#include "worlds/guided/facts.h"

#include <deque>
#include <string>

#include "worlds/facts/collector.h"
#include "worlds/guided/guide.h"
#include "worlds/guided/inside.h"

namespace guided {

using facts::Certainty;
using facts::Fact;
using facts::Kind;

namespace {

struct Held {
  Fact fact;
  std::string text;
  uint64_t event;  // it is not told before that one has passed
};

facts::Sink sink;
std::deque<Held> held;
uint64_t startOf;  // the event of the start that is being made; 0: none

bool isShown(const Fact& fact) {
  switch (fact.kind) {
    case Kind::kLaid:
    case Kind::kMoved:
    case Kind::kTaken:
    case Kind::kGiven:
    case Kind::kThread:
    case Kind::kSpinning:
    case Kind::kWake:
      return false;
    case Kind::kProc:
      return fact.how != facts::How::kIdle;
    default:
      return true;
  }
}

void take(const Fact& fact, std::string_view text) {
  uint64_t event = window->consumed() + 1;
  Fact f = fact;
  if (f.kind == Kind::kStarted) {
    if (startOf != 0) event = startOf;
    startOf = 0;
    f.certainty = current != nullptr && current->forced > 0 ? Certainty::kOpen : Certainty::kInferred;
  } else if (!isShown(f)) {
    f.certainty = Certainty::kInferred;
  }
  held.push_back({f, std::string(text), event});
}

}  // namespace

void ListenToFacts(void (*to)(const Fact& fact, std::string_view text)) {
  sink = to;
  facts::Listen(take);
}

void executes(g* gp, bool) {
  if (sink == nullptr || muted) return;
  const In* e = window->OfThread(current->thread);
  for (size_t i = 0; i < 8; i++, e = window->Next(e)) {
    if (e == nullptr) return;
    if (e->kind != gotrace::kGoStart) continue;
    if (e->a[0] != gp->goid.plain()) return;
    startOf = e->index;
    facts::SetTime(e->time, e->offset);
    return;
  }
}

void tellTime(const In& e) { facts::SetTime(e.time, e.offset); }

bool factsWait(uint64_t until) { return !held.empty() && held.front().event < until; }

void letFactsOut(uint64_t done, uint64_t until) {
  for (; factsWait(until); held.pop_front()) {
    const Held& h = held.front();
    if (h.event >= done) sink(h.fact, h.text);
  }
}

}  // namespace guided
