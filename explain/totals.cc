// Sums over waits.
#include "explain/totals.h"

#include <algorithm>

namespace explain {
namespace {

void AddTo(Sums& sums, const Wait& w) {
  sums.waits.Add(w.length());
  for (size_t i = 0; i < kCauses; i++) {
    if (w.parts[i] == 0) continue;
    sums.causes[i].Add(w.parts[i]);
    sums.parts[i] += w.parts[i];
  }
  if (const int64_t idle = IdleSum(w.parts); idle > 0) sums.idle.Add(idle);
  sums.certainty[static_cast<size_t>(w.certainty)]++;
}

// Longer first; of two of a length the earlier one.
bool Before(const Wait& a, const Wait& b) {
  return a.length() != b.length() ? a.length() > b.length() : a.ready < b.ready;
}

}  // namespace

void Totals::Add(const Wait& w) {
  if (!w.ended) {
    unended++;
    longest_unended = std::max(longest_unended, w.length());
    return;
  }
  AddTo(all, w);
  AddTo(functions[w.name], w);
  rules[w.rule]++;
}

bool Worst::Wants(const Wait& wait) const { return n_ > 0 && (heap_.size() < n_ || Before(wait, heap_[0])); }

void Worst::Add(Wait&& wait) {
  if (!Wants(wait)) return;
  if (heap_.size() == n_) {
    std::pop_heap(heap_.begin(), heap_.end(), Before);
    heap_.pop_back();
  }
  heap_.push_back(std::move(wait));
  std::push_heap(heap_.begin(), heap_.end(), Before);
}

std::vector<Wait> Worst::Sorted() const {
  std::vector<Wait> sorted = heap_;
  std::sort(sorted.begin(), sorted.end(), Before);
  return sorted;
}

}  // namespace explain
