// Go's proc_test.go, told in C++ under its names: progress, fairness, preemption, queues, locked threads.
//
// Where Go runs a collection to stop the world, the world is stopped here.
#include "runtime/proc_decl.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/mgc_decl.h"
#include "runtime/os_linux_decl.h"

namespace {

namespace time = gort::time;
using gort::Chan;
using gort::go;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using gort::tests::Procs;

void StopAndStart() {
  runtime::fromProgram here;
  runtime::startTheWorldGC(runtime::stopTheWorldGC(runtime::stwGCMarkTerm));
}

// Runs testprog with that program and those variables; what it wrote on standard output and error.
std::string RunTestProg(const std::string& name, const std::string& env = "") {
  const char* folder = std::getenv("TEST_SRCDIR");
  const char* workspace = std::getenv("TEST_WORKSPACE");
  const std::string exe = folder != nullptr ? std::string(folder) + "/" + workspace + "/runtime/testprog"
                                            : std::string(std::getenv("GORT_TESTPROG"));
  const std::string command = "exec env " + env + " timeout 60 " + exe + " " + name + " 2>&1";
  return gort::Blocking([&] {
    std::string out;
    FILE* f = popen(command.c_str(), "r");
    if (f == nullptr) return std::string("cannot run ") + command;
    char buf[4096];
    for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;) out.append(buf, n);
    pclose(f);
    return out;
  });
}

Chan<bool> stop_motion(1);

void PerpetuumMobile() {
  if (!stop_motion.try_recv().has_value()) go(PerpetuumMobile);
}

TEST(Runtime, TestStopTheWorldDeadlock) {
  Procs procs(3);
  Chan<bool> compl_(2);
  go([=] {
    for (int i = 0; i < 1000; i++) StopAndStart();
    compl_.send(true);
  });
  go([=] {
    for (int i = 0; i < 1000; i++) gort::GOMAXPROCS(3 + (i & 1));
    compl_.send(true);
  });
  go(PerpetuumMobile);
  compl_.recv();
  compl_.recv();
  stop_motion.send(true);
}

// What is done without locked instructions while there is one P must be undone while there are two: a goroutine that
// one P puts into its queue and two take out runs twice, or never.
TEST(Runtime, OnePAndTwoInTurn) {
  Procs procs(1);
  std::atomic<bool> stop{false};
  std::atomic<int64_t> started{0}, ran{0};
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 2; i++) {
    wg.Add(1);
    go([&] {
      while (!stop) {
        // Few, so that a P is often out of work and looks into the other's queue.
        gort::sync::WaitGroup some;
        some.Add(5);
        for (int k = 0; k < 5; k++) {
          started++;
          go([&some, &ran] {
            ran++;
            some.Done();
          });
        }
        some.Wait();
      }
      wg.Done();
    });
  }
  for (int i = 0; i < 400; i++) {
    gort::GOMAXPROCS(1 + i % 2);
    time::Sleep(milliseconds(1));
  }
  stop = true;
  wg.Wait();
  EXPECT_EQ(started, ran);
}

void TestYield(bool locked) {
  Chan<bool> c(0), cack(0);
  go([=] {
    if (locked) gort::LockOSThread();
    for (;;) {
      if (c.try_recv()) {
        cack.send(true);
        return;
      }
      gort::Gosched();
    }
  });
  time::Sleep(milliseconds(10));
  c.send(true);
  EXPECT_TRUE(cack.recv().has_value());
}

TEST(Runtime, TestYieldProgress) { TestYield(false); }
TEST(Runtime, TestYieldLockedProgress) { TestYield(true); }

TEST(Runtime, TestYieldLocked) {
  Chan<bool> c(0);
  go([=] {
    gort::LockOSThread();
    for (int i = 0; i < 10; i++) {
      gort::Gosched();
      time::Sleep(milliseconds(1));
    }
    c.send(true);
    // Ends locked, on purpose.
  });
  EXPECT_TRUE(c.recv().has_value());
}

