// The heaps of timers, with what once went wrong in them: see docs/cases.md, "Timers and idle Ps". Go's own
// time_test.go is about the playground's clock and about a layout; docs/port-map.md says why it is not told. What Go
// tests through package time is in time/sleep_test.cc and time/tick_test.cc.
#include "runtime/time.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/proc_decl.h"

namespace {

namespace time = gort::time;
using namespace std::chrono_literals;
using gort::go;
using gort::tests::Procs;

// Keeps a processor busy, and calls nothing that could be taken for a point to look at timers.
void spinUntil(const std::atomic<bool>& stop) {
  while (!stop.load(std::memory_order_relaxed)) {
  }
}

// A heap of its own, whose timers count and do nothing else.
struct Heap {
  runtime::timers ts;
  std::vector<std::unique_ptr<runtime::timer>> all;

  runtime::timer* add(runtime::int64 when) {
    all.push_back(std::make_unique<runtime::timer>());
    runtime::timer* t = all.back().get();
    t->init([](runtime::eface, runtime::uintptr, runtime::int64) {}, {});
    t->when = when;
    t->state = runtime::timerHeaped;
    runtime::systemstack([&] {
      ts.lock();
      ts.addHeap(t);
      t->astate.Store(t->state);
      ts.unlock();
    });
    return t;
  }
  void check(runtime::int64 now, runtime::timers::check_result* r) {
    runtime::systemstack([&] { *r = ts.check(now); });
  }
  ~Heap() { delete[] ts.heap.array; }
};

TEST(Timers, TheHeapGivesThemInOrder) {
  std::mt19937 random(1);
  Heap h;
  std::vector<runtime::int64> whens;
  for (int i = 0; i < 1000; i++) whens.push_back(1 + static_cast<runtime::int64>(random() % 500));
  for (runtime::int64 w : whens) h.add(w);
  std::sort(whens.begin(), whens.end());
  EXPECT_EQ(h.ts.length(), whens.size());
  h.ts.lock();
  h.ts.verify();
  h.ts.unlock();
  for (size_t i = 0; i < whens.size();) {
    EXPECT_EQ(h.ts.wakeTime(), whens[i]);
    // All of one moment at once, and no others.
    runtime::timers::check_result r;
    h.check(whens[i], &r);
    EXPECT_TRUE(r.ran);
    EXPECT_EQ(r.now, whens[i]);
    size_t next = i;
    while (next < whens.size() && whens[next] == whens[i]) next++;
    EXPECT_EQ(h.ts.length(), whens.size() - next);
    EXPECT_EQ(r.pollUntil, next < whens.size() ? whens[next] : 0);
    i = next;
  }
  EXPECT_EQ(h.ts.wakeTime(), 0);
}

TEST(Timers, MarkedOnesMoveAndGo) {
  Heap h;
  runtime::timer* a = h.add(100);
  runtime::timer* b = h.add(200);
  runtime::timer* c = h.add(300);
  EXPECT_EQ(h.ts.wakeTime(), 100);

  // Later and earlier: the sleeper must know of the earlier one at once, the heap when somebody looks.
  EXPECT_TRUE(c->modify(50, 0, nullptr, {}, 0));
  EXPECT_EQ(h.ts.wakeTime(), 50);
  EXPECT_EQ(h.ts.minWhenHeap.Load(), 100);
  EXPECT_TRUE(a->modify(400, 0, nullptr, {}, 0));
  runtime::timers::check_result r;
  h.check(60, &r);
  EXPECT_TRUE(r.ran);
  EXPECT_EQ(r.pollUntil, 200);
  EXPECT_EQ(h.ts.heaplen(), 2);
  EXPECT_EQ(c->ts, nullptr);
  // The bound of the changed times is no more, or sleepers would wake for it for ever (51654).
  EXPECT_EQ(h.ts.wakeTime(), 200);

  // Stopped: a mark, until its time would have come; then it goes, and does not run.
  EXPECT_TRUE(b->stop());
  EXPECT_FALSE(b->stop());
  EXPECT_EQ(h.ts.zombies.Load(), 1);
  EXPECT_EQ(h.ts.heaplen(), 2);
  h.check(200, &r);
  EXPECT_FALSE(r.ran);
  EXPECT_EQ(r.pollUntil, 400);
  EXPECT_EQ(h.ts.zombies.Load(), 0);
  EXPECT_EQ(h.ts.heaplen(), 1);

  // Stopped and started again before anybody saw the mark.
  EXPECT_TRUE(a->stop());
  EXPECT_FALSE(a->modify(500, 0, nullptr, {}, 0));
  EXPECT_EQ(h.ts.zombies.Load(), 0);
  h.check(450, &r);
  EXPECT_EQ(r.pollUntil, 500);
  h.check(500, &r);
  EXPECT_TRUE(r.ran);
  EXPECT_EQ(h.ts.wakeTime(), 0);
}

TEST(Timers, APeriodKeepsItsBeatAndDoesNotOverflow) {
  Heap h;
  runtime::timer* t = h.add(100);
  t->period = 10;
  runtime::timers::check_result r;
  h.check(100, &r);
  EXPECT_EQ(r.pollUntil, 110);
  // Late by more than three periods: one call, then the next time of the row.
  h.check(145, &r);
  EXPECT_TRUE(r.ran);
  EXPECT_EQ(r.pollUntil, 150);
  t->period = INT64_MAX - 10;
  h.check(150, &r);
  EXPECT_EQ(r.pollUntil, runtime::maxWhen);
}

TEST(Timers, AnotherHeapTakesThem) {
  Heap h;
  Heap other;
  h.add(30);
  runtime::timer* stopped = h.add(10);
  runtime::timer* moved = h.add(20);
  stopped->stop();
  moved->modify(40, 0, nullptr, {}, 0);
  runtime::worldStop w = runtime::stopTheWorld(runtime::stwGOMAXPROCS);
  other.ts.take(&h.ts);
  runtime::startTheWorld(w);
  EXPECT_EQ(h.ts.length(), 0u);
  EXPECT_EQ(h.ts.wakeTime(), 0);
  EXPECT_EQ(other.ts.length(), 2u);
  EXPECT_EQ(other.ts.wakeTime(), 30);
  EXPECT_EQ(stopped->ts, nullptr);
  runtime::timers::check_result r;
  other.check(30, &r);
  EXPECT_EQ(r.pollUntil, 40);
  other.check(40, &r);
  EXPECT_EQ(other.ts.length(), 0u);
}

// Sleepers and timers on one heap, with marks among them: in the order of their times, and each once.
TEST(Timers, SleepersAndTimersTakeTurns) {
  Procs procs(1);
  gort::Chan<int> order(300);
  for (int i = 0; i < 100; i++) {
    go([=] {
      time::Sleep(20ms + i * 30us);
      order.send(3 * i);
    });
    // On the heap as well, for somebody waits.
    go([=] {
      time::Timer t = time::NewTimer(1h);
      t.Reset(20ms + i * 30us + 10us);
      t.C.recv();
      order.send(3 * i + 1);
    });
    time::Timer dropped = time::AfterFunc(20ms + i * 30us + 20us, [=] { order.send(-1); });
    dropped.Stop();
  }
  gort::Gosched();
  std::vector<int> seen;
  for (int i = 0; i < 200; i++) seen.push_back(*order.recv());
  time::Sleep(30ms);
  EXPECT_EQ(order.len(), 0u);
  std::sort(seen.begin(), seen.end());
  for (int i = 0; i < 200; i++) EXPECT_EQ(seen[static_cast<size_t>(i)], i / 2 * 3 + i % 2);
}

// In which order n sleepers of one heap wake that are all due when somebody looks.
std::vector<int> wakeOrder(int n) {
  gort::Chan<int> order(n);
  runtime::int64 base = runtime::nanotime() + 20'000'000;
  for (int i = 0; i < n; i++) {
    go([=] {
      int slot = i * 37 % n;
      runtime::timeSleep(base + slot * 1000 - runtime::nanotime());
      order.send(slot);
    });
  }
  for (int i = 0; i < n; i++) gort::Gosched();
  while (runtime::nanotime() < base + 2'000'000) {
  }
  std::vector<int> seen;
  for (int i = 0; i < n; i++) seen.push_back(*order.recv());
  return seen;
}

TEST(Timers, SleepersWakeInOrder) {
  // The last one readied runs first (runnext), the others in order. A thread that the system holds up may let some of
  // them go before the others are asleep: once of ten times it goes well.
  Procs procs(1);
  constexpr int n = 100;
  bool inOrder = false;
  for (int round = 0; round < 10 && !inOrder; round++) {
    std::vector<int> seen = wakeOrder(n);
    inOrder = seen[0] == n - 1 && std::is_sorted(seen.begin() + 1, seen.end());
    std::sort(seen.begin(), seen.end());
    for (int i = 0; i < n; i++) EXPECT_EQ(seen[static_cast<size_t>(i)], i);
  }
  EXPECT_TRUE(inOrder);
}

// Stopped timers in the middle of a heap go when there are many, though nobody meets them at its ends.
TEST(Timers, ManyStoppedOnesAreCleared) {
  Procs procs(1);
  auto heaplen = [] { return runtime::getg()->m->p.ptr()->timers.heaplen(); };
  constexpr int n = 4000;
  runtime::intptr before = heaplen();
  std::vector<time::Timer> all;
  for (int i = 0; i < n; i++) all.push_back(time::AfterFunc(1h + i * 1s, [] {}));
  EXPECT_GE(heaplen(), before + n);
  for (int i = 0; i < n; i += 2) all[static_cast<size_t>(i)].Stop();
  for (int i = 0; i < 3; i++) time::Sleep(1ms);
  EXPECT_LE(heaplen(), before + n / 2 + n / 8);
  for (int i = 1; i < n; i += 2) EXPECT_TRUE(all[static_cast<size_t>(i)].Stop());
}

// A channel's timer is on a heap while somebody waits, and no longer.
TEST(Timers, AChannelsTimerLeavesTheHeapWithItsWaiters) {
  Procs procs(1);
  time::Timer tm = time::NewTimer(1h);
  runtime::timer* t = gort::internal::ChanAccess::get(tm.C)->timer;
  EXPECT_EQ(t->ts, nullptr);
  bool seen = false;
  go([&] {
    t->lock();
    seen = t->ts != nullptr;
    t->unlock();
  });
  gort::select(gort::recv(tm.C), gort::recv(time::After(5ms)));
  EXPECT_TRUE(seen);
  auto onHeap = [t] {
    t->lock();
    bool on = t->ts != nullptr;
    t->unlock();
    return on;
  };
  for (int i = 0; i < 1000 && onHeap(); i++) time::Sleep(1ms);
  EXPECT_FALSE(onHeap());
  EXPECT_TRUE(tm.Stop());
}

// A send of a channel's timer has been decided, and then somebody stops or resets the timer: who of the two comes first
// to the send's lock, the lock knows. Either the value can be received, or the other says that it came in time.
TEST(Timers, AStopMeetsASend) {
  Procs procs(4);
  for (int round = 0; round < 200; round++) {
    const bool reset = round % 2 == 1;
    time::Timer tm = time::NewTimer(1ns);
    runtime::timer* t = gort::internal::ChanAccess::get(tm.C)->timer;
    std::atomic<bool> held{false};
    std::atomic<bool> stopping{false};
    gort::Chan<bool> received(1);
    gort::Chan<bool> stopped(1);
    gort::Chan<void> released(1);
    go([&, released] {
      runtime::lock(&t->sendLock);
      held = true;
      while (t->isSending.Load() == 0 || !stopping) {
      }
      runtime::int64 start = runtime::nanotime();
      while (runtime::nanotime() - start < 20'000) {
      }
      runtime::unlock(&t->sendLock);
      released.send();
    });
    while (!held) gort::Gosched();
    go([&, received] { received.send(tm.C.try_recv().has_value()); });
    while (t->isSending.Load() == 0) gort::Gosched();
    go([&, stopped] {
      stopping = true;
      stopped.send(reset ? tm.Reset(1h) : tm.Stop());
    });
    EXPECT_NE(*stopped.recv(), *received.recv()) << (reset ? "Reset" : "Stop") << ", round " << round;
    EXPECT_FALSE(tm.C.try_recv().has_value()) << "an old value, round " << round;
    released.recv();
  }
}

// GOMAXPROCS shrinks and grows while goroutines sleep on every P: none is lost with its P's heap.
TEST(Timers, SleepersOutliveTheirPs) {
  Procs procs(8);
  gort::sync::WaitGroup wg;
  constexpr int n = 400;
  wg.Add(n);
  for (int i = 0; i < n; i++) {
    go([&, i] {
      for (int k = 0; k < 10; k++) time::Sleep((i % 10 + 1) * 100us);
      wg.Done();
    });
  }
  for (int i = 0; i < 40; i++) {
    gort::GOMAXPROCS(i % 2 == 0 ? 1 + i % 3 : 8);
    time::Sleep(200us);
  }
  wg.Wait();
}

// 38860: the P that a timer was started on does not look at it, for its goroutine never ends; an idle P does. With no
// limit on how late, but without it the timer fires never.
TEST(Cases, Issue38860TimersOfABusyP) {
  Procs procs(4);
  for (int round = 0; round < 20; round++) {
    std::atomic<bool> fired{false};
    time::AfterFunc(1ms, [&] { fired = true; });
    spinUntil(fired);
  }
}

// 38860, the other half: all threads but one sleep in the poller, until a time that is far off, when a timer is
// started: they must learn of it.
TEST(Cases, Issue38860ATimerWakesThePoller) {
  Procs procs(2);
  time::Timer far = time::NewTimer(1h);
  gort::sync::WaitGroup wg;
  wg.Add(1);
  go([&] {  // keeps the far timer on a heap
    gort::select(gort::recv(far.C), gort::recv(time::After(200ms)));
    wg.Done();
  });
  for (int round = 0; round < 20; round++) {
    time::Sleep(3ms);  // the others fall asleep
    std::atomic<bool> fired{false};
    time::AfterFunc(1ms, [&] { fired = true; });
    spinUntil(fired);
  }
  wg.Wait();
}

// 38119: timers that are reset all the time, by goroutines that run all the time, keep neither the others nor
// themselves from firing.
TEST(Cases, Issue38119FrequentResets) {
  Procs procs(2);
  std::atomic<bool> stop{false};
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 4; i++) {
    wg.Add(1);
    go([&] {
      time::Timer t = time::AfterFunc(1h, [] {});
      while (!stop) {
        for (int k = 0; k < 100; k++) t.Reset((k % 2 + 1) * 1h);
        gort::Gosched();
      }
      t.Stop();
      wg.Done();
    });
  }
  for (int i = 0; i < 20; i++) time::After(1ms).recv();
  stop = true;
  wg.Wait();
}

