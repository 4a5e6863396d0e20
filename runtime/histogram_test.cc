// The buckets of a histogram, held against their bounds as Go's timeHistogramMetricsBuckets tells them: a step from
// nothing to the first power of two in four parts, then each power of two in four.
#include "runtime/histogram.h"

#include <limits>
#include <vector>

#include "gtest/gtest.h"

namespace {

using runtime::timeHistogram;

// Where each bucket begins, in order; the last entry is where the last one ends.
std::vector<int64_t> Bounds() {
  std::vector<int64_t> bounds = {0, 64, 128, 192};
  for (int64_t power = 256; power < int64_t{1} << 47; power *= 2) {
    for (int64_t part = 0; part < 4; part++) bounds.push_back(power + power / 4 * part);
  }
  bounds.push_back(int64_t{1} << 47);
  return bounds;
}

// Which bucket has counted a duration: -1 those below, the number of buckets those above.
int BucketOf(int64_t duration) {
  constexpr int kBuckets = std::size(decltype(timeHistogram::counts){});
  timeHistogram h{};
  h.record(duration);
  int found = std::numeric_limits<int>::max();
  uint64_t sum = h.underflow.Load() + h.overflow.Load();
  if (h.underflow.Load() == 1) found = -1;
  if (h.overflow.Load() == 1) found = kBuckets;
  for (int i = 0; i < kBuckets; i++) {
    sum += h.counts[i].Load();
    if (h.counts[i].Load() == 1) found = i;
  }
  EXPECT_EQ(sum, 1u) << duration;
  return found;
}

TEST(Histogram, EachDurationIsInItsBucket) {
  const std::vector<int64_t> bounds = Bounds();
  const int buckets = static_cast<int>(bounds.size()) - 1;
  EXPECT_EQ(static_cast<size_t>(buckets), std::size(decltype(timeHistogram::counts){}));
  for (int i = 0; i < buckets; i++) {
    EXPECT_EQ(BucketOf(bounds[i]), i) << bounds[i];
    EXPECT_EQ(BucketOf((bounds[i] + bounds[i + 1]) / 2), i) << bounds[i];
    EXPECT_EQ(BucketOf(bounds[i + 1] - 1), i) << bounds[i];
  }
  EXPECT_EQ(BucketOf(bounds.back()), buckets);
  EXPECT_EQ(BucketOf(std::numeric_limits<int64_t>::max()), buckets);
  EXPECT_EQ(BucketOf(-1), -1);
  EXPECT_EQ(BucketOf(std::numeric_limits<int64_t>::min()), -1);
}

TEST(Histogram, CountsAddUp) {
  timeHistogram h{};
  for (int i = 0; i < 3; i++) h.record(1000);
  for (int i = 0; i < 2; i++) h.record(-1);
  for (int i = 0; i < 4; i++) h.record(int64_t{1} << 47);
  EXPECT_EQ(h.counts[11].Load(), 3u);  // 896 to 1024
  EXPECT_EQ(h.underflow.Load(), 2u);
  EXPECT_EQ(h.overflow.Load(), 4u);
}

}  // namespace
