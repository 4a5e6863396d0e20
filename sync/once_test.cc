// The tests of Go's sync/once_test.go.
#include "gort.h"
#include "gtest/gtest.h"

namespace {

using gort::Chan;
using gort::sync::Once;

void run(Once* once, int* o, Chan<bool> c) {
  once->Do([&] { ++*o; });
  EXPECT_EQ(*o, 1) << "once failed inside run";
  c.send(true);
}

TEST(Sync, TestOnce) {
  int o = 0;
  Once once;
  Chan<bool> c(0);
  const int N = 10;
  for (int i = 0; i < N; i++) gort::go(run, &once, &o, c);
  for (int i = 0; i < N; i++) c.recv();
  EXPECT_EQ(o, 1) << "once failed outside run";
}

TEST(Sync, TestOncePanic) {
  Once once;
  try {
    once.Do([] { gort::panic("failed"); });
    FAIL() << "Once.Do did not panic";
  } catch (const gort::PanicValue& err) {
    EXPECT_STREQ(err.what(), "failed");
  }
  once.Do([] { FAIL() << "Once.Do called twice"; });
}

// Whoever comes while the first is at it waits for its end.
TEST(SyncMore, OnceWaitsForTheFirst) {
  Once once;
  bool finished = false;
  Chan<void> inside(0);
  Chan<bool> c(0);
  gort::go([&] {
    once.Do([&] {
      inside.send();
      for (int i = 0; i < 20; i++) gort::Gosched();
      finished = true;
    });
    c.send(true);
  });
  inside.recv();
  gort::go([&] {
    once.Do([] { ADD_FAILURE() << "Once.Do called twice"; });
    c.send(finished);
  });
  EXPECT_TRUE(*c.recv());
  EXPECT_TRUE(*c.recv());
}

}  // namespace
