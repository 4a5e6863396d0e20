// One call for many.
#include "singleflight/singleflight.h"

#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

#include "gort.h"
#include "gtest/gtest.h"

namespace gort::singleflight {
namespace {

using namespace std::chrono_literals;

TEST(Singleflight, Do) {
  Group<std::string, std::string> g;
  auto [v, err, shared] = g.Do("key", [] { return Result<std::string>("bar"); });
  EXPECT_EQ(v, "bar");
  EXPECT_FALSE(err);
  EXPECT_FALSE(shared);
  error bad = errors::New("some error");
  auto f = g.Do("key", [&] { return Result<std::string>(bad); });
  EXPECT_EQ(f.err, bad);
  EXPECT_EQ(f.value, "");
}

TEST(Singleflight, ManyAtOnceAreOne) {
  Group<int, int> g;
  Chan<int> answer(0);
  std::atomic<int> calls{0}, right{0}, shared{0};
  sync::WaitGroup begun, ended;
  constexpr int n = 10;
  for (int i = 0; i < n; i++) {
    begun.Add(1);
    ended.Add(1);
    go([&] {
      begun.Done();
      auto f = g.Do(7, [&] {
        calls++;
        return Result<int>(*answer.recv());
      });
      right += f.value == 42;
      shared += f.shared;
      ended.Done();
    });
  }
  begun.Wait();
  time::Sleep(20ms);
  answer.send(42);
  ended.Wait();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(right, n);
  EXPECT_EQ(shared, n);
}

TEST(Singleflight, ChanAndForget) {
  Group<std::string, int> g;
  Chan<void> go1(0);
  std::atomic<int> calls{0};
  auto slow = [&]() -> Result<int> {
    int n = ++calls;
    if (n == 1) go1.recv();
    return n;
  };
  auto c1 = g.DoChan("k", slow);
  auto c2 = g.DoChan("k", slow);
  while (calls == 0) Gosched();
  g.Forget("k");
  auto c3 = g.DoChan("k", slow);
  EXPECT_EQ(c3.recv()->value, 2) << "the first one still waits";
  go1.close();
  auto f1 = *c1.recv(), f2 = *c2.recv();
  EXPECT_EQ(f1.value, 1);
  EXPECT_EQ(f2.value, 1);
  EXPECT_TRUE(f1.shared && f2.shared);
}

// The end of a call that was forgotten does not take the next one's place.
TEST(Singleflight, WhoComesAfterForgetIsNotForgotten) {
  Group<int, int> g;
  Chan<int> first(0), second(0);
  auto c1 = g.DoChan(1, [&] { return Result<int>(*first.recv()); });
  g.Forget(1);
  auto c2 = g.DoChan(1, [&] { return Result<int>(*second.recv()); });
  first.send(1);
  EXPECT_EQ(c1.recv()->value, 1);
  auto c3 = g.DoChan(1, [] { return Result<int>(3); });
  second.send(2);
  EXPECT_EQ(c2.recv()->value, 2);
  auto f = *c3.recv();
  EXPECT_EQ(f.value, 2);
  EXPECT_TRUE(f.shared);
}

// Five at once, of which one calls f; how many saw `wanted` come out, and how many got behind Do.
template <class Wanted, class F>
std::pair<int, int> fiveAtOnce(F f) {
  Group<int, int> g;
  std::atomic<int> caught{0}, behind{0}, calls{0};
  sync::WaitGroup wg;
  for (int i = 0; i < 5; i++) {
    wg.Add(1);
    go([&] {
      struct Done {
        sync::WaitGroup& wg;
        ~Done() { wg.Done(); }
      } done{wg};
      try {
        (void)g.Do(1, [&]() -> Result<int> {
          calls++;
          time::Sleep(30ms);
          f();
          return 1;
        });
        behind++;
      } catch (const Wanted&) {
        caught++;
      }
    });
  }
  wg.Wait();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(g.Do(1, [] { return Result<int>(7); }).value, 7) << "the key is free again";
  return {caught, behind};
}

TEST(Singleflight, WhatIsThrownComesOutForAll) {
  EXPECT_EQ(fiveAtOnce<std::runtime_error>([] { throw std::runtime_error("boom"); }), std::pair(5, 0));
  EXPECT_EQ(fiveAtOnce<int>([] { throw 5; }), std::pair(5, 0));
}

TEST(Singleflight, GoexitEndsAll) { EXPECT_EQ(fiveAtOnce<int>([] { Goexit(); }), std::pair(0, 0)); }

}  // namespace
}  // namespace gort::singleflight
