// At each step any M, all alike; but not too often another one than before: schedules that change all the time do
// little.
#include "worlds/explore/search.h"

namespace explore {

namespace {

struct Numbers {
  uint64_t x;

  explicit Numbers(uint64_t seed) : x(seed * 0x9e3779b97f4a7c15 + 0xd1b54a32d192ed03) {}
  uint32_t Below(uint32_t n) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return static_cast<uint32_t>((x >> 32) * n >> 32);
  }
};

int nth(uint32_t set, uint32_t n) {
  while (n-- > 0) set &= set - 1;
  return __builtin_ctz(set);
}

class RandomWalk : public Search {
 public:
  explicit RandomWalk(uint64_t seed) : numbers_(seed) {}

  Move Choose(const View& view) override {
    Move move{view.usual, 0};
    if (numbers_.Below(4) == 0) {
      move.thread = nth(view.enabled, numbers_.Below(static_cast<uint32_t>(__builtin_popcount(view.enabled))));
    }
    const uint8_t values = Next(move.thread).values;
    if (values > 1) move.value = static_cast<int>(numbers_.Below(values));
    return move;
  }
  bool Again(const std::vector<Event>&) override { return true; }

 private:
  Numbers numbers_;
};

// Burckhardt, Kothari, Musuvathi, Nagarakatte: A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs.
// Each M gets a priority at random, and the highest that can go on does; at depth - 1 steps of the run, drawn before
// it begins, the one whose turn it is becomes the lowest. Of k steps and n Ms, a fault that needs `depth` events in
// order is met with a probability of at least 1 / (n k^(depth-1)) in each run.
class Pct : public Search {
 public:
  Pct(uint64_t seed, int depth) : numbers_(seed), depth_(depth) { begin(); }

  Move Choose(const View& view) override {
    for (int i = 0; i < kThreads; i++) {
      // New ones get a place when they are first seen.
      if ((view.enabled >> i & 1) != 0 && priority_[i] == 0) priority_[i] = 1000 + numbers_.Below(1u << 20);
    }
    auto highest = [&](uint32_t of) {
      int best = -1;
      for (int i = 0; i < kThreads; i++) {
        if ((of >> i & 1) != 0 && (best < 0 || priority_[i] > priority_[best])) best = i;
      }
      return best;
    };
    const uint32_t now = view.enabled & ~view.timed;
    // Who sleeps for a time has no claim while others can go on; the points of change give it one.
    int best = highest(now != 0 ? now : view.enabled);
    if (now == 0) best = view.usual;
    for (int i = 0; i < depth_ - 1; i++) {
      if (changes_[i] != step_) continue;
      priority_[best] = depth_ - i;
      const int other = nth(view.enabled, numbers_.Below(static_cast<uint32_t>(__builtin_popcount(view.enabled))));
      if ((view.timed >> other & 1) != 0) {
        best = other;
      } else {
        best = highest(now != 0 ? now : view.enabled);
      }
    }
    step_++;
    Move move{best, 0};
    if (const uint8_t values = Next(best).values; values > 1) move.value = static_cast<int>(numbers_.Below(values));
    return move;
  }
  bool Again(const std::vector<Event>&) override {
    if (step_ > longest_) longest_ = step_;
    begin();
    return true;
  }

 private:
  void begin() {
    for (int& priority : priority_) priority = 0;
    for (int i = 0; i < depth_ - 1; i++) changes_[i] = numbers_.Below(longest_);
    step_ = 0;
  }

  Numbers numbers_;
  const int depth_;
  int priority_[kThreads];
  uint32_t changes_[16];
  uint32_t step_ = 0, longest_ = 100;
};

}  // namespace

std::unique_ptr<Search> MakeRandom(uint64_t seed) { return std::make_unique<RandomWalk>(seed); }
std::unique_ptr<Search> MakePct(uint64_t seed, int depth) {
  return std::make_unique<Pct>(seed, depth < 1 ? 1 : depth > 16 ? 16 : depth);
}

}  // namespace explore
