// Go's internal/synctest/synctest_test.go, told in C++ under its names, and the errors of use.
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/seam.h"

namespace {

namespace synctest = gort::synctest;
namespace time = gort::time;
using namespace std::chrono_literals;
using gort::Chan;
using gort::go;
using gort::recv;
using gort::select;

// What f panics with, "" for nothing.
std::string whatOf(const std::function<void()>& f) {
  try {
    f();
  } catch (const gort::Error& e) {
    return e.what();
  }
  return "";
}

constexpr int64_t baseTime = 946684800'000000000;  // 2000-01-01 00:00:00 UTC

TEST(Synctest, TestNow) {
  synctest::Run([] {
    EXPECT_EQ(time::Now().UnixNano(), baseTime);
    go([] { EXPECT_EQ(time::Now().UnixNano(), baseTime); });
    time::Sleep(1s);
    EXPECT_EQ(time::Now().UnixNano(), baseTime + 1'000'000'000);
  });
}

TEST(Synctest, TestRunEmpty) {
  synctest::Run([] {});
}

TEST(Synctest, TestSimpleWait) {
  synctest::Run([] { synctest::Wait(); });
}

TEST(Synctest, TestGoroutineWait) {
  synctest::Run([] {
    go([] {});
    synctest::Wait();
  });
}

TEST(Synctest, TestWait) {
  synctest::Run([] {
    bool done = false;
    Chan<int> ch(0);
    std::function<void()> f = [&] {
      int count = *ch.recv();
      if (count == 0) {
        done = true;
      } else {
        go([&] { f(); });
        ch.send(count - 1);
      }
    };
    go([&] { f(); });
    ch.send(100);
    synctest::Wait();
    EXPECT_TRUE(done);
  });
}

TEST(Synctest, TestMallocs) {
  for (int i = 0; i < 100; i++) {
    synctest::Run([] {
      bool done = false;
      Chan<std::vector<char>> ch(0);
      std::function<void()> f = [&] {
        std::vector<char> b = *ch.recv();
        if (b.empty()) {
          done = true;
        } else {
          go([&] { f(); });
          ch.send(std::vector<char>(b.size() - 1));
        }
      };
      go([&] { f(); });
      ch.send(std::vector<char>(100));
      synctest::Wait();
      EXPECT_TRUE(done);
    });
  }
}

TEST(Synctest, TestTimerReadBeforeDeadline) {
  synctest::Run([] {
    time::Time start = time::Now();
    time::Timer tm = time::NewTimer(5s);
    tm.C.recv();
    EXPECT_EQ(time::Since(start), 5s);
  });
}

TEST(Synctest, TestTimerReadAfterDeadline) {
  synctest::Run([] {
    time::Time want = time::Now() + 1s;
    time::Timer tm = time::NewTimer(1s);
    time::Sleep(2s);
    EXPECT_EQ(*tm.C.recv(), want);
  });
}

TEST(Synctest, TestTimerReset) {
  synctest::Run([] {
    time::Time start = time::Now();
    time::Timer tm = time::NewTimer(1s);
    EXPECT_EQ(*tm.C.recv(), start + 1s);

    tm.Reset(2s);
    EXPECT_EQ(*tm.C.recv(), start + 3s);

    tm.Reset(3s);
    time::Sleep(1s);
    tm.Reset(3s);
    EXPECT_EQ(*tm.C.recv(), start + 7s);
  });
}

TEST(Synctest, TestTimeAfter) {
  synctest::Run([] {
    std::atomic<int> i = 0;
    time::AfterFunc(1s, [&] {
      // On a goroutine of the bubble, and what it starts is too.
      i++;
      go([&] {
        time::Sleep(1s);
        i++;
      });
    });
    time::Sleep(3s);
    synctest::Wait();
    EXPECT_EQ(i, 2);
  });
}

TEST(Synctest, TestTimerFromOutsideBubble) {
  time::Timer tm = time::NewTimer(10ms);
  synctest::Run([=] { tm.C.recv(); });
  EXPECT_FALSE(tm.Stop()) << "Run returned before the timer fired";
}

TEST(Synctest, TestChannelFromOutsideBubble) {
  Chan<void> choutside(0);
  using Do = std::function<void(Chan<int>)>;
  const std::pair<Do, Do> tests[] = {
      // read closed, read value, write value, select outside only, select mixed
      {[](Chan<int> ch) { ch.close(); }, [](Chan<int> ch) { ch.recv(); }},
      {[](Chan<int> ch) { ch.send(0); }, [](Chan<int> ch) { ch.recv(); }},
      {[](Chan<int> ch) { ch.recv(); }, [](Chan<int> ch) { ch.send(0); }},
      {[](Chan<int> ch) { ch.close(); }, [=](Chan<int> ch) { select(recv(ch), recv(choutside)); }},
      {[](Chan<int> ch) { ch.close(); },
       [](Chan<int> ch) {
         Chan<void> ch2(0);
         select(recv(ch), recv(ch2));
       }},
  };
  for (auto& [outside, inside] : tests) {
    Chan<int> ch(0);
    time::AfterFunc(1ms, [&outside = outside, ch] { outside(ch); });
    synctest::Run([&inside = inside, ch] { inside(ch); });
  }
}

TEST(Synctest, TestTimerFromInsideBubble) {
  using Do = std::function<void(time::Timer)>;
  const std::pair<Do, const char*> tests[] = {
      {[](time::Timer tm) { tm.C.recv(); }, "receive on synctest channel from outside bubble"},
      {[](time::Timer tm) { tm.Reset(1s); }, "reset of synctest timer from outside bubble"},
      {[](time::Timer tm) { tm.Stop(); }, "stop of synctest timer from outside bubble"},
  };
  for (auto& [f, want] : tests) {
    Chan<std::string> donec(1);
    Chan<time::Timer> ch(0);
    go([=, &f = f] {
      time::Timer tm = *ch.recv();
      donec.send(whatOf([&] { f(tm); }));
    });
    synctest::Run([=] { ch.send(time::NewTimer(1s)); });
    EXPECT_EQ(*donec.recv(), want);
  }
}

TEST(Synctest, TestDeadlockRoot) {
  EXPECT_EQ(whatOf([] { synctest::Run([] { select(); }); }), "deadlock: all goroutines in bubble are blocked");
}

TEST(Synctest, TestDeadlockChild) {
  EXPECT_EQ(whatOf([] {
              synctest::Run([] { go([] { select(); }); });
            }),
            "deadlock: all goroutines in bubble are blocked");
}

TEST(Synctest, TestCond) {
  synctest::Run([] {
    gort::sync::Mutex mu;
    gort::sync::Cond cond(mu);
    time::Time start = time::Now();
    constexpr auto waitTime = 1ms;

    go([&] {
      time::Sleep(waitTime);
      mu.Lock();
      cond.Signal();
      mu.Unlock();

      time::Sleep(waitTime);
      mu.Lock();
      cond.Broadcast();
      mu.Unlock();
    });

    mu.Lock();
    cond.Wait();
    mu.Unlock();
    EXPECT_EQ(time::Since(start), waitTime);

    bool waiterDone = false;
    go([&] {
      mu.Lock();
      cond.Wait();
      mu.Unlock();
      waiterDone = true;
    });
    mu.Lock();
    cond.Wait();
    mu.Unlock();
    synctest::Wait();
    EXPECT_TRUE(waiterDone);
    EXPECT_EQ(time::Since(start), 2 * waitTime);
  });
}

// A time every second.
template <class Yield>
void seconds(Yield&& yield) {
  while (yield(time::Now())) time::Sleep(1s);
}

TEST(Synctest, TestIteratorPush) {
  synctest::Run([] {
    std::vector<time::Time> got;
    go([&] {
      seconds([&](time::Time now) {
        got.push_back(now);
        return got.size() < 3;
      });
    });
    std::vector<time::Time> want = {time::Now(), time::Now() + 1s, time::Now() + 2s};
    time::Sleep(5s);
    synctest::Wait();
    EXPECT_TRUE(got == want);
  });
}

TEST(Synctest, TestIteratorPull) {
  synctest::Run([] {
    std::vector<time::Time> got;
    go([&] {
      auto puller = gort::Pull<time::Time>([](gort::Yield<time::Time> yield) { seconds(yield); });
      while (got.size() < 3) got.push_back(*puller.Next());
      puller.Stop();
    });
    std::vector<time::Time> want = {time::Now(), time::Now() + 1s, time::Now() + 2s};
    time::Sleep(5s);
    synctest::Wait();
    EXPECT_TRUE(got == want);
  });
}

TEST(Synctest, TestWaitGroup) {
  synctest::Run([] {
    gort::sync::WaitGroup wg;
    wg.Add(1);
    constexpr auto delay = 1s;
    go([&] {
      time::Sleep(delay);
      wg.Done();
    });
    time::Time start = time::Now();
    wg.Wait();
    EXPECT_EQ(time::Since(start), delay);
  });
}

// ---- More.

TEST(SynctestMore, ErrorsOfUse) {
  EXPECT_EQ(whatOf([] { synctest::Wait(); }), "goroutine is not in a bubble");
  auto held = std::make_shared<int>();
  synctest::Run([=] {
    EXPECT_EQ(whatOf([&] { synctest::Run([held] {}); }), "synctest.Run called from within a synctest bubble");
    EXPECT_EQ(held.use_count(), 2) << "the function of a Run that did not happen";
    Chan<std::string> what(2);
    go([=] { what.send(whatOf([] { synctest::Wait(); })); });
    go([=] { what.send(whatOf([] { synctest::Wait(); })); });
    std::string both = *what.recv() + *what.recv();
    EXPECT_EQ(both, "wait already in progress");
  });
  runtime::debug.asynctimerchan = 1;
  EXPECT_EQ(whatOf([] { synctest::Run([] {}); }), "synctest.Run not supported with asynctimerchan!=0");
  runtime::debug.asynctimerchan = 0;
  // And the goroutine is none of a bubble afterwards.
  time::Time start = time::Now();
  time::Sleep(1ms);
  EXPECT_GE(time::Since(start), 1ms);
}

TEST(SynctestMore, ManyGoroutinesAndTimersOfOneInstant) {
  synctest::Run([] {
    std::atomic<int> woken = 0;
    time::Time start = time::Now();
    for (int i = 0; i < 1000; i++) {
      go([&, i] {
        for (int k = 0; k < 10; k++) time::Sleep((i % 7 + 1) * 1h);
        woken++;
      });
    }
    time::Sleep(70h);
    synctest::Wait();
    EXPECT_EQ(woken, 1000);
    EXPECT_EQ(time::Since(start), 70h);
  });
}

TEST(SynctestMore, AGoroutineOfARunMaySleepForRealLater) {
  // The g of a goroutine keeps its timer for the next goroutine, in a bubble or not.
  for (int i = 0; i < 20; i++) {
    gort::sync::WaitGroup wg;
    synctest::Run([&] {
      for (int k = 0; k < 10; k++) go([] { time::Sleep(1h); });
    });
    for (int k = 0; k < 10; k++) {
      wg.Add(1);
      go([&] {
        time::Sleep(10us);
        wg.Done();
      });
    }
    wg.Wait();
    synctest::Run([] { time::Sleep(1h); });
  }
}

}  // namespace
