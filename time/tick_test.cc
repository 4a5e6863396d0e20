// Go's time/tick_test.go, told in C++ under its names. Loops that are only stress are shorter; what is checked is not.
#include "time/tick.h"

#include <malloc.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/seam.h"

namespace gort::time {
namespace {

using namespace std::chrono_literals;
using sync::WaitGroup;

TEST(Time, TestTicker) {
  // Ticks take as long as they should. Quick ticks first; a machine that is too busy for them gets slower ones.
  std::string errors;
  for (Duration delta : {20ms, 100ms, 500ms}) {
    constexpr int count = 10;
    Ticker ticker = NewTicker(delta);
    Time t0 = Now();
    for (int i = 0; i < count / 2; i++) ticker.C.recv();
    ticker.Reset(delta * 2);
    for (int i = count / 2; i < count; i++) ticker.C.recv();
    ticker.Stop();
    Duration dt = Now() - t0;
    Duration target = 3 * delta * (count / 2);
    Duration slop = target * 3 / 10;
    if (dt < target - slop || dt > target + slop) {
      errors += "ticks of " + std::to_string(delta.count()) + "ns took " + std::to_string(dt.count()) +
                "ns, expected " + std::to_string(target.count()) + "ns\n";
      if (dt > target + slop) Sleep(Second / 2);
      continue;
    }
    // And it has stopped.
    Sleep(2 * delta);
    if (ticker.C.try_recv()) {
      errors += "Ticker did not shut down\n";
      continue;
    }
    return;
  }
  ADD_FAILURE() << errors;
}

TEST(Time, TestTickerStopWithDirectInitialization) {
  Ticker tk;
  tk.C = Chan<Time>(0);
  tk.Stop();
}

TEST(Time, TestTeardown) {
  for (int i = 0; i < 3; i++) {
    Ticker ticker = NewTicker(20 * Millisecond);
    ticker.C.recv();
    ticker.Stop();
  }
}

TEST(Time, TestTick) { EXPECT_FALSE(Tick(-1ns)); }

TEST(Time, TestNewTickerLtZeroDuration) {
  try {
    NewTicker(-1ns);
    FAIL() << "NewTicker(-1) should have panicked";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "non-positive interval for NewTicker");
  }
}

TEST(Time, TestTickerResetLtZeroDuration) {
  Ticker tk = NewTicker(Second);
  try {
    tk.Reset(0ns);
    FAIL() << "Ticker.Reset(0) should have panicked";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "non-positive interval for Ticker.Reset");
  }
}

TEST(Time, TestLongAdjustTimers) {
  // A heap with many timers, and then select after select with a timeout: the timers of those that are over must not be
  // paid for again and again.
  WaitGroup wg;
  constexpr int count = 5000;
  wg.Add(count);
  for (int i = 0; i < count; i++) {
    go([&] {
      Sleep(10 * Microsecond);
      wg.Done();
    });
  }
  for (int i = 0; i < count / 10; i++) Sleep(1 * Microsecond);

  Chan<bool> done(0);
  AfterFunc(60 * Second, [done] { done.close(); });

  // A goroutine that keeps what it is sent in a queue.
  using Func = std::function<void()>;
  Chan<Func> inQ(0);
  Chan<Func> outQ(0);
  wg.Add(1);
  go([&wg, inQ, outQ, done] {
    std::vector<Func> q;
    for (bool open = true; open;) {
      Chan<Func> sendTo;
      Func first;
      if (!q.empty()) {
        sendTo = outQ;
        first = q.front();
      }
      select(send(sendTo, first, [&] { q.erase(q.begin()); }),
             recv(inQ,
                  [&](std::optional<Func> f) {
                    if (f) {
                      q.push_back(*f);
                    } else {
                      open = false;
                    }
                  }),
             recv(done, [&] { open = false; }));
    }
    outQ.close();
    wg.Done();
  });

  bool failed = false;
  for (int i = 0; i < 2000 && !failed; i++) {
    constexpr int tries = 20;
    for (int k = 0; k < tries; k++) inQ.send([] {});
    for (int k = 0; k < tries && !failed; k++) {
      select(recv(outQ,
                  [&](std::optional<Func> f) {
                    if (!f) {
                      ADD_FAILURE() << "output channel is closed";
                      failed = true;
                    }
                  }),
             recv(After(20 * Second),
                  [&] {
                    ADD_FAILURE() << "failed to read work, iteration " << i;
                    failed = true;
                  }),
             recv(done, [&] {
               ADD_FAILURE() << "timer expired";
               failed = true;
             }));
    }
  }
  inQ.close();
  wg.Wait();
}

