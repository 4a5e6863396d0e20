// Groups of goroutines and their first error.
#include "errgroup/errgroup.h"

#include <atomic>
#include <string>
#include <vector>

#include "gort.h"
#include "gtest/gtest.h"

namespace gort::errgroup {
namespace {

using namespace std::chrono_literals;

TEST(Errgroup, ZeroGroup) {
  error err1 = errors::New("errgroup_test: 1"), err2 = errors::New("errgroup_test: 2");
  const std::vector<std::vector<error>> cases = {{}, {{}}, {err1}, {err1, {}}, {err1, {}, err2}};
  for (const auto& errs : cases) {
    Group g;
    error first;
    for (const error& err : errs) {
      g.Go([err] { return err; });
      if (!first && err) first = err;
      EXPECT_EQ(g.Wait(), first);
    }
  }
}

TEST(Errgroup, TheFirstErrorEndsTheContext) {
  auto [g, ctx] = WithContext(context::Background());
  error bad = errors::New("bad");
  std::atomic<int> gaveUp{0};
  for (int i = 0; i < 8; i++) {
    g.Go([&, ctx = ctx]() -> error {
      ctx.Done().recv();
      gaveUp++;
      return ctx.Err();
    });
  }
  g.Go([=] { return bad; });
  EXPECT_EQ(g.Wait(), bad);
  EXPECT_EQ(gaveUp, 8);
  EXPECT_EQ(ctx.Err(), context::Canceled);
  EXPECT_EQ(context::Cause(ctx), bad);
}

TEST(Errgroup, WaitEndsTheContext) {
  auto [g, ctx] = WithContext(context::Background());
  g.Go([] { return error(); });
  EXPECT_FALSE(g.Wait());
  EXPECT_EQ(ctx.Err(), context::Canceled);
}

TEST(Errgroup, Limit) {
  for (int limit : {1, 3, 10}) {
    Group g;
    g.SetLimit(limit);
    std::atomic<int> now{0}, most{0};
    for (int i = 0; i < 200; i++) {
      g.Go([&] {
        int n = ++now;
        for (int m = most; n > m && !most.compare_exchange_weak(m, n);) {
        }
        time::Sleep(10us);
        now--;
        return error();
      });
    }
    EXPECT_FALSE(g.Wait());
    EXPECT_LE(most, limit);
    EXPECT_GT(most, 0);
  }
}

TEST(Errgroup, TryGo) {
  Group g;
  g.SetLimit(2);
  Chan<void> hold(0);
  auto wait = [hold] { return hold.recv(), error(); };
  EXPECT_TRUE(g.TryGo(wait));
  EXPECT_TRUE(g.TryGo(wait));
  EXPECT_FALSE(g.TryGo(wait));
  hold.close();
  EXPECT_FALSE(g.Wait());
  EXPECT_TRUE(g.TryGo([] { return error(); }));
  (void)g.Wait();
  g.SetLimit(0);
  EXPECT_FALSE(g.TryGo(wait)) << "none at all";
  g.SetLimit(-1);
  EXPECT_TRUE(g.TryGo(wait));
  EXPECT_FALSE(g.Wait());
}

TEST(Errgroup, NoLimitIsChangedWhileTheyRun) {
  Group g;
  g.SetLimit(2);
  Chan<void> hold(0);
  g.Go([hold] { return hold.recv(), error(); });
  try {
    g.SetLimit(3);
    FAIL() << "no panic";
  } catch (const Error& e) {
    EXPECT_EQ(std::string(e.what()), "errgroup: modify limit while 1 goroutines in the group are still active");
  }
  hold.close();
  EXPECT_FALSE(g.Wait());
}

}  // namespace
}  // namespace gort::errgroup
