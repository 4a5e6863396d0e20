// Events of a P for the collector's limiter: one at a time, and only idle time is added up.
#include "runtime/mgclimit.h"

#include "gtest/gtest.h"
#include "runtime/proc_decl.h"

namespace {

using namespace runtime;

constexpr int64_t kStep = int64_t{1} << (64 - limiterEventBits);  // of the bits of the clock that a stamp does not hold

// What an event of this kind and length adds to the idle time.
int64_t Added(limiterEventType typ, int64_t begin, int64_t end) {
  limiterEvent e{};
  const int64_t before = sched.idleTime.Load();
  EXPECT_TRUE(e.start(typ, begin));
  EXPECT_NE(e.stamp.Load(), 0u);
  e.stop(typ, end);
  EXPECT_EQ(e.stamp.Load(), 0u);
  return sched.idleTime.Load() - before;
}

TEST(LimiterEvent, IdleTimeIsAddedUp) {
  EXPECT_EQ(Added(limiterEventIdle, 1000, 1700), 700);
  EXPECT_EQ(Added(limiterEventIdle, 0, 1), 1);
  EXPECT_EQ(Added(limiterEventIdle, 1000, 1000), 0);
  EXPECT_EQ(Added(limiterEventIdle, 1000, 999), 0) << "what began in the future has no length";
  EXPECT_EQ(Added(limiterEventIdle, kStep + 5, kStep + 7), 2) << "high bits are those of the end";
  EXPECT_EQ(Added(limiterEventIdle, kStep - 1, kStep + 7), 0) << "a stamp does not have them";
}

TEST(LimiterEvent, OtherKindsAreNot) {
  for (limiterEventType typ : {limiterEventIdleMarkWork, limiterEventMarkAssist, limiterEventScavengeAssist}) {
    EXPECT_EQ(Added(typ, 1000, 1700), 0);
  }
}

TEST(LimiterEvent, OneAtATime) {
  limiterEvent e{};
  EXPECT_TRUE(e.start(limiterEventIdle, 10));
  const uint64_t stamp = e.stamp.Load();
  EXPECT_EQ(stamp >> (64 - limiterEventBits), limiterEventIdle);
  EXPECT_EQ(stamp & (kStep - 1), 10u);
  EXPECT_FALSE(e.start(limiterEventIdle, 20));
  EXPECT_FALSE(e.start(limiterEventMarkAssist, 20));
  EXPECT_EQ(e.stamp.Load(), stamp);
}

TEST(LimiterEvent, AnotherKindsEndThrows) {
  limiterEvent e{};
  ASSERT_TRUE(e.start(limiterEventMarkAssist, 10));
  EXPECT_EXIT(e.stop(limiterEventIdle, 20), ::testing::ExitedWithCode(2),
              "want=4 got=2\n(.|\n)*limiterEvent.stop: found wrong event in p's limiter event slot");
}

}  // namespace
