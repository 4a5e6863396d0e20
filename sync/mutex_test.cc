// The tests of Go's sync/mutex_test.go.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/proc_decl.h"
#include "runtime/sema.h"
#include "sync/testing.h"
#include "time/sleep.h"

namespace {

using gort::Chan;
using gort::sync::Mutex;
using gort::sync::RWMutex;
using gort::sync::testing::runSelf;
using namespace std::chrono_literals;

void HammerSemaphore(std::uint32_t* s, int loops, Chan<bool> cdone) {
  for (int i = 0; i < loops; i++) {
    runtime::sync_runtime_Semacquire(s);
    runtime::sync_runtime_Semrelease(s, false, 0);
  }
  cdone.send(true);
}

TEST(Sync, TestSemaphore) {
  std::uint32_t s = 1;
  Chan<bool> c(0);
  for (int i = 0; i < 10; i++) gort::go(HammerSemaphore, &s, 1000, c);
  for (int i = 0; i < 10; i++) c.recv();
  EXPECT_EQ(s, 1u);
}

void HammerMutex(Mutex* m, int* held, int loops, Chan<bool> cdone) {
  auto alone = [&] {
    EXPECT_EQ(++*held, 1);
    --*held;
  };
  for (int i = 0; i < loops; i++) {
    if (i % 3 == 0) {
      if (m->TryLock()) {
        alone();
        m->Unlock();
      }
      continue;
    }
    m->Lock();
    alone();
    m->Unlock();
  }
  cdone.send(true);
}

TEST(Sync, TestMutex) {
  Mutex m;

  m.Lock();
  ASSERT_FALSE(m.TryLock()) << "TryLock succeeded with mutex locked";
  m.Unlock();
  ASSERT_TRUE(m.TryLock()) << "TryLock failed with mutex unlocked";
  m.Unlock();

  int held = 0;
  Chan<bool> c(0);
  for (int i = 0; i < 10; i++) gort::go(HammerMutex, &m, &held, 1000, c);
  for (int i = 0; i < 10; i++) c.recv();
}

const std::map<std::string, std::function<void()>>& misuseTests() {
  static const std::map<std::string, std::function<void()>> tests = {
      {"Mutex.Unlock",
       [] {
         Mutex mu;
         mu.Unlock();
       }},
      {"Mutex.Unlock2",
       [] {
         Mutex mu;
         mu.Lock();
         mu.Unlock();
         mu.Unlock();
       }},
      {"RWMutex.Unlock",
       [] {
         RWMutex mu;
         mu.Unlock();
       }},
      {"RWMutex.Unlock2",
       [] {
         RWMutex mu;
         mu.RLock();
         mu.Unlock();
       }},
      {"RWMutex.Unlock3",
       [] {
         RWMutex mu;
         mu.Lock();
         mu.Unlock();
         mu.Unlock();
       }},
      {"RWMutex.RUnlock",
       [] {
         RWMutex mu;
         mu.RUnlock();
       }},
      {"RWMutex.RUnlock2",
       [] {
         RWMutex mu;
         mu.Lock();
         mu.RUnlock();
       }},
      {"RWMutex.RUnlock3",
       [] {
         RWMutex mu;
         mu.RLock();
         mu.RUnlock();
         mu.RUnlock();
       }},
  };
  return tests;
}

TEST(Sync, TestMutexMisuse) {
  if (const char* name = std::getenv("GORT_MISUSE")) {
    try {
      misuseTests().at(name)();
    } catch (...) {
      // The mistake must not be a panic, which a program may outlive.
    }
    std::printf("test completed\n");
    gort::Exit(0);
  }
  for (const auto& [name, f] : misuseTests()) {
    auto [out, status] = runSelf("Sync.TestMutexMisuse", "GORT_MISUSE=" + name);
    EXPECT_EQ(status, 2) << name << "\n" << out;
    std::string text = "fatal error: sync: Unlock of unlocked RWMutex\n";
    if (name == "Mutex.Unlock" || name == "Mutex.Unlock2") {
      text = "fatal error: sync: unlock of unlocked mutex\n";
    } else if (name.find("RUnlock") != std::string::npos) {
      text = "fatal error: sync: RUnlock of unlocked RWMutex\n";
    }
    EXPECT_NE(out.find(text), std::string::npos) << name << ": " << out;
  }
}

TEST(Sync, TestMutexFairness) {
  Mutex mu;
  Chan<void> stop(0), stopped(0);
  gort::go([&mu, stop, stopped] {
    do {
      mu.Lock();
      gort::time::Sleep(100us);
      mu.Unlock();
    } while (stop.len() == 0 && gort::select(gort::recv(stop), gort::otherwise()) == 1);
    stopped.send();
  });
  Chan<bool> done(1);
  gort::go([&mu, done] {
    for (int i = 0; i < 10; i++) {
      gort::time::Sleep(100us);
      mu.Lock();
      mu.Unlock();
    }
    done.send(true);
  });
  auto tooLong = gort::time::After(10s);
  EXPECT_EQ(gort::select(gort::recv(done), gort::recv(tooLong)), 0u) << "can't acquire Mutex in 10 seconds";
  stop.close();
  stopped.recv();
}

// Starvation, step by step on one P. Two goroutines, W and then V, wait for a mutex; W for so long that, when it is
// woken and finds the mutex taken once more, it has the mode changed. Gives false if a preemption came in between, or
// if W was not scheduled yet: then nothing was seen.
bool starve(bool unlockPinned) {
  Mutex mu;
  Chan<char> order(3);
  auto waiter = [&mu, order](char name) {
    return [&mu, order, name] {
      mu.Lock();
      order.send(name);
      mu.Unlock();
    };
  };
  auto state = [&mu] {
    std::int32_t bits;
    std::memcpy(&bits, static_cast<const void*>(&mu), sizeof bits);
    return bits;
  };
  auto starving = [&] { return (state() & 4) != 0; };
  mu.Lock();
  gort::go(waiter('W'));
  while (state() >> 3 < 1) gort::Gosched();
  gort::go(waiter('V'));
  while (state() >> 3 < 2) gort::Gosched();
  gort::time::Sleep(2ms);
  mu.Unlock();  // W is runnable
  std::size_t waiters = 2;
  bool seen = mu.TryLock();
  if (seen) {
    for (int i = 0; i < 3 && !starving(); i++) gort::Gosched();
    seen = starving();
    if (!seen) {
      mu.Unlock();
    } else if (unlockPinned) {
      // Who holds a lock of the runtime's does not yield: the mutex is promised to W, and neither locked nor free.
      {
        runtime::fromProgram here;
        runtime::sync_runtime_procPin();
      }
      mu.Unlock();
      runtime::sync_runtime_procUnpin();
      EXPECT_FALSE(mu.TryLock()) << "a mutex that was promised to another was free";
      waiters++;
      gort::go(waiter('X'));  // comes before W, and must wait behind V
    } else {
      mu.Unlock();
      EXPECT_GE(order.len(), 1u) << "no hand-off: W has not run when Unlock returns";
    }
  }
  std::string got;
  for (std::size_t i = 0; i < waiters; i++) got += *order.recv();
  if (seen) {
    EXPECT_EQ(got, unlockPinned ? "WVX" : "WV");
    // The mode is over with the last that waited.
    while (!mu.TryLock()) {
      if (starving() && order.len() == 0) {
        for (int i = 0; i < 100; i++) gort::Gosched();
        EXPECT_FALSE(starving()) << "starving, and nobody waits";
        if (starving()) return true;
      }
      gort::Gosched();
    }
  } else {
    mu.Lock();  // the last may not be through with Unlock
  }
  mu.Unlock();
  return seen;
}

TEST(SyncMore, MutexStarvation) {
  gort::tests::Procs keep;
  gort::GOMAXPROCS(1);
  for (bool unlockPinned : {false, true}) {
    int seen = 0;
    for (int i = 0; i < 100 && seen < 3; i++) seen += starve(unlockPinned);
    EXPECT_EQ(seen, 3) << "W never starved";
  }
}

// The standard library's locks on top.
TEST(SyncMore, StandardLockGuards) {
  Mutex a, b;
  RWMutex rw;
  {
    std::lock_guard hold(a);
    EXPECT_FALSE(a.try_lock());
    std::unique_lock other(b, std::try_to_lock);
    EXPECT_TRUE(other.owns_lock());
  }
  {
    std::scoped_lock both(a, b);
    EXPECT_FALSE(a.TryLock());
    EXPECT_FALSE(b.TryLock());
  }
  {
    std::shared_lock one(rw);
    std::shared_lock two(rw, std::try_to_lock);
    EXPECT_TRUE(two.owns_lock());
    EXPECT_FALSE(rw.try_lock());
  }
  std::unique_lock write(rw);
  EXPECT_FALSE(rw.try_lock_shared());
}

// Two goroutines take two mutexes in opposite orders through std::scoped_lock, which backs off by try_lock.
TEST(SyncMore, ScopedLockDoesNotDeadlock) {
  Mutex a, b;
  int n = 0;
  gort::sync::WaitGroup wg;
  for (int g = 0; g < 4; g++) {
    wg.Add(1);
    gort::go([&, g] {
      for (int i = 0; i < 1000; i++) {
        if (g % 2 == 0) {
          std::scoped_lock both(a, b);
          n++;
        } else {
          std::scoped_lock both(b, a);
          n++;
        }
      }
      wg.Done();
    });
  }
  wg.Wait();
  EXPECT_EQ(n, 4000);
}

}  // namespace
