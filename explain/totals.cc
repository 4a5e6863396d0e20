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

void AddTo(Sums& sums, const Sums& other) {
  sums.waits.Add(other.waits);
  sums.idle.Add(other.idle);
  for (size_t i = 0; i < kCauses; i++) {
    sums.causes[i].Add(other.causes[i]);
    sums.parts[i] += other.parts[i];
  }
  for (size_t i = 0; i < sums.certainty.size(); i++) sums.certainty[i] += other.certainty[i];
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
  AddTo(w.name == 0 ? unnamed[w.g] : functions[w.name], w);
  rules[w.rule]++;
}

void Totals::Name(int64_t g, uint32_t name) {
  auto it = unnamed.find(g);
  if (it == unnamed.end()) return;
  AddTo(functions[name], it->second);
  unnamed.erase(it);
}

void Totals::Finish() {
  while (!unnamed.empty()) Name(unnamed.begin()->first, 0);
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

void Worst::Name(int64_t g, uint32_t name) {
  for (Wait& wait : heap_) {
    if (wait.g == g && wait.name == 0) wait.name = name;
  }
}

std::vector<Wait> Worst::Sorted() const {
  std::vector<Wait> sorted = heap_;
  std::sort(sorted.begin(), sorted.end(), Before);
  return sorted;
}

}  // namespace explain
