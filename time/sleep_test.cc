// Go's time/sleep_test.go, told in C++ under its names. Loops that are only stress are shorter; what is checked is not.
#include "time/sleep.h"

#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/proc_decl.h"
#include "runtime/time.h"

namespace gort::time {
namespace {

using namespace std::chrono_literals;
using sync::WaitGroup;
using gort::tests::Procs;

// What a collection does to the scheduler: everything stops.
void StopAndGo() { runtime::startTheWorld(runtime::stopTheWorld(runtime::stwGOMAXPROCS)); }

// What a number of goroutines share, for as long as the last of them lives.
template <class T>
std::shared_ptr<std::atomic<T>> shared(T v) {
  return std::make_shared<std::atomic<T>>(v);
}

// A Timer with a channel, but made of AfterFunc: without what is special about the timers of channels.
Timer newTimerFunc(Duration d) {
  Chan<Time> c(1);
  Timer t = AfterFunc(d, [c] { c.send(Now()); });
  t.C = c;
  return t;
}

using NewTimerFn = std::function<Timer(Duration)>;

TEST(Time, TestSleep) {
  static constexpr Duration delay = 100 * Millisecond;
  go([] {
    Sleep(delay / 2);
    kill(getpid(), SIGCHLD);
  });
  Time start = Now();
  Sleep(delay);
  EXPECT_GE(Since(start), delay);
}

TEST(Time, TestAfterFunc) {
  struct Chain : std::enable_shared_from_this<Chain> {
    int i = 10;
    Chan<bool> c{0};
    void f() {
      if (--i >= 0) {
        AfterFunc(0ns, [self = shared_from_this()] { self->f(); });
        Sleep(1 * Second);
      } else {
        c.send(true);
      }
    }
  };
  auto chain = std::make_shared<Chain>();
  AfterFunc(0ns, [chain] { chain->f(); });
  EXPECT_EQ(chain->c.recv(), true);
}

TEST(Time, TestTickerStress) {
  auto stop = shared(false);
  go([=] {
    while (!*stop) {
      StopAndGo();
      Sleep(Nanosecond);
    }
  });
  Ticker ticker = NewTicker(1ns);
  for (int i = 0; i < 100; i++) EXPECT_TRUE(ticker.C.recv().has_value());
  ticker.Stop();
  *stop = true;
}

TEST(Time, TestTickerConcurrentStress) {
  auto stop = shared(false);
  go([=] {
    while (!*stop) {
      StopAndGo();
      Sleep(Nanosecond);
    }
  });
  Ticker ticker = NewTicker(1ns);
  WaitGroup wg;
  for (int i = 0; i < 10; i++) {
    wg.Add(1);
    go([&, ticker] {
      for (int k = 0; k < 100; k++) ticker.C.recv();
      wg.Done();
    });
  }
  wg.Wait();
  ticker.Stop();
  *stop = true;
}

TEST(Time, TestAfterFuncStarvation) {
  // One of two goroutines that play ping-pong through a channel can always run, and yet AfterFunc's gets its turn.
  Procs procs(1);
  WaitGroup wg;
  auto stop = shared(false);
  Chan<bool> c(1);
  wg.Add(2);
  go([&wg, stop, c] {
    while (!*stop) c.send(true);
    c.close();
    wg.Done();
  });
  go([&wg, c] {
    for ([[maybe_unused]] bool v : c) {
    }
    wg.Done();
  });
  AfterFunc(1 * Microsecond, [stop] { *stop = true; });
  wg.Wait();
}

TEST(Time, TestAfter) {
  constexpr Duration delay = 100 * Millisecond;
  Time start = Now();
  Time end = *After(delay).recv();
  EXPECT_GE(Since(start), delay);
  EXPECT_GE(end, start + delay);
}

TEST(Time, TestAfterTick) {
  constexpr int count = 10;
  constexpr Duration delta = 10 * Millisecond;
  Time t0 = Now();
  for (int i = 0; i < count; i++) After(delta).recv();
  EXPECT_GE(Since(t0), delta * count * 9 / 10);
}

void testAfterStop(const NewTimerFn& newTimer) {
  // A timer is stopped before it runs, and has not run after a longer one. A slow machine may spoil that: only five
  // failures in a row count.
  std::string errors;
  for (int i = 0; i < 5; i++) {
    AfterFunc(100 * Millisecond, [] {});
    Timer t0 = newTimer(50 * Millisecond);
    Chan<bool> c1(1);
    Timer t1 = AfterFunc(150 * Millisecond, [c1] { c1.send(true); });
    RecvChan<Time> c2 = After(200 * Millisecond);
    if (!t0.Stop()) {
      errors += "failed to stop event 0\n";
      continue;
    }
    if (!t1.Stop()) {
      errors += "failed to stop event 1\n";
      continue;
    }
    c2.recv();
    if (t0.C.try_recv()) {
      errors += "event 0 was not stopped\n";
      continue;
    }
    if (c1.try_recv()) {
      errors += "event 1 was not stopped\n";
      continue;
    }
    if (t1.Stop()) {
      errors += "Stop returned true twice\n";
      continue;
    }
    return;
  }
  ADD_FAILURE() << errors;
}

TEST(Time, TestAfterStop) {
  testAfterStop([](Duration d) { return NewTimer(d); });
  testAfterStop(newTimerFunc);
}

std::string testAfterQueuing1(Duration delta, const std::function<RecvChan<Time>(Duration)>& after) {
  struct Result {
    int slot;
    Time t;
  };
  const std::vector<int> slots = {5, 3, 6, 6, 6, 1, 1, 2, 7, 9, 4, 8, 0};
  // With room for all: the order is not to depend on how a channel queues.
  Chan<Result> result(static_cast<std::ptrdiff_t>(slots.size()));
  Time t0 = Now();
  for (int slot : slots) {
    go([result, slot, ac = after(slot * delta)] { result.send(Result{slot, *ac.recv()}); });
  }
  std::vector<Result> got;
  for (size_t i = 0; i < slots.size(); i++) got.push_back(*result.recv());
  for (size_t i = 1; i < got.size(); i++) {
    if (got[i].slot < got[i - 1].slot) return "After calls returned out of order";
  }
  for (const Result& r : got) {
    Duration dt = r.t - t0;
    Duration target = r.slot * delta;
    if (dt < target - delta / 2 || dt > target + delta * 10) {
      return "After(" + std::to_string(target.count()) + "ns) arrived at " + std::to_string(dt.count()) + "ns";
    }
  }
  return "";
}

void testAfterQueuing(const std::function<RecvChan<Time>(Duration)>& after) {
  // As busy as a machine may be, with much time between the slots it goes well at some time.
  std::string error = "not tried";
  for (int i = 0; i < 5 && !error.empty(); i++) error = testAfterQueuing1((20 + i * 50) * Millisecond, after);
  EXPECT_EQ(error, "");
}

TEST(Time, TestAfterQueuing) {
  testAfterQueuing([](Duration d) { return After(d); });
  testAfterQueuing([](Duration d) { return newTimerFunc(d).C; });
}

TEST(Time, TestTimerStopStress) {
  auto late = shared(0);
  for (int i = 0; i < 100; i++) {
    go([=] {
      Timer timer = AfterFunc(2 * Second, [late] { ++*late; });
      Sleep(1 * Second);
      timer.Stop();
    });
  }
  Sleep(3 * Second);
  EXPECT_EQ(*late, 0);
}

TEST(Time, TestSleepZeroDeadlock) {
  // Sleep(0) must not leave a goroutine in the state of one that waits, for the world to stop over.
  Procs procs(4);
  Chan<bool> c(0);
  go([c] {
    for (int i = 0; i < 100; i++) StopAndGo();
    c.send(true);
  });
  for (int i = 0; i < 100; i++) {
    Sleep(0ns);
    Chan<bool> tmp(1);
    tmp.send(true);
    tmp.recv();
  }
  c.recv();
}

std::string testReset(Duration d) {
  Timer t0 = NewTimer(2 * d);
  Sleep(d);
  if (!t0.Reset(3 * d)) return "resetting unfired timer returned false";
  Sleep(2 * d);
  if (t0.C.try_recv()) return "timer fired early";
  Sleep(2 * d);
  if (!t0.C.try_recv()) return "reset timer did not fire";
  if (t0.Reset(50 * Millisecond)) return "resetting expired timer returned true";
  return "";
}

TEST(Time, TestReset) {
  std::string error;
  for (Duration d = 1 * Millisecond; d <= 10 * Second; d *= 2) {
    error = testReset(d);
    if (error.empty()) break;
  }
  EXPECT_EQ(error, "");
}

TEST(Time, TestOverflowSleep) {
  static constexpr Duration big = Duration::max();
  go([] {
    Sleep(big);
    panic("big sleep returned");
  });
  select(recv(After(big), [](Time) { ADD_FAILURE() << "big timeout fired"; }), recv(After(25 * Millisecond)));

  constexpr Duration neg = Duration::min();
  Sleep(neg);
  select(recv(After(neg)), recv(After(1 * Second), [](Time) { ADD_FAILURE() << "negative timeout didn't fire"; }));

  // The same for what no std::chrono::nanoseconds can hold.
  select(recv(After(std::chrono::hours::max()), [](Time) { ADD_FAILURE() << "very big timeout fired"; }),
         recv(After(0.025s)));
}

TEST(Time, TestIssue5745) {
  // A panic in one timer leaves no lock behind that another one would wait for.
  Ticker ticker = NewTicker(Hour);
  struct Stop {
    Ticker& ticker;
    ~Stop() { ticker.Stop(); }
  };
  EXPECT_THROW(
      {
        Stop stop{ticker};
        Timer().Stop();
      },
      Error);
}

TEST(Time, TestOverflowPeriodRuntimeTimer) {
  // A period so long that the next time overflows, and a first time that is now. A wrong next time is a throw; one that
  // spoils the heap may make others hang.
  runtime::ownedTimer* t = runtime::newTimer(
      runtime::nanotime(), INT64_MAX, [](runtime::eface, runtime::uintptr, runtime::int64) {}, {}, nullptr, nullptr);
  After(25 * Millisecond).recv();
  runtime::stopTimer(t);
  runtime::releaseTimer(t);
}

std::string whatOf(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Time, TestZeroTimerResetPanics) {
  Timer tr;
  EXPECT_EQ(whatOf([&] { tr.Reset(1ns); }), "time: Reset called on uninitialized Timer");
}

TEST(Time, TestZeroTimerStopPanics) {
  Timer tr;
  EXPECT_EQ(whatOf([&] { tr.Stop(); }), "time: Stop called on uninitialized Timer");
}

void testZeroTimer(const NewTimerFn& newTimer) {
  for (int i = 0; i < 20'000; i++) {
    Time s = Now();
    Timer ti = newTimer(0ns);
    ti.C.recv();
    if (Duration diff = Since(s); diff > 2 * Second) ADD_FAILURE() << "a zero timer took " << diff.count() << " ns";
  }
}

TEST(Time, TestZeroTimer) {
  testZeroTimer([](Duration d) { return NewTimer(d); });
  testZeroTimer(newTimerFunc);
  Timer timer = newTimerFunc(Hour);
  testZeroTimer([&](Duration d) {
    timer.Reset(d);
    return timer;
  });
}

TEST(Time, TestTimerModifiedEarlier) {
  const Duration past = -Duration(Now().UnixNano());
  std::vector<Timer> deadlines;
  for (int i = 0; i < 1000; i++) {
    Timer timer = newTimerFunc(Hour);
    for (int j = 0; j < 10; j++) {
      if (!timer.Stop()) timer.C.recv();
      timer.Reset(past);
    }

    Timer deadline = NewTimer(10 * Second);
    deadlines.push_back(deadline);
    Time now = Now();
    select(recv(timer.C,
                [&](Time) {
                  if (Duration since = Since(now); since > 8 * Second) ADD_FAILURE() << "timer took too long";
                }),
           recv(deadline.C, [](Time) { ADD_FAILURE() << "deadline expired"; }));
  }
  for (Timer& t : deadlines) t.Stop();
}

TEST(Time, TestAdjustTimers) {
  std::mt19937_64 random(static_cast<uint64_t>(Now().UnixNano()));
  std::vector<Timer> timers(100);
  std::vector<int> states(timers.size());
  std::vector<size_t> indices(timers.size());
  std::iota(indices.begin(), indices.end(), 0);
  std::shuffle(indices.begin(), indices.end(), random);

  while (!indices.empty()) {
    size_t ii = random() % indices.size();
    size_t i = indices[ii];
    Timer timer = timers[i];
    switch (int state = states[i]++) {
      case 0:
        timers[i] = newTimerFunc(0ns);
        break;
      case 1:
        timer.C.recv();  // idle now
        break;
      // Far away, to be stopped.
      case 2:
        ASSERT_FALSE(timer.Reset(1 * Minute));
        break;
      case 4:
        ASSERT_FALSE(timer.Reset(3 * Minute));
        break;
      case 6:
        ASSERT_FALSE(timer.Reset(2 * Minute));
        break;
      case 3:
      case 5:
      case 7:
        if (!timer.Stop()) timer.C.recv();
        break;
      // Due at once.
      case 8:
        ASSERT_FALSE(timer.Reset(0ns));
        break;
      case 9: {
        Time now = Now();
        timer.C.recv();
        Duration dur = Since(now);
        if (dur > 2 * Second) ADD_FAILURE() << "timer " << i << " took " << dur.count() << " ns to complete";
        break;
      }
      case 10:
        indices[ii] = indices.back();
        indices.pop_back();
        break;
      default:
        FAIL() << state;
    }
  }
}

// GODEBUG=asynctimerchan=n for timers that are made in a scope.
class AsyncTimerChan {
 public:
  explicit AsyncTimerChan(int n) { runtime::debug.asynctimerchan = n; }
  ~AsyncTimerChan() { runtime::debug.asynctimerchan = 0; }
};

// While a timer runs it is stopped or reset: the result must say whether there is a value to be received.
void testStopResetResult(bool testStop) {
  for (int mode : {0, 1, 2}) {
    AsyncTimerChan async(mode);
    auto stopOrReset = [testStop](const Timer& timer) { return testStop ? timer.Stop() : timer.Reset(1 * Hour); };
    Chan<void> start(0);
    WaitGroup wg;
    constexpr int n = 1000;
    wg.Add(n);
    for (int i = 0; i < n; i++) {
      go([&, start, stopOrReset] {
        start.recv();
        for (int j = 0; j < 10; j++) {
          Timer timer1 = NewTimer(1 * Millisecond);
          Timer timer2 = NewTimer(1 * Millisecond);
          // With a wrong result this waits for ever.
          select(recv(timer1.C,
                      [&] {
                        if (!stopOrReset(timer2)) timer2.C.recv();
                      }),
                 recv(timer2.C, [&] {
                   if (!stopOrReset(timer1)) timer1.C.recv();
                 }));
        }
        wg.Done();
      });
    }
    start.close();
    wg.Wait();
  }
}

TEST(Time, TestStopResult) { testStopResetResult(true); }

TEST(Time, TestResetResult) { testStopResetResult(false); }

TEST(Time, TestMultiWakeupTicker) {
  int goroutines = GOMAXPROCS(0);
  Ticker timer = NewTicker(Microsecond);
  WaitGroup wg;
  wg.Add(goroutines);
  for (int i = 0; i < goroutines; i++) {
    go([&] {
      for (int k = 0; k < 10'000; k++) select(recv(timer.C), recv(After(Millisecond)));
      wg.Done();
    });
  }
  wg.Wait();
}

TEST(Time, TestMultiWakeupTimer) {
  int goroutines = GOMAXPROCS(0);
  Timer timer = NewTimer(Nanosecond);
  WaitGroup wg;
  wg.Add(goroutines);
  for (int i = 0; i < goroutines; i++) {
    go([&] {
      for (int k = 0; k < 10'000; k++) {
        timer.C.try_recv();
        timer.Reset(Nanosecond);
      }
      wg.Done();
    });
  }
  wg.Wait();
}

// ---- What Go need not test: memory, and what C++ adds.

// Bytes in use once what timers leave to others is done: the schedulers clear stopped timers away, goroutines end.
size_t inUse() {
  for (int i = 0; i < 10; i++) Sleep(2 * Millisecond);
  return mallinfo2().uordblks;
}

TEST(TimeMemory, StoppedAndForgottenTimersAreFreed) {
  constexpr size_t n = 20'000;
  const std::pair<const char*, std::function<void()>> what[] = {
      {"AfterFunc, stopped", [] { AfterFunc(Hour, [] {}).Stop(); }},
      {"AfterFunc, reset and stopped",
       [] {
         Timer t = AfterFunc(Hour, [] {});
         t.Reset(2 * Hour);
         t.Stop();
       }},
      {"AfterFunc, fired",
       [] {
         Chan<void> c(0);
         AfterFunc(0ns, [c] { c.send(); });
         c.recv();
       }},
      {"NewTimer, fired", [] { NewTimer(0ns).C.recv(); }},
      {"NewTimer, waited for, stopped",
       [] {
         Timer t = NewTimer(Hour);
         select(recv(t.C), recv(After(0ns)));
         t.Stop();
       }},
  };
  for (auto& [name, f] : what) {
    for (int i = 0; i < 1000; i++) f();
    size_t before = inUse();
    for (size_t i = 0; i < n; i++) f();
    size_t after = inUse();
    // A timer takes more than 100 bytes. Heaps and goroutines may have grown, but not with each.
    EXPECT_LT(after, before + n * 25) << name;
  }
}

TEST(TimeMemory, TheFunctionEndsOnAGoroutineAndOnce) {
  struct Probe {
    std::shared_ptr<std::atomic<int>> ended = shared(0);
    std::shared_ptr<std::atomic<int>> elsewhere = shared(0);
    std::shared_ptr<void> make() {
      return std::shared_ptr<void>(nullptr, [ended = ended, elsewhere = elsewhere](void*) {
        ++*ended;
        if (Goid() == 0 || runtime::getg()->m->locks != 0) ++*elsewhere;  // a system stack, or under a lock
      });
    }
  };
  Probe probe;
  constexpr int n = 1000;
  for (int i = 0; i < n; i++) {
    auto p = probe.make();
    AfterFunc(0ns, [p] {});                           // fires, nobody holds it
    Timer held = AfterFunc(1 * Microsecond, [p] {});  // may fire while the handle goes
    Timer kept = AfterFunc(Hour, [p] {});             // pending, then stopped
    if (i % 2 == 0) Gosched();
    kept.Stop();
  }
  for (int i = 0; i < 1000 && *probe.ended < n; i++) Sleep(Millisecond);
  EXPECT_EQ(*probe.ended, n);
  EXPECT_EQ(*probe.elsewhere, 0);
}

TEST(TimeMemory, ATimerGoesWithItsChannel) {
  // The channel goes while the timer's send is under way, or before, or after.
  for (int i = 0; i < 2000; i++) {
    RecvChan<Time> c = After((i % 50) * Microsecond);
    go([c] { select(recv(c), recv(After(20 * Microsecond))); });
    if (i % 3 == 0) Sleep(10 * Microsecond);
  }
}

TEST(TimeCxx, DurationsOfEveryKind) {
  using internal::toDuration;
  EXPECT_EQ(toDuration(std::chrono::milliseconds(3)), 3'000'000ns);
  EXPECT_EQ(toDuration(std::chrono::duration<double>(0.5)), 500ms);
  EXPECT_EQ(toDuration(std::chrono::duration<float, std::milli>(0.25f)), 250us);
  EXPECT_EQ(toDuration(std::chrono::duration<int64_t, std::pico>(2500)), 2ns);
  EXPECT_EQ(toDuration(std::chrono::hours::max()), Duration::max());
  EXPECT_EQ(toDuration(std::chrono::hours::min()), Duration::min());
  EXPECT_EQ(toDuration(std::chrono::duration<double>(1e300)), Duration::max());
  EXPECT_EQ(toDuration(std::chrono::duration<double>(-1e300)), Duration::min());
  EXPECT_EQ(toDuration(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())), 0ns);
}

TEST(TimeCxx, TimeIsBothClocks) {
  Time t = Now();
  auto wall = std::chrono::system_clock::now();
  auto mono = std::chrono::steady_clock::now();
  EXPECT_LE(t.Steady(), mono);
  EXPECT_LT(mono - t.Steady(), std::chrono::minutes(1));
  EXPECT_LT(std::chrono::abs(wall - t.Wall()), std::chrono::minutes(1));
  // To the nanosecond, over some ticks of the system's and from one second of the wall clock's into the next.
  const auto next = std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now());
  Sleep(next - std::chrono::system_clock::now() - 15ms);
  while (std::chrono::system_clock::now() < next + 15ms) {
    const auto wallBefore = std::chrono::system_clock::now(), wallThen = Now().Wall();
    const auto wallAfter = std::chrono::system_clock::now();
    ASSERT_LE(wallBefore, wallThen);
    ASSERT_LE(wallThen, wallAfter);
    const auto monoBefore = std::chrono::steady_clock::now(), monoThen = Now().Steady();
    ASSERT_LE(monoBefore, monoThen);
    ASSERT_LE(monoThen, std::chrono::steady_clock::now());
  }
  EXPECT_EQ((t + 5ms) - t, 5ms);
  EXPECT_LT(t, t + 1ns);
  EXPECT_EQ((t + Duration::max()) - t, Duration::max() - (t - Time()));
}

TEST(TimeCxx, AfterFuncTakesWhatCanBeCalledAndMoved) {
  auto c = Chan<int>(0);
  AfterFunc(1ms, [c, p = std::make_unique<int>(7)] { c.send(*p); });
  EXPECT_EQ(c.recv(), 7);
  // Goexit ends the function's goroutine, and what it holds.
  auto token = std::make_shared<int>(0);
  std::weak_ptr<int> gone = token;
  AfterFunc(0ns, [c, t = std::move(token)] {
    struct Tell {
      Chan<int> c;
      ~Tell() { c.send(8); }
    } tell{c};
    Goexit();
  });
  EXPECT_EQ(c.recv(), 8);
  for (int i = 0; i < 1000 && !gone.expired(); i++) Sleep(Millisecond);
  EXPECT_TRUE(gone.expired());
}

}  // namespace
}  // namespace gort::time