TEST(Runtime, TestGoroutineParallelism) {
  constexpr unsigned P = 3;
  Procs procs(P);
  for (int attempt = 0; attempt < 3; attempt++) {
    Chan<bool> done(0);
    std::atomic<unsigned> x{0};
    for (unsigned p = 0; p < P; p++) {
      // Each waits, busily, for the one before it: all must run at the same time.
      go([&x, done, p] {
        for (unsigned i = 0; i < 3; i++) {
          const unsigned expected = P * i + p;
          while (x.load() != expected) {
          }
          x.store(expected + 1);
        }
        done.send(true);
      });
    }
    for (unsigned p = 0; p < P; p++) done.recv();
    EXPECT_EQ(x.load(), 3 * P);
  }
}

void TestParallelism2(bool load, bool netpoll) {
  constexpr unsigned P = 4;
  Procs procs(P);
  for (int attempt = 0; attempt < 3; attempt++) {
    if (load) {
      // P goroutines that all ran: their threads are about to park when the test proper begins.
      auto x = std::make_shared<std::atomic<unsigned>>(0);
      Chan<bool> done(0);
      for (unsigned p = 0; p < P; p++) {
        go([x, done] {
          if (x->fetch_add(1) + 1 == P) {
            done.send(true);
            return;
          }
          while (x->load() != P) {
          }
        });
      }
      done.recv();
    }
    if (netpoll) runtime::netpollGenericInit();
    Chan<bool> done(0);
    std::atomic<unsigned> x{0};
    for (unsigned p = 0; p < P / 2; p++) {
      go([&x, done, p] {
        for (unsigned p2 = 0; p2 < 2; p2++) {
          go([&x, done, p, p2] {
            for (unsigned i = 0; i < 3; i++) {
              const unsigned expected = P * i + p * 2 + p2;
              while (x.load() != expected) {
              }
              x.store(expected + 1);
            }
            done.send(true);
          });
        }
      });
    }
    for (unsigned p = 0; p < P; p++) done.recv();
    EXPECT_EQ(x.load(), 3 * P);
  }
}

TEST(Runtime, TestGoroutineParallelism2) {
  TestParallelism2(true, false);
  TestParallelism2(false, true);
  TestParallelism2(true, true);
}

TEST(Runtime, TestBlockLocked) {
  constexpr int N = 10;
  Chan<bool> c(0);
  go([=] {
    gort::LockOSThread();
    for (int i = 0; i < N; i++) c.send(true);
    gort::UnlockOSThread();
  });
  for (int i = 0; i < N; i++) EXPECT_TRUE(c.recv().has_value());
}

TEST(Runtime, TestTimerFairness) {
  Chan<bool> done(0), c(0);
  for (int i = 0; i < 2; i++) {
    go([=] {
      for (bool over = false; !over;) {
        gort::select(gort::send(c, true, [] {}), gort::recv(done, [&](std::optional<bool>) { over = true; }));
      }
    });
  }
  auto timer = time::After(milliseconds(20));
  long rounds = 0;
  for (bool over = false; !over;) {
    gort::select(gort::recv(c, [&](std::optional<bool>) { rounds++; }),
                 gort::recv(timer, [&](auto&&) { over = true; }));
  }
  done.close();
  EXPECT_GT(rounds, 0);
}

TEST(Runtime, TestTimerFairness2) {
  Chan<bool> done(0), c(0);
  for (int i = 0; i < 2; i++) {
    go([=] {
      auto timer = time::After(milliseconds(20));
      for (bool over = false; !over;) {
        gort::Blocking([] { return runtime::gettid(); });
        gort::select(gort::send(c, true, [] {}), gort::recv(c, [](std::optional<bool>) {}),
                     gort::recv(timer, [&](auto&&) { over = true; }));
      }
      done.send(true);
    });
  }
  EXPECT_TRUE(done.recv().has_value());
  EXPECT_TRUE(done.recv().has_value());
}

// Something to call that no compiler looks into.
[[gnu::noinline]] int Work() {
  volatile int a[128] = {};
  int sum = 0;
  for (int i = 0; i < 128; i++) sum += a[i];
  return sum;
}

TEST(Runtime, TestPreemption) {
  constexpr int N = 2;
  Chan<bool> c(0);
  std::atomic<unsigned> x{0};
  for (unsigned g = 0; g < 2; g++) {
    go([&x, c, g] {
      for (int i = 0; i < N; i++) {
        while (x.load() != g) Work();
        x.store(1 - g);
      }
      c.send(true);
    });
  }
  c.recv();
  c.recv();
  EXPECT_EQ(x.load(), 0u);
}

