// Durations, counted in buckets that are 3% wide, so that a million of them take some kilobytes at most.
#pragma once

#include <cstdint>
#include <map>

namespace explain {

class Histogram {
 public:
  void Add(int64_t ns);
  void Add(const Histogram& other);

  uint64_t count() const { return count_; }
  int64_t total() const { return total_; }
  int64_t max() const { return max_; }
  // The least duration that at least this part of all does not exceed: to 3% above, never above the largest.
  int64_t Quantile(double part) const;

 private:
  std::map<uint16_t, uint64_t> buckets_;
  uint64_t count_ = 0;
  int64_t total_ = 0;
  int64_t max_ = 0;
};

}  // namespace explain
