// Cases in which Go's scheduler once went wrong, or nearly: one test for an issue of golang/go. docs/cases.md lists all
// that are known to us, and where each is tested.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/os_linux_decl.h"
#include "runtime/proc_decl.h"

namespace {

namespace time = gort::time;
using gort::Chan;
using gort::go;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using gort::tests::Procs;

std::string RunTestProg(const std::string& name, const std::string& env) {
  const char* folder = std::getenv("TEST_SRCDIR");
  const char* workspace = std::getenv("TEST_WORKSPACE");
  const std::string exe = folder != nullptr ? std::string(folder) + "/" + workspace + "/runtime/testprog"
                                            : std::string(std::getenv("GORT_TESTPROG"));
  const std::string command = "env " + env + " timeout 60 " + exe + " " + name + " 2>&1; echo status $?";
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

// A runnable goroutine and an idle P must not stay side by side: the last spinner that finds nothing looks again
// (45867), and a thread without a P does not take what it may not run (43997).
TEST(Cases, Issue45867WorkConservation) {
  constexpr int kAtOnce = 4;
  Procs procs(kAtOnce);
  for (int round = 0; round < 60; round++) {
    time::Sleep(microseconds(50 * (round % 20)));  // the threads spin, or park, or are on their way
    std::atomic<int> running{0};
    std::atomic<int> ended{0};
    for (int i = 1; i < kAtOnce; i++) {
      go([&] {
        running++;
        while (running.load() < kAtOnce) {
        }
        ended++;
      });
    }
    // Without a fourth and a third and a second P at work this never ends.
    running++;
    while (running.load() < kAtOnce) {
    }
    while (ended.load() < kAtOnce - 1) gort::Gosched();
  }
}

// A P that was just given to a spinning M must not get local work from whoever gave it ("spinning with local work").
TEST(Cases, Issue10573SpinningWithLocalWork) {
  Procs procs(4);
  constexpr int kRounds = 2000, kEach = 8;
  std::atomic<int> count{0};
  for (int i = 0; i < kRounds; i++) {
    for (int j = 0; j < kEach; j++) go([&] { count++; });
    if (i % 16 == 0) gort::Gosched();
  }
  while (count.load() < kRounds * kEach) gort::Gosched();
  EXPECT_EQ(count.load(), kRounds * kEach);
}

// sysmon starts a thread for work that it found while the only P is on its way to idle: no deadlock may be reported.
TEST(Cases, Issue59600CheckdeadWithOneP) {
  const std::string out = RunTestProg("SyscallsAndTimers", "GOMAXPROCS=1");
  EXPECT_EQ(out, "OK\nstatus 0\n");
}

// A deadlock is found under sched.lock; the trace of the scheduler's state that follows must not wait for that lock.
// Not while sysmon prints as well: docs/cases.md tells of the hang that Go has there.
TEST(Cases, Issue59758DeadlockWithSchedtrace) {
  const std::string out = RunTestProg("DeadlockLater", "GODEBUG=schedtrace=1000000,scheddetail=1");
  EXPECT_NE(out.find("fatal error: all goroutines are asleep - deadlock!"), out.npos) << out;
  EXPECT_NE(out.find("status 2\n"), out.npos) << out;
}

// A goroutine that is ready runs although others do nothing but yield.
TEST(Cases, Issue13546YieldingHogs) {
  Procs procs(1);
  auto stop = std::make_shared<std::atomic<bool>>(false);
  for (int i = 0; i < 10; i++) {
    go([stop] {
      while (!stop->load()) gort::Gosched();
    });
  }
  Chan<int> c(0);
  go([=] {
    for (int i = 0; i < 100; i++) c.send(i);
  });
  for (int i = 0; i < 100; i++) EXPECT_EQ(c.recv(), i);
  stop->store(true);
}

void Chain(std::shared_ptr<std::atomic<bool>> stop) {
  if (!stop->load()) go([stop] { Chain(stop); });
}

// A chain of go statements lives in runnext and inherits the time slice: when it is over, the others have their turn.
TEST(Cases, Issue52934ChainThroughRunnext) {
  Procs procs(1);
  auto stop = std::make_shared<std::atomic<bool>>(false);
  Chan<int> c(0);
  go([=] { c.send(1); });
  go([stop] { Chain(stop); });
  EXPECT_EQ(c.recv(), 1);
  stop->store(true);
}

// A loop without a call is stopped all the same, with one P too; so is one that holds its thread (36122).
TEST(Cases, Issue10958TightLoop) {
  Procs procs(1);
  auto stop = std::make_shared<std::atomic<bool>>(false);
  Chan<bool> ended(2);
  for (bool locked : {false, true}) {
    go([=] {
      if (locked) gort::LockOSThread();
      while (!stop->load(std::memory_order_relaxed)) {
      }
      if (locked) gort::UnlockOSThread();
      ended.send(true);
    });
  }
  time::Sleep(milliseconds(30));
  stop->store(true);
  ended.recv();
  ended.recv();
}

// So is one in a coroutine, whose first frame is the runtime's.
TEST(Cases, Issue10958TightLoopInCoroutine) {
  Procs procs(1);
  std::atomic<bool> stop{false};
  go([&] { stop = true; });
  auto puller = gort::Pull<int>([&](auto yield) {
    while (!stop.load(std::memory_order_relaxed)) {
    }
    yield(1);
  });
  EXPECT_EQ(puller.Next(), 1);
}

// Without signals, a call into the runtime is where a goroutine gives way.
TEST(Cases, CallsAreSafePoints) {
  EXPECT_EQ(RunTestProg("CallsGiveWay", "GODEBUG=asyncpreemptoff=1"), "OK\nstatus 0\n");
}

// A system call that blocks does not hold the only P: sysmon takes it within some ticks.
TEST(Cases, Issue28701RetakeFromSyscall) {
  Procs procs(1);
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  Chan<char> got(1);
  go([=] {
    const char b = gort::Blocking([&] {
      char b = 0;
      return read(fds[0], &b, 1) == 1 ? b : '?';
    });
    got.send(b);
  });
  gort::Gosched();  // into the read
  // This runs only because the P came back.
  ASSERT_EQ(write(fds[1], "x", 1), 1);
  EXPECT_EQ(got.recv(), 'x');
  close(fds[0]);
  close(fds[1]);
}

// A call that is known to block gives its P away at once.
TEST(Cases, Issue29734EntersyscallBlock) {
  Procs procs(1);
  runtime::note n;
  runtime::noteclear(&n);
  Chan<bool> woken(1);
  go([&, woken] {
    runtime::fromProgram here;
    woken.send(runtime::notetsleepg(&n, 10'000'000'000));
  });
  gort::Gosched();
  runtime::notewakeup(&n);
  EXPECT_EQ(woken.recv(), true);
}

// Two goroutines that hold their threads and take turns: each turn parks a thread and wakes another, and none is lost.
TEST(Cases, Issue18023LockedPingPong) {
  Chan<int> ping(0), pong(0);
  constexpr int kRounds = 200;
  go([=] {
    gort::LockOSThread();
    for (int i = 0; i < kRounds; i++) pong.send(*ping.recv() + 1);
    gort::UnlockOSThread();
  });
  gort::LockOSThread();
  int v = 0;
  for (int i = 0; i < kRounds; i++) {
    ping.send(v);
    v = *pong.recv();
  }
  gort::UnlockOSThread();
  EXPECT_EQ(v, kRounds);
}

// The world is stopped and restarted with other numbers of Ps while goroutines come and go, sleep and call the system:
// nobody is lost (65694 and the stops of 2014).
TEST(Cases, Issue65694StopsUnderLoad) {
  Procs procs(4);
  std::atomic<bool> stop{false};
  std::atomic<long> work{0};
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 8; i++) {
    wg.Add(1);
    go([&, i] {
      while (!stop.load()) {
        if (i % 3 == 0) time::Sleep(microseconds(100));
        if (i % 3 == 1) gort::Blocking([] { return usleep(50); });
        Chan<int> c(0);
        go([=] { c.send(1); });
        work += *c.recv();
      }
      wg.Done();
    });
  }
  for (int i = 0; i < 60; i++) {
    gort::GOMAXPROCS(1 + i % 5);
    time::Sleep(milliseconds(1));
  }
  stop = true;
  wg.Wait();
  EXPECT_GT(work.load(), 0);
}

// Many Ps and much that is idle: the table of ps, the masks and the order of stealing grow and shrink together.
TEST(Cases, ManyPsThenFew) {
  Procs procs(1);
  for (int n : {2, 33, 100, 3, 64, 1}) {
    gort::GOMAXPROCS(n);
    gort::sync::WaitGroup wg;
    std::atomic<int> count{0};
    for (int i = 0; i < 200; i++) {
      wg.Add(1);
      go([&] {
        count++;
        time::Sleep(microseconds(10));
        wg.Done();
      });
    }
    wg.Wait();
    EXPECT_EQ(count.load(), 200) << n;
  }
}

}  // namespace
