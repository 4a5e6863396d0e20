// The tests of Go's sync/pool_test.go. A collection is runtime::GC, which empties pools as Go's collector does.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/mgc_decl.h"
#include "runtime/proc_decl.h"
#include "sync/poolqueue.h"
#include "sync/testing.h"

namespace {

using gort::Chan;
using gort::sync::Pool;
using gort::sync::WaitGroup;
using gort::sync::internal::poolChain;
using gort::sync::internal::poolDequeue;

void pin() {
  runtime::fromProgram here;
  runtime::sync_runtime_procPin();
}

std::unique_ptr<std::string> str(const char* s) { return std::make_unique<std::string>(s); }
// What Get gave, in a form that can be compared.
std::string show(const std::unique_ptr<std::string>& p) { return p == nullptr ? "nil" : *p; }

TEST(Sync, TestPool) {
  Pool<std::string> p;
  ASSERT_EQ(show(p.Get()), "nil");

  // The goroutine stays on its P between Put and Get.
  pin();
  p.Put(str("a"));
  p.Put(str("b"));
  std::string got[] = {show(p.Get()), show(p.Get()), show(p.Get())};
  runtime::sync_runtime_procUnpin();
  EXPECT_EQ(got[0], "a");
  EXPECT_EQ(got[1], "b");
  EXPECT_EQ(got[2], "nil");

  // So many that they spill to where others can take them.
  for (int i = 0; i < 100; i++) p.Put(str("c"));
  // The victims live through one collection,
  runtime::GC();
  EXPECT_EQ(show(p.Get()), "c") << "after GC";
  // and not through another.
  runtime::GC();
  EXPECT_EQ(show(p.Get()), "nil") << "after second GC";
}

TEST(Sync, TestPoolNew) {
  int i = 0;
  Pool<int> p([&] { return std::make_unique<int>(++i); });
  ASSERT_EQ(*p.Get(), 1);
  ASSERT_EQ(*p.Get(), 2);

  pin();
  p.Put(std::make_unique<int>(42));
  int v = *p.Get();
  runtime::sync_runtime_procUnpin();
  EXPECT_EQ(v, 42);

  EXPECT_EQ(*p.Get(), 3);
}

struct Counted {
  explicit Counted(std::atomic<int>* fin) : fin(fin) {}
  ~Counted() { fin->fetch_add(1); }
  std::atomic<int>* fin;
};

void testPool(bool drain) {
  std::atomic<int> fin{0};
  Pool<Counted> p;
  const int N = 100;
  for (int t = 0; t < 3; t++) {
    fin.store(0);
    for (int i = 0; i < N; i++) p.Put(std::make_unique<Counted>(&fin));
    EXPECT_EQ(fin.load(), 0);
    if (drain) {
      for (int i = 0; i < N; i++) p.Get();
      // Another P may still hold a private object.
      EXPECT_GE(fin.load(), N - 1) << "on try " << t;
    }
    runtime::GC();
    runtime::GC();
    EXPECT_EQ(fin.load(), N) << "on try " << t;
  }
}

// What was taken out is held by nobody else.
TEST(Sync, TestPoolGC) { testPool(true); }

// A collection lets the rest go.
TEST(Sync, TestPoolRelease) { testPool(false); }

TEST(Sync, TestPoolStress) {
  const int P = 10;
  const int N = 100'000;
  Pool<int> p;
  Chan<bool> done(0);
  for (int i = 0; i < P; i++) {
    gort::go([&p, done] {
      std::unique_ptr<int> v = std::make_unique<int>(0);
      for (int j = 0; j < N; j++) {
        if (v == nullptr) v = std::make_unique<int>(0);
        p.Put(std::move(v));
        v = p.Get();
        if (v != nullptr && *v != 0) {
          ADD_FAILURE() << "expect 0, got " << *v;
          break;
        }
      }
      done.send(true);
    });
  }
  for (int i = 0; i < P; i++) done.recv();
}

// Either queue. The values are addresses in an array of counters.
template <class Queue, class Push>
void testPoolDequeue(Queue& d, Push push) {
  const int P = 10;
  const int N = 200'000;
  std::vector<std::atomic<int>> have(N);
  std::atomic<bool> stop{false};
  WaitGroup wg;
  auto record = [&](void* val) {
    auto* count = static_cast<std::atomic<int>*>(val);
    count->fetch_add(1);
    if (count == &have[N - 1]) stop.store(true);
  };

  for (int i = 1; i < P; i++) {
    wg.Add(1);
    gort::go([&] {
      int fail = 0;
      while (!stop.load()) {
        if (void* val = d.popTail()) {
          fail = 0;
          record(val);
        } else if (++fail % 100 == 0) {
          gort::Gosched();
        }
      }
      wg.Done();
    });
  }

  int nPopHead = 0;
  wg.Add(1);
  gort::go([&] {
    for (int j = 0; j < N; j++) {
      while (!push(&have[static_cast<std::size_t>(j)])) gort::Gosched();
      if (j % 10 == 0) {
        if (void* val = d.popHead()) {
          nPopHead++;
          record(val);
        }
      }
    }
    wg.Done();
  });
  wg.Wait();

  for (int i = 0; i < N; i++) ASSERT_EQ(have[static_cast<std::size_t>(i)].load(), 1) << "have[" << i << "]";
  EXPECT_NE(nPopHead, 0) << "popHead never succeeded";
}

TEST(Sync, TestPoolDequeue) {
  // The indexes overflow soon.
  poolDequeue d(16, ~std::uint32_t{0} - 500);
  testPoolDequeue(d, [&](void* v) { return d.pushHead(v); });
}

TEST(Sync, TestPoolChain) {
  poolChain d;
  testPoolDequeue(d, [&](void* v) {
    d.pushHead(v);
    return true;
  });
}

// GOMAXPROCS grows while a pool is in use: its array is made anew; nothing is lost for good.
TEST(SyncMore, PoolOutgrown) {
  gort::tests::Procs keep;
  gort::GOMAXPROCS(1);
  std::atomic<int> fin{0};
  {
    Pool<Counted> p;
    for (int i = 0; i < 10; i++) p.Put(std::make_unique<Counted>(&fin));
    gort::GOMAXPROCS(8);
    WaitGroup wg;
    for (int g = 0; g < 8; g++) {
      wg.Add(1);
      gort::go([&] {
        for (int i = 0; i < 1000; i++) {
          p.Put(std::make_unique<Counted>(&fin));
          gort::Gosched();
        }
        wg.Done();
      });
    }
    wg.Wait();
  }
  EXPECT_EQ(fin.load(), 8010);
}

// Collections while pools are used, made and destroyed.
TEST(SyncMore, PoolsAndCollections) {
  std::atomic<int> made{0}, fin{0};
  auto make = [&] {
    made++;
    return std::make_unique<Counted>(&fin);
  };
  {
    Pool<Counted> shared(make);
    std::atomic<bool> stop{false};
    WaitGroup wg;
    for (int g = 0; g < 4; g++) {
      wg.Add(1);
      gort::go([&] {
        for (int i = 0; i < 5000; i++) {
          auto a = shared.Get();
          auto b = shared.Get();
          shared.Put(std::move(a));
          shared.Put(std::move(b));
          if (i % 100 == 0) {
            Pool<Counted> own(make);
            own.Put(own.Get());
          }
        }
        wg.Done();
      });
    }
    Chan<void> stopped(0);
    gort::go([&] {
      while (!stop.load()) {
        runtime::GC();
        gort::Gosched();
      }
      stopped.send();
    });
    wg.Wait();
    stop.store(true);
    stopped.recv();
  }
  EXPECT_EQ(made.load(), fin.load());
}

}  // namespace