TEST(Runtime, TestPreemptionGC) {
  constexpr int P = 3;
  Procs procs(P + 1);
  auto stop = std::make_shared<std::atomic<bool>>(false);
  for (int i = 0; i < P; i++) {
    go([stop] {
      while (!stop->load()) Work();
    });
  }
  for (int i = 0; i < 10; i++) {
    gort::Gosched();
    StopAndStart();
  }
  stop->store(true);
}

TEST(Runtime, TestAsyncPreempt) { EXPECT_EQ(RunTestProg("AsyncPreempt"), "OK\n"); }

TEST(Runtime, TestGCFairness) { EXPECT_EQ(RunTestProg("GCFairness"), "OK\n"); }

TEST(Runtime, TestGCFairness2) { EXPECT_EQ(RunTestProg("GCFairness2"), "OK\n"); }

TEST(Runtime, TestNumGoroutine) {
  EXPECT_EQ(RunTestProg("NumGoroutine"), "1\n");

  // The dump and the count are two moments: they must agree at some time.
  for (int i = 0;; i++) {
    gort::Gosched();
    const int n = gort::NumGoroutine();
    const std::string dump = gort::Stack(true);
    int found = 0;
    for (size_t at = 0; (at = dump.find("goroutine ", at)) != std::string::npos; at++) {
      if (at == 0 || dump[at - 1] == '\n') found++;
    }
    if (n == found) break;
    ASSERT_LT(i, 10) << "NumGoroutine=" << n << ", but " << found << " in the dump: " << dump;
    time::Sleep(milliseconds(5));
  }
}

// A collection notes who waits, and a dump tells the minutes since.
TEST(Runtime, DumpTellsMinutes) {
  gort::sync::Pool<int> pool;
  pool.Put(std::make_unique<int>(1));
  Chan<int> c(0);
  go([c] { c.recv(); });
  time::Sleep(milliseconds(1));
  EXPECT_EQ(gort::Stack(true).find("minutes"), std::string::npos);
  runtime::GC();
  int waiting = 0;
  runtime::forEachGRace([&](runtime::g* gp) {
    if (gp->waitsince == 0) return;
    EXPECT_NE(runtime::readgstatus(gp), static_cast<unsigned>(runtime::_Gdead));
    if (gp->waitreason != runtime::waitReasonChanReceive) return;
    waiting++;
    gp->waitsince -= 190 * std::int64_t{1000000000};
  });
  EXPECT_GE(waiting, 1);
  EXPECT_NE(gort::Stack(true).find(" [chan receive, 3 minutes]:\n"), std::string::npos) << gort::Stack(true);
  c.send(1);
}

TEST(Runtime, TestPingPongHog) {
  Procs procs(1);
  Chan<bool> done(0), hog(0), light(0);
  long hog_count = 0, light_count = 0;
  const auto run = [done](long limit, long* counter, Chan<bool> wake) {
    for (bool over = false; !over;) {
      gort::select(gort::recv(done, [&](std::optional<bool>) { over = true; }),
                   gort::recv(wake, [&](std::optional<bool>) {
                     volatile long* count = counter;
                     for (long i = 0; i < limit; i++) *count = *count + 1;
                     wake.send(true);
                   }));
    }
  };
  for (int i = 0; i < 2; i++) go([=, &hog_count] { run(1000000, &hog_count, hog); });
  for (int i = 0; i < 2; i++) go([=, &light_count] { run(1000, &light_count, light); });
  hog.send(true);
  light.send(true);
  time::Sleep(milliseconds(100));
  done.close();
  hog.recv();
  light.recv();

  // Each pair hands the P over within a time slice; otherwise the two would be a thousandfold apart.
  EXPECT_LE(hog_count / 20, light_count);
  EXPECT_LE(light_count / 20, hog_count);
}

[[gnu::noinline]] bool NonLeaf(Chan<int> stop) { return !stop.try_recv() && stop.len() == 0; }

[[gnu::noinline]] int BigFrame(Chan<int> stop) {
  volatile unsigned char x[8192];
  for (int i = 0; i < 8192; i++) x[i] = static_cast<unsigned char>(i);
  int sum = 0;
  for (int i = 0; i < 8192; i++) sum += x[i];
  NonLeaf(stop);
  return sum;
}

