// The tests of Go's sync/cond_test.go.
#include <cstring>
#include <memory>
#include <vector>

#include "gort.h"
#include "gtest/gtest.h"

namespace {

using gort::Chan;
using gort::sync::Cond;
using gort::sync::Mutex;

TEST(Sync, TestCondSignal) {
  Mutex m;
  Cond c(m);
  int n = 2;
  Chan<bool> running(n), awake(n);
  for (int i = 0; i < n; i++) {
    gort::go([&, running, awake] {
      m.Lock();
      running.send(true);
      c.Wait();
      awake.send(true);
      m.Unlock();
    });
  }
  for (int i = 0; i < n; i++) running.recv();
  for (; n > 0; n--) {
    ASSERT_FALSE(awake.try_recv()) << "goroutine not asleep";
    m.Lock();
    c.Signal();
    m.Unlock();
    awake.recv();  // blocks for ever if none wakes up
    ASSERT_FALSE(awake.try_recv()) << "too many goroutines awake";
  }
  c.Signal();
}

TEST(Sync, TestCondSignalGenerations) {
  Mutex m;
  Cond c(m);
  const int n = 100;
  Chan<bool> running(n);
  Chan<int> awake(n);
  for (int i = 0; i < n; i++) {
    gort::go([&, running, awake, i] {
      m.Lock();
      running.send(true);
      c.Wait();
      awake.send(i);
      m.Unlock();
    });
    if (i > 0) {
      ASSERT_EQ(*awake.recv(), i - 1) << "wrong goroutine woke up";
    }
    running.recv();
    m.Lock();
    c.Signal();
    m.Unlock();
  }
  awake.recv();
}

TEST(Sync, TestCondBroadcast) {
  Mutex m;
  Cond c(m);
  const int n = 200;
  Chan<int> running(n), awake(n);
  bool exit = false;
  for (int i = 0; i < n; i++) {
    gort::go([&, running, awake, i] {
      m.Lock();
      while (!exit) {
        running.send(i);
        c.Wait();
        awake.send(i);
      }
      m.Unlock();
    });
  }
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) running.recv();  // blocks for ever unless n run
    if (i == n - 1) {
      m.Lock();
      exit = true;
      m.Unlock();
    }
    ASSERT_FALSE(awake.try_recv()) << "goroutine not asleep";
    m.Lock();
    c.Broadcast();
    m.Unlock();
    std::vector<bool> seen(n);
    for (int j = 0; j < n; j++) {
      int g = *awake.recv();
      ASSERT_FALSE(seen[static_cast<std::size_t>(g)]) << "goroutine woke up twice";
      seen[static_cast<std::size_t>(g)] = true;
    }
  }
  ASSERT_FALSE(running.try_recv()) << "goroutine did not exit";
  c.Broadcast();
  // The last may still be giving the mutex back.
  m.Lock();
  m.Unlock();
}

TEST(Sync, TestRace) {
  int x = 0;
  Mutex m;
  Cond c(m);
  Chan<bool> done(0);
  gort::go([&, done] {
    c.L.Lock();
    x = 1;
    c.Wait();
    EXPECT_EQ(x, 2);
    x = 3;
    c.Signal();
    c.L.Unlock();
    done.send(true);
  });
  gort::go([&, done] {
    c.L.Lock();
    for (;;) {
      if (x == 1) {
        x = 2;
        c.Signal();
        break;
      }
      c.L.Unlock();
      gort::Gosched();
      c.L.Lock();
    }
    c.L.Unlock();
    done.send(true);
  });
  gort::go([&, done] {
    c.L.Lock();
    for (;;) {
      if (x == 2) {
        c.Wait();
        EXPECT_EQ(x, 3);
        break;
      }
      if (x == 3) break;
      c.L.Unlock();
      gort::Gosched();
      c.L.Lock();
    }
    c.L.Unlock();
    done.send(true);
  });
  for (int i = 0; i < 3; i++) done.recv();
}

TEST(Sync, TestCondSignalStealing) {
  for (int iters = 0; iters < 1000; iters++) {
    // Shared: the goroutines outlive an iteration.
    struct State {
      Mutex m;
      Cond cond{m};
      bool done = false;
    };
    auto s = std::make_shared<State>();

    Chan<void> ch(0);
    gort::go([=] {
      s->m.Lock();
      ch.send();
      s->cond.Wait();
      s->m.Unlock();
      ch.send();
    });
    ch.recv();
    s->m.Lock();
    s->m.Unlock();

    // The waiter holds a ticket by now, for it gave up the mutex after that. A broadcast races with a new waiter: the
    // new one may be told or not, the first one must be.
    gort::go([=] { s->cond.Broadcast(); });
    gort::go([=] {
      s->m.Lock();
      while (!s->done) s->cond.Wait();
      s->m.Unlock();
    });

    ch.recv();

    // In case that the second missed the broadcast.
    s->m.Lock();
    s->done = true;
    s->m.Unlock();
    s->cond.Broadcast();
  }
}

TEST(Sync, TestCondCopy) {
  Mutex m;
  Cond c(m);
  c.Signal();
  Cond c2(m);
  // C++ does not let c2 = c pass; its bytes do not ask.
  std::memcpy(static_cast<void*>(&c2), static_cast<const void*>(&c), sizeof c);
  try {
    c2.Signal();
    FAIL() << "sync.Cond was copied, and nobody said so";
  } catch (const gort::PanicValue& err) {
    EXPECT_STREQ(err.what(), "sync.Cond is copied");
  }
}

// Ways of C++ to say the same.
TEST(SyncMore, CondWaitsForAPredicate) {
  gort::sync::RWMutex rw;
  Cond readers(rw.RLocker());
  Chan<int> c(0);
  int value = 0;
  gort::go([&] {
    rw.RLock();
    readers.Wait([&] { return value == 3; });
    rw.RUnlock();
    c.send(value);
  });
  for (int i = 1; i <= 3; i++) {
    gort::Gosched();
    rw.Lock();
    value = i;
    rw.Unlock();
    readers.Broadcast();
  }
  EXPECT_EQ(c.recv(), 3);
}

}  // namespace
