// Puts the pieces together.
#include "explain/explainer.h"

#include "explain/story.h"

namespace explain {

Explainer::Explainer(const Question& question, Life life, Stood stood)
    : question_(question),
      life_(std::move(life)),
      stood_(std::move(stood)),
      waits_([this](Wait& wait) { Ended(wait); }),
      worst_(question.worst) {}

void Explainer::Ended(Wait& wait) {
  if (question_.g != 0 && wait.g == question_.g && InWindow(wait.start)) {
    waits_.Detail(wait);
    life_(wait.start, Story(wait, waits_.state().names()), &wait);
  }
  if (!InWindow(wait.start)) return;
  totals_.Add(wait);
  if (worst_.Wants(wait)) {
    waits_.Detail(wait);
    worst_.Add(std::move(wait));
  }
}

void Explainer::Put(const Fact& fact, std::string_view text) {
  if (question_.at >= 0 && !stood_done_ && explanation_.facts > 0 && fact.time - waits_.origin() > question_.at) {
    stood_done_ = true;
    stood_(waits_.state(), waits_.origin() + question_.at);
  }
  explanation_.facts++;
  if (fact.kind == Kind::kMade || fact.kind == Kind::kFound) explanation_.goroutines++;
  if (fact.kind == Kind::kNote) explanation_.notes.emplace_back(text);
  if (fact.kind == Kind::kLost && !text.empty()) explanation_.notes.emplace_back(text);
  if (fact.kind == Kind::kProcs) explanation_.procs = fact.n;
  waits_.Apply(fact, text);
  if (fact.kind == Kind::kNamed) {
    const uint32_t name = waits_.state().Find(fact.g)->name;
    totals_.Name(fact.g, name);
    worst_.Name(fact.g, name);
  } else if (fact.kind == Kind::kStopped && fact.how == How::kEnded) {
    totals_.Name(fact.g, 0);
  }
  if (question_.g == 0) return;
  lived_ = lived_ || fact.g == question_.g;
  if (!InWindow(waits_.now())) return;
  if (const std::string line = LifeLine(fact, text, question_.g, waits_.state()); !line.empty()) {
    life_(waits_.now(), line, nullptr);
  }
}

Explanation Explainer::Finish() {
  explanation_.length = waits_.now();
  waits_.End();
  totals_.Finish();
  explanation_.from = question_.from;
  explanation_.to = question_.to;
  explanation_.totals = std::move(totals_);
  explanation_.worst = worst_.Sorted();
  explanation_.names = waits_.state().names();
  return std::move(explanation_);
}

}  // namespace explain