TEST(Runtime, TestPreemptSplitBig) {
  Procs procs(2);
  Chan<int> stop(0);
  Chan<bool> ended(0);
  go([=] {
    volatile long n = 0;
    for (int i = 0; i < 10000000; i++) n = n + 1;
    BigFrame(stop);
    stop.recv();
    ended.send(true);
  });
  for (int i = 0; i < 3; i++) {
    time::Sleep(microseconds(10));
    StopAndStart();
  }
  stop.close();
  EXPECT_TRUE(ended.recv().has_value());
}

constexpr int kRing = 256;

TEST(Runtime, TestSchedLocalQueue) {
  auto pp = std::make_unique<runtime::p>();
  auto gs = std::make_unique<runtime::g[]>(kRing);
  for (int i = 0; i < kRing; i++) {
    ASSERT_EQ(runtime::runqget(pp.get()).gp, nullptr);
    for (int j = 0; j < i; j++) runtime::runqput(pp.get(), &gs[i], false);
    for (int j = 0; j < i; j++) ASSERT_EQ(runtime::runqget(pp.get()).gp, &gs[i]) << i << "/" << j;
    ASSERT_EQ(runtime::runqget(pp.get()).gp, nullptr);
  }
}

TEST(Runtime, TestSchedLocalQueueSteal) {
  auto p1 = std::make_unique<runtime::p>();
  auto p2 = std::make_unique<runtime::p>();
  auto gs = std::make_unique<runtime::g[]>(kRing);
  for (int i = 0; i < kRing; i++) {
    for (int j = 0; j < i; j++) {
      gs[j].sig = 0;
      runtime::runqput(p1.get(), &gs[j], false);
    }
    int stolen = 0;
    if (runtime::g* gp = runtime::runqsteal(p2.get(), p1.get(), true); gp != nullptr) {
      stolen++;
      gp->sig++;
    }
    while (runtime::g* gp = runtime::runqget(p2.get()).gp) {
      stolen++;
      gp->sig++;
    }
    while (runtime::g* gp = runtime::runqget(p1.get()).gp) gp->sig++;
    for (int j = 0; j < i; j++) ASSERT_EQ(gs[j].sig, 1u) << j << " at iteration " << i;
    ASSERT_TRUE(stolen == i / 2 || stolen == i / 2 + 1) << stolen << " at iteration " << i;
  }
}

// A queue with something in it never looks empty, not even while the owner swaps what is in runnext.
TEST(Runtime, TestSchedLocalQueueEmpty) {
  Procs procs(4);
  auto pp = std::make_unique<runtime::p>();
  auto gs = std::make_unique<runtime::g[]>(2);
  std::atomic<unsigned> ready{0};
  std::atomic<int> seen_empty{0};
  Chan<bool> done(1);
  for (int i = 0; i < 2000; i++) {
    ready = 0;
    runtime::runqput(pp.get(), &gs[0], (i & 1) == 0);
    go([&, done] {
      for (ready++; ready.load() != 2;) {
      }
      if (runtime::runqempty(pp.get())) seen_empty++;
      done.send(true);
    });
    for (ready++; ready.load() != 2;) {
    }
    runtime::runqput(pp.get(), &gs[1], (i & 2) == 0);
    runtime::runqget(pp.get());
    done.recv();
    runtime::runqget(pp.get());
  }
  EXPECT_EQ(seen_empty, 0);
}

TEST(Runtime, TestStealOrder) {
  runtime::randomOrder order;
  for (runtime::uint32 procs = 1; procs <= 64; procs++) {
    order.reset(procs);
    if (procs >= 3) {
      ASSERT_GE(order.coprimes.size(), 2u) << procs;
    }
    for (runtime::uint32 co = 0; co < order.coprimes.size(); co++) {
      std::vector<int> seen(procs);
      runtime::uint32 visited = 0;
      for (auto at = order.start(co * procs); !at.done(); at.next()) {
        ASSERT_LT(at.position(), procs);
        seen[at.position()]++;
        visited++;
      }
      ASSERT_EQ(visited, procs);
      ASSERT_EQ(std::count(seen.begin(), seen.end(), 1), procs);
    }
  }
}