// 51654, 47329: of many timers far away one is made earlier, again and again; each time it fires, and the others stay.
TEST(Cases, Issue51654ModifiedEarlier) {
  std::vector<time::Timer> far;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 2000; i++) far.push_back(time::AfterFunc(1h + i * 1s, [&] { wrong++; }));
  gort::Chan<int> c(0);
  for (int i = 0; i < 200; i++) {
    time::Timer t = time::AfterFunc(2h, [=] { c.send(i); });
    t.Reset(3h);
    t.Reset(i % 3 == 0 ? 0us : 50us);
    EXPECT_EQ(c.recv(), i);
  }
  EXPECT_EQ(wrong, 0);
  for (time::Timer& t : far) EXPECT_TRUE(t.Stop());
}

// 44343: sleeps of less than the poller's millisecond end, each of them, at any number of Ps.
TEST(Cases, Issue44343ShortSleeps) {
  for (int n : {1, 2, 4}) {
    Procs procs(n);
    gort::sync::WaitGroup wg;
    for (int i = 0; i < 10; i++) {
      wg.Add(1);
      go([&, i] {
        for (int k = 0; k < 20; k++) {
          time::Time start = time::Now();
          time::Sleep((i + 1) * 20us);
          EXPECT_GE(time::Since(start), (i + 1) * 20us);
        }
        wg.Done();
      });
    }
    wg.Wait();
  }
}

// timerpMask: a P that went idle without timers is skipped by thieves until it may have some again; one that gets its
// first timer and is then kept busy must not be skipped.
TEST(Cases, TimersOfAPThatHadNone) {
  Procs procs(3);
  for (int round = 0; round < 20; round++) {
    time::Sleep(100us);
    gort::sync::WaitGroup wg;
    for (int i = 0; i < 2; i++) {
      wg.Add(1);
      go([&] {
        std::atomic<bool> fired{false};
        time::AfterFunc(100us, [&] { fired = true; });
        spinUntil(fired);
        wg.Done();
      });
    }
    wg.Wait();
  }
}

}  // namespace
