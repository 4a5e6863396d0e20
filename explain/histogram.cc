// Below 64 ns each duration has a bucket; above, each power of two has 32.
#include "explain/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace explain {
namespace {

constexpr int kBits = 5;

uint16_t BucketOf(uint64_t v) {
  if (v < (2u << kBits)) return static_cast<uint16_t>(v);
  const int shift = std::bit_width(v) - 1 - kBits;
  return static_cast<uint16_t>((static_cast<uint64_t>(shift) << kBits) + (v >> shift));
}

// The largest value in it.
int64_t TopOf(uint16_t bucket) {
  if (bucket < (2u << kBits)) return bucket;
  const int shift = (bucket >> kBits) - 1;
  const uint64_t mantissa = (bucket & ((1u << kBits) - 1)) | (1u << kBits);
  return static_cast<int64_t>(((mantissa + 1) << shift) - 1);
}

}  // namespace

void Histogram::Add(int64_t ns) {
  buckets_[BucketOf(static_cast<uint64_t>(std::max<int64_t>(ns, 0)))]++;
  count_++;
  total_ += ns;
  max_ = std::max(max_, ns);
}

void Histogram::Add(const Histogram& other) {
  for (const auto& [bucket, n] : other.buckets_) buckets_[bucket] += n;
  count_ += other.count_;
  total_ += other.total_;
  max_ = std::max(max_, other.max_);
}

int64_t Histogram::Quantile(double part) const {
  const auto wanted = static_cast<uint64_t>(std::ceil(part * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (const auto& [bucket, n] : buckets_) {
    seen += n;
    if (seen >= wanted) return std::min(TopOf(bucket), max_);
  }
  return max_;
}

}  // namespace explain