TEST(Time, TestTimerGC) {
  // No collector here: the handles count. What is forgotten must be free again all the same.
  const std::pair<const char*, void (*)()> what[] = {
      {"After", [] { After(Hour); }},
      {"Tick", [] { Tick(Hour); }},
      {"NewTimer", [] { NewTimer(Hour); }},
      {"NewTicker", [] { NewTicker(Hour); }},
      {"NewTimerStop", [] { NewTimer(Hour).Stop(); }},
      {"NewTickerStop", [] { NewTicker(Hour).Stop(); }},
  };
  for (auto& [name, f] : what) {
    constexpr size_t n = 10'000;
    f();
    size_t before = mallinfo2().uordblks;
    for (size_t i = 0; i < n; i++) f();
    size_t after = mallinfo2().uordblks;
    EXPECT_LT(after, before + n * 16) << name;
  }
}

// GODEBUG=asynctimerchan=n for timers that are made in a scope.
class AsyncTimerChan {
 public:
  explicit AsyncTimerChan(int n) { runtime::debug.asynctimerchan = n; }
  ~AsyncTimerChan() { runtime::debug.asynctimerchan = 0; }
};

// What testTimerChan wants of a timer, and of a ticker.
struct AnyTimer {
  std::function<bool()> Stop;
  std::function<bool(Duration)> Reset;
};

// No SCOPED_TRACE: GoogleTest keeps it with the thread, and a goroutine that has slept may be on another.
void testTimerChan(const AnyTimer& tim, RecvChan<Time> c, bool isTicker, bool synctimerchan) {
  const std::string which = std::string(isTicker ? " of a ticker" : " of a timer") + (synctimerchan ? "" : ", async");
  constexpr Duration sched = 10 * Millisecond;
  constexpr int tries = 100;
  constexpr int drainTries = 5;

  // One old value that may be in the channel, or on its way.
  auto drain1 = [&] {
    for (int i = 0; i < drainTries; i++) {
      if (c.try_recv()) return;
      Sleep(sched);
    }
  };
  // The old values that only an asynchronous channel may have: a ticker's can be one in the buffer and one more that
  // was about to be sent.
  auto drainAsync = [&] {
    if (synctimerchan) return;
    drain1();
    if (isTicker) drain1();
  };
  auto noTick = [&](int line) { EXPECT_FALSE(c.try_recv()) << "extra tick, line " << line; };
  auto assertTick = [&](int line) {
    if (c.try_recv()) return;
    for (int i = 0; i < tries; i++) {
      Sleep(sched);
      if (c.try_recv()) return;
    }
    ADD_FAILURE() << "missing tick, line " << line;
  };
  auto assertLen = [&](int line) {
    if (synctimerchan) {
      EXPECT_EQ(c.len(), 0u) << "line " << line << which;
      return;
    }
    for (int i = 0; i < tries && c.len() != 1; i++) Sleep(sched);
    EXPECT_EQ(c.len(), 1u) << "line " << line << which;
  };

  // Stopped when it is on no heap.
  tim.Stop();
  noTick(__LINE__);

  // Changed when it is on no heap.
  tim.Reset(10000 * Second);
  noTick(__LINE__);

  if (synctimerchan) {
    // Changed, and due.
    tim.Reset(1ns);
    Sleep(sched);
    EXPECT_EQ(c.len(), 0u);
    EXPECT_EQ(c.cap(), 0u);
    assertTick(__LINE__);
  } else {
    // Changed on the heap.
    tim.Reset(1ns);
    assertTick(__LINE__);
    Sleep(sched);
    tim.Reset(10000 * Second);
    drainAsync();
    noTick(__LINE__);

    // len sees a tick that comes at once, on the heap.
    tim.Reset(1ns);
    assertLen(__LINE__);
    assertTick(__LINE__);

    // And off it.
    tim.Stop();
    drainAsync();
    tim.Reset(1ns);
    assertLen(__LINE__);
    assertTick(__LINE__);
  }

  // A ticker has ticked again; a reset must not bring that tick.
  Sleep(sched);
  tim.Reset(10000 * Second);
  drainAsync();
  noTick(__LINE__);

  auto notDone = [&](const Chan<bool>& done, int line) {
    EXPECT_FALSE(done.try_recv()) << "early done, line " << line << which;
  };
  auto closedOrSent = [](const Chan<bool>& done) {
    bool v;
    return done.try_recv(v) != TryRecv::Empty;
  };
  auto waitDone = [&](const Chan<bool>& done, int line) {
    for (int i = 0; i < tries; i++) {
      Sleep(sched);
      if (closedOrSent(done)) return;
    }
    ADD_FAILURE() << "never got done, line " << line;
  };

  tim.Reset(10000 * Second);
  drainAsync();

  // On the heap, for a goroutine waits.
  Chan<bool> done(0);
  notDone(done, __LINE__);
  go([=] {
    c.recv();
    done.close();
  });
  Sleep(sched);
  notDone(done, __LINE__);

  // To far away.
  tim.Reset(20000 * Second);
  Sleep(sched);
  notDone(done, __LINE__);

  // To now.
  tim.Reset(1ns);
  waitDone(done, __LINE__);

  // A ticker has ticked again, a timer has not.
  if (isTicker) {
    assertTick(__LINE__);
  } else {
    noTick(__LINE__);
  }

  tim.Stop();
  drainAsync();
  noTick(__LINE__);

  // Two goroutines wait, in selects.
  tim.Reset(10000 * Second);
  drainAsync();
  done = Chan<bool>(2);
  Chan<bool> done1(0);
  Chan<bool> done2(0);
  Chan<bool> stop(0);
  for (Chan<bool> mine : {done1, done2}) {
    go([=] {
      select(recv(c, [&] { done.send(true); }), recv(stop));
      mine.close();
    });
  }
  Sleep(sched);
  notDone(done, __LINE__);
  tim.Reset(sched / 2);
  Sleep(sched);
  waitDone(done, __LINE__);
  tim.Stop();
  stop.close();
  waitDone(done1, __LINE__);
  waitDone(done2, __LINE__);
  if (isTicker) {
    // A second tick may have come to the second goroutine, and a third one into the channel.
    done.try_recv();
    c.try_recv();
  }
  notDone(done, __LINE__);

  // Waited for while it is stopped.
  stop = Chan<bool>(0);
  done = Chan<bool>(2);
  for (int i = 0; i < 2; i++) {
    go([=] {
      select(recv(c, [] { panic("unexpected data"); }), recv(stop));
      done.send(true);
    });
  }
  Sleep(sched);
  stop.close();
  waitDone(done, __LINE__);
  waitDone(done, __LINE__);

  // Stop and Reset keep old values from being received.
  if (synctimerchan) {
    tim.Reset(1ns);
    Sleep(10 * Millisecond);
    EXPECT_TRUE(tim.Stop());
    noTick(__LINE__);

    tim.Reset(Hour);
    noTick(__LINE__);
    EXPECT_TRUE(tim.Reset(1ns));
    assertTick(__LINE__);
    Sleep(10 * Millisecond);
    if (isTicker) {
      assertTick(__LINE__);
      Sleep(10 * Millisecond);
    } else {
      noTick(__LINE__);
    }
    EXPECT_EQ(tim.Reset(Hour), isTicker);
    noTick(__LINE__);
  }
}

