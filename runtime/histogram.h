// Histogram of durations: power-of-two buckets from 2^9 to 2^48 ns, four steps in each.
#pragma once

#include "runtime/internal/goarch.h"
#include "seam/atomic.h"

namespace runtime {

inline constexpr int timeHistMinBucketBits = 9;
inline constexpr int timeHistMaxBucketBits = 48;  // exclusive
inline constexpr int timeHistSubBucketBits = 2;
inline constexpr int timeHistNumSubBuckets = 1 << timeHistSubBucketBits;
inline constexpr int timeHistNumBuckets = timeHistMaxBucketBits - timeHistMinBucketBits + 1;

struct timeHistogram {
  atomic::Uint64<> counts[timeHistNumBuckets * timeHistNumSubBuckets];
  atomic::Uint64<> underflow;  // negative durations
  atomic::Uint64<> overflow;   // longer than the last bucket

  void record(int64 duration);  // ns; any thread
};

static_assert(sizeof(timeHistogram) == 1296);

}  // namespace runtime
