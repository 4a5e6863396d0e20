// Histogram of durations: from Go's histogram.go.
#include "runtime/histogram.h"

#include <bit>

namespace runtime {

void timeHistogram::record(int64 duration) {
  if (duration < 0) {
    underflow.Add(1);
    return;
  }
  // The bucket is the position of the highest bit, the sub-bucket the two bits below it.
  uint64 d = static_cast<uint64>(duration);
  int bucketBit = 0;
  int bucket = 0;
  int len = std::bit_width(d);
  if (len < timeHistMinBucketBits) {
    bucketBit = timeHistMinBucketBits;
  } else {
    bucketBit = len;
    bucket = len - timeHistMinBucketBits + 1;
  }
  if (bucket >= timeHistNumBuckets) {
    overflow.Add(1);
    return;
  }
  int sub = static_cast<int>((d >> (bucketBit - 1 - timeHistSubBucketBits)) % timeHistNumSubBuckets);
  counts[bucket * timeHistNumSubBuckets + sub].Add(1);
}

}  // namespace runtime