TEST(Time, TestChan) {
  for (int mode : {0, 1, 2}) {
    AsyncTimerChan async(mode);
    {
      Timer t = NewTimer(10000 * Second);
      testTimerChan({[=] { return t.Stop(); }, [=](Duration d) { return t.Reset(d); }}, t.C, false, mode == 0);
    }
    {
      Ticker t = NewTicker(10000 * Second);
      auto stopped = std::make_shared<bool>(false);
      testTimerChan({[=] {
                       t.Stop();
                       return !std::exchange(*stopped, true);
                     },
                     [=](Duration d) {
                       t.Reset(d);
                       return !std::exchange(*stopped, false);
                     }},
                    t.C, true, mode == 0);
      t.Stop();
    }
  }
}

TEST(Time, TestManualTicker) {
  Ticker tick;
  tick.C = Chan<Time>(0);
  tick.Stop();
}

// Whoever reads late gets the moment that the timer was due all the same. Ten failures in a row count.
void testTimes(const std::function<RecvChan<Time>()>& make) {
  for (int i = 0; i < 10; i++) {
    Time start = Now();
    RecvChan<Time> c = make();
    Sleep(500 * Millisecond);
    if (*c.recv() - start < 400 * Millisecond) return;
  }
  ADD_FAILURE() << "not working";
}

TEST(Time, TestAfterTimes) {
  testTimes([] { return After(10 * Millisecond); });
}

TEST(Time, TestTickTimes) {
  testTimes([] { return Tick(10 * Millisecond); });
}

}  // namespace
}  // namespace gort::time