TEST(Runtime, TestLockOSThreadNesting) {
  Chan<bool> done(0);
  go([=] {
    const auto counts = [] {
      const runtime::m* mp = runtime::getg()->m;
      if (mp->lockedg == 0) {
        EXPECT_TRUE(mp->lockedExt == 0 && mp->lockedInt == 0);
      }
      return std::make_pair(mp->lockedExt, mp->lockedInt);
    };
    using Counts = std::pair<runtime::uint32, runtime::uint32>;
    EXPECT_EQ(counts(), Counts(0, 0));
    gort::LockOSThread();
    gort::LockOSThread();
    gort::UnlockOSThread();
    EXPECT_EQ(counts(), Counts(1, 0));
    gort::UnlockOSThread();
    EXPECT_EQ(counts(), Counts(0, 0));
    done.send(true);
  });
  done.recv();
}

TEST(Runtime, TestLockOSThreadExit) {
  EXPECT_EQ(RunTestProg("LockOSThreadMain", "GOMAXPROCS=1"), "OK\n");
  EXPECT_EQ(RunTestProg("LockOSThreadAlt"), "OK\n");
}

TEST(Runtime, TestLockOSThreadAvoidsStatePropagation) {
  const std::string out = RunTestProg("LockOSThreadAvoidsStatePropagation", "GOMAXPROCS=1");
  if (out == "unshare not permitted\n") return;  // not everybody may
  EXPECT_EQ(out, "OK\n");
}

TEST(Runtime, TestLockOSThreadTemplateThreadRace) {
  for (int i = 0; i < 20; i++) ASSERT_EQ(RunTestProg("LockOSThreadTemplateThreadRace"), "OK\n") << "run " << i;
}

// A system call that takes that long and does not block.
void FakeSyscall(steady_clock::duration d) {
  gort::EnterSyscall();
  for (const auto start = steady_clock::now(); steady_clock::now() - start < d;) {
  }
  gort::ExitSyscall();
}

TEST(Runtime, TestPreemptionAfterSyscall) {
  for (const auto d : {microseconds(10), microseconds(100), microseconds(1000)}) {
    Procs procs(2);
    constexpr int nroutines = 8;
    Chan<bool> c(nroutines);
    auto stop = std::make_shared<std::atomic<bool>>(false);
    const auto start = steady_clock::now();
    for (int g = 0; g < nroutines; g++) {
      go([=] {
        c.send(true);
        while (!stop->load()) FakeSyscall(d);
        c.send(true);
      });
    }
    for (int g = 0; g < nroutines; g++) c.recv();
    stop->store(true);
    for (int g = 0; g < nroutines; g++) c.recv();
    EXPECT_LT(steady_clock::now() - start, seconds(5)) << d.count() << " us";
  }
}

TEST(Runtime, TestGetgThreadSwitch) {
  Chan<int> ch(0);
  go([=] {
    ch.send(5);
    gort::LockOSThread();
  });
  runtime::g* g1 = runtime::getg();
  // Whoever sends takes this thread with it: this goroutine goes on elsewhere.
  ch.recv();
  EXPECT_EQ(runtime::getg(), g1);
  EXPECT_EQ(runtime::getg()->m->curg.plain(), g1);
}

TEST(Runtime, TestNetpollBreak) {
  Procs procs(2);
  runtime::netpollGenericInit();
  const auto start = steady_clock::now();
  Chan<bool> c(2);
  go([=] {
    c.send(true);
    gort::Blocking([] {
      runtime::netpoll(10'000'000'000);
      return 0;
    });
    c.send(true);
  });
  c.recv();
  // Twice, and again: the scheduler's own poll may take one.
  do {
    runtime::usleep(100);
    runtime::netpollBreak();
    runtime::netpollBreak();
  } while (!c.try_recv());
  EXPECT_LT(steady_clock::now() - start, seconds(5));
}

TEST(Runtime, TestBigGOMAXPROCS) {
  const std::string out = RunTestProg("NonexistentTest", "GOMAXPROCS=1024");
  if (out.find("failed to create new OS thread") != out.npos || out.find("cannot allocate memory") != out.npos) {
    return;  // a small machine has no room for 1024 threads
  }
  EXPECT_NE(out.find("unknown function: NonexistentTest"), out.npos) << out;
}

}  // namespace
