// The tests of Go's sync/waitgroup_test.go.
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "sync/testing.h"

namespace {

using gort::Chan;
using gort::sync::WaitGroup;

void testWaitGroup(WaitGroup* wg1, WaitGroup* wg2) {
  const int n = 16;
  wg1->Add(n);
  wg2->Add(n);
  Chan<bool> exited(n);
  for (int i = 0; i != n; i++) {
    gort::go([=] {
      wg1->Done();
      wg2->Wait();
      exited.send(true);
    });
  }
  wg1->Wait();
  for (int i = 0; i != n; i++) {
    ASSERT_FALSE(exited.try_recv()) << "WaitGroup released group too soon";
    wg2->Done();
  }
  for (int i = 0; i != n; i++) exited.recv();  // blocks for ever if one was not let go
}

TEST(Sync, TestWaitGroup) {
  WaitGroup wg1, wg2;
  // Several times: a group can be used again.
  for (int i = 0; i != 8; i++) testWaitGroup(&wg1, &wg2);
}

TEST(Sync, TestWaitGroupMisuse) {
  WaitGroup wg;
  wg.Add(1);
  wg.Done();
  try {
    wg.Done();
    FAIL() << "Should panic";
  } catch (const gort::PanicValue& err) {
    EXPECT_STREQ(err.what(), "sync: negative WaitGroup counter");
  }
}

TEST(Sync, TestWaitGroupRace) {
  for (int i = 0; i < 1000; i++) {
    WaitGroup wg;
    std::atomic<int> n{0};
    for (int g = 0; g < 2; g++) {
      wg.Add(1);
      gort::go([&] {
        n.fetch_add(1);
        wg.Done();
      });
    }
    wg.Wait();
    ASSERT_EQ(n.load(), 2) << "Spurious wakeup from Wait";
  }
}

TEST(Sync, TestWaitGroupAlign) {
  struct X {
    char x = 0;
    WaitGroup wg;
  } x;
  x.wg.Add(1);
  gort::go([&] { x.wg.Done(); });
  x.wg.Wait();
}

// As in Go 1.25.
TEST(Sync, TestWaitGroupGo) {
  WaitGroup wg;
  std::atomic<int> i{0};
  wg.Go([&i] { i++; });
  wg.Wait();
  EXPECT_EQ(i.load(), 1);
}

TEST(SyncMore, WaitGroupGoEndsByGoexitToo) {
  WaitGroup wg;
  for (int i = 0; i < 20; i++) wg.Go([] { gort::Goexit(); });
  wg.Wait();
}

// In no hurry to go.
struct Slow {
  std::atomic<int>* gone;
  explicit Slow(std::atomic<int>* g) : gone(g) {}
  Slow(Slow&& s) noexcept : gone(std::exchange(s.gone, nullptr)) {}
  ~Slow() {
    if (gone == nullptr) return;
    for (int i = 0; i < 10; i++) gort::Gosched();
    ++*gone;
  }
};

// The closure, which can only be moved, is gone when Wait goes on; its size decides where it is kept.
TEST(SyncMore, WaitGroupGoDestroysFirst) {
  WaitGroup wg;
  std::atomic<int> gone{0}, sum{0};
  wg.Go([&sum, s = Slow(&gone)] { sum += 1; });
  wg.Wait();
  EXPECT_EQ(gone.load(), 1);
  wg.Go([&sum, s = Slow(&gone), big = std::array<char, 500>()] { sum += 2 + big[0]; });
  wg.Wait();
  EXPECT_EQ(gone.load(), 2);
  EXPECT_EQ(sum.load(), 3);
}

// A closure that cannot be copied is not counted.
TEST(SyncMore, WaitGroupGoCountsNothingWhenItThrows) {
  struct Throws {
    Throws() = default;
    Throws(const Throws&) { throw std::runtime_error("no copy"); }
    void operator()() {}
  } f;
  WaitGroup wg;
  EXPECT_THROW(wg.Go(f), std::runtime_error);
  wg.Wait();
}

// A group that is used again before the goroutine that waited has run.
TEST(SyncMore, WaitGroupReusedTooEarly) {
  gort::tests::Procs keep;
  gort::GOMAXPROCS(1);
  WaitGroup wg;
  wg.Add(1);
  Chan<std::string> got(1);
  gort::go([&] {
    try {
      wg.Wait();
      got.send("nothing");
    } catch (const gort::PanicValue& err) {
      got.send(err.what());
    }
  });
  auto waiting = [&wg] {
    std::uint64_t state;
    std::memcpy(&state, static_cast<const void*>(&wg), sizeof state);
    return static_cast<std::uint32_t>(state) != 0;
  };
  while (!waiting()) gort::Gosched();
  wg.Done();  // the other is runnable
  wg.Add(1);  // before it runs
  EXPECT_EQ(got.recv(), "sync: WaitGroup is reused before previous Wait has returned");
  wg.Done();
}

// An Add that finds the count at 0 and somebody waiting, as if it came in the middle of a Done.
TEST(SyncMore, WaitGroupAddConcurrentWithWait) {
  alignas(WaitGroup) unsigned char bytes[sizeof(WaitGroup)] = {};
  bytes[0] = 1;  // one waits
  auto* wg = reinterpret_cast<WaitGroup*>(bytes);
  try {
    wg->Add(1);
    FAIL() << "Should panic";
  } catch (const gort::PanicValue& err) {
    EXPECT_STREQ(err.what(), "sync: WaitGroup misuse: Add called concurrently with Wait");
  }
}

}  // namespace
