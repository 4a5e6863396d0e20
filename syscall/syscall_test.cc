// What happens to a P around a system call: each way out of exitsyscall is shown to be taken, by what the tracer says.
//
// A trace tells them apart (the letters are those of the counts below):
//   kept         GoSyscallEnd                                   the P was still there
//   reacquired   ProcSteal, ProcStart, GoSyscallEndBlocked      it had been taken, used and left in another system call
//   idle         ProcStart, GoSyscallEndBlocked                 it was gone, and another one was free
//   queued       GoSyscallEndBlocked, GoStart later             none was: into the global queue, and whoever finds it
//   late         GoSyscallEndBlocked, ProcStart, GoStart        none was, until one came while the lock was waited for
//   locked       GoSyscallEndBlocked, GoStart on that thread    queued, but wired to its thread
// A trace cannot tell `late` from a thread that was queued, slept, and was woken with a P for just that goroutine: that
// exitsyscall0 looks once more under the lock is not shown by it.
// And how a P was lost: taken by another thread (sysmon's retake, ProcSteal), or given away at once (entersyscallblock:
// GoSyscallBegin, ProcStop).
#include "syscall/syscall.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <map>
#include <string>
#include <utility>

#include "api/trace.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/boundary.h"
#include "runtime/os_linux_decl.h"
#include "runtime/proc_decl.h"
#include "trace/reader.h"

namespace gort::syscall {
namespace {

using namespace std::chrono_literals;

void sleepInKernel(time::Duration d) {
  timespec ts{0, d.count()};
  Syscall(SYS_nanosleep, &ts, nullptr);
}

struct Ways {
  int kept = 0, reacquired = 0, idle = 0, queued = 0, late = 0, locked = 0;
  int retaken = 0, handedOff = 0;
};

// What the goroutines did whose work is traced; wired: the one that is locked to its thread, or 0.
Ways waysIn(const std::string& file, int64_t wired = 0) {
  struct Thread {
    int64_t g = 0;        // in a system call
    bool stole = false;   // what it did since
    bool started = false;
    bool justBegan = false;
    int64_t justEnded = 0;  // the goroutine whose GoSyscallEndBlocked was its last event but for a ProcStart
    bool procAfterEnd = false;
    bool startedBefore = false;
  };
  std::map<int64_t, Thread> threads;
  std::map<int64_t, int64_t> endedOn;  // goroutines that are queued, and by which thread
  Ways ways;
  gotrace::Reader reader;
  EXPECT_TRUE(reader.Open(file));
  while (reader.Next()) {
    const gotrace::Event& e = reader.event();
    Thread& t = threads[e.m];
    const bool began = std::exchange(t.justBegan, false);
    switch (e.kind) {
      case gotrace::kGoSyscallBegin:
        t = {};
        t.g = e.g;
        t.justBegan = true;
        break;
      case gotrace::kGoSyscallEnd:
        ways.kept++;
        t = {};
        break;
      case gotrace::kProcSteal:
        // From whoever had it last: sysmon is in no system call itself.
        (static_cast<int64_t>(e.args[2]) != e.m && t.g != 0) ? void(t.stole = true) : void(ways.retaken++);
        break;
      case gotrace::kProcStop:
        if (began) ways.handedOff++;
        break;
      case gotrace::kProcStart:
        if (t.justEnded != 0) t.procAfterEnd = true;
        else t.started = true;
        break;
      case gotrace::kGoSyscallEndBlocked: {
        const bool stole = t.stole, started = t.started;
        t = {};
        t.justEnded = e.g;
        if (started) (stole ? ways.reacquired : ways.idle)++;
        else endedOn[e.g] = e.m;
        break;
      }
      case gotrace::kGoStart: {
        const auto g = static_cast<int64_t>(e.args[0]);
        if (auto it = endedOn.find(g); it != endedOn.end()) {
          if (g == wired && it->second == e.m) ways.locked++;
          else if (t.justEnded == g && t.procAfterEnd) ways.late++;
          else ways.queued++;
          endedOn.erase(it);
        }
        t = {};
        break;
      }
      default: break;
    }
  }
  EXPECT_TRUE(reader.verdict().ok()) << "the trace is broken";
  return ways;
}

std::string scratch() { return "ways" + std::to_string(getpid()) + ".trace"; }

// Traces work() until `enough` of what it did, or 20 times.
template <class Work, class Enough>
Ways until(int procs, Work work, Enough enough, const int64_t* wired = nullptr) {
  const int before = GOMAXPROCS(procs);
  Ways ways;
  for (int i = 0; i < 20 && !enough(ways); i++) {
    trace::Start(scratch());
    work();
    trace::Stop();
    ways = waysIn(scratch(), wired != nullptr ? *wired : 0);
  }
  unlink(scratch().c_str());
  GOMAXPROCS(before);
  return ways;
}

// Calls f on so many goroutines and waits for them.
template <class F>
void each(int n, F f) {
  sync::WaitGroup wg;
  for (int i = 0; i < n; i++) {
    wg.Add(1);
    go([&, i] {
      f(i);
      wg.Done();
    });
  }
  wg.Wait();
}

// In one system call, as the runtime sees it: wakes whoever reads from the pipe, and stays away.
[[gnu::noinline]] void wakeFromWithin(int fd) {
  timespec ts{0, 4'000'000};
  runtime::fromProgram here;
  runtime::entersyscall();
  RawSyscall(SYS_write, fd, "x", 1);
  RawSyscall(SYS_nanosleep, &ts, nullptr);
  runtime::exitsyscall();
}

TEST(Syscall, Results) {
  EXPECT_EQ(Syscall(SYS_getpid), getpid());
  EXPECT_EQ(Errno(Syscall(SYS_close, -1)), EBADF);
  EXPECT_EQ(Errno(RawSyscall(SYS_read, -1, nullptr, 0)), EBADF);
  EXPECT_EQ(Errno(0), 0);
  EXPECT_EQ(Errno(-4096), 0) << "no errno";
  char buf[8] = {};
  int fd[2];
  ASSERT_EQ(pipe(fd), 0);
  EXPECT_EQ(Syscall(SYS_write, fd[1], "gort", 4), 4);
  EXPECT_EQ(Syscall(SYS_read, fd[0], buf, sizeof buf), 4);
  EXPECT_STREQ(buf, "gort");
  close(fd[0]);
  close(fd[1]);
}

TEST(Syscall, AShortOneKeepsItsP) {
  auto work = [] {
    for (int i = 0; i < 1000; i++) Syscall(SYS_getpid);
  };
  Ways w = until(2, work, [](const Ways& w) { return w.kept >= 900; });
  EXPECT_GE(w.kept, 900);
}

// One P: while somebody sleeps in the kernel, the others have it; but where sysmon gets no processor for so long.
TEST(Syscall, ALongOneLosesItToSysmonAndIsQueued) {
  std::atomic<int64_t> turns{0};
  int taken = 0;
  auto work = [&] {
    std::atomic<bool> done{false};
    sync::WaitGroup spins;
    spins.Go([&] {
      while (!done) {
        turns++;
        Gosched();
      }
    });
    for (int i = 0; i < 5; i++) {
      const int64_t before = turns;
      sleepInKernel(30ms);
      taken += turns > before;
    }
    done = true;
    spins.Wait();
  };
  Ways w = until(1, work, [&](const Ways& w) { return w.queued > 0 && w.retaken > 0 && taken > 0; });
  EXPECT_GT(taken, 0) << "nobody ran while it slept";
  EXPECT_GT(w.queued, 0);
  EXPECT_GT(w.retaken, 0);
}

// More sleepers than Ps, and Ps that are free: whose P has been taken finds another one. How often, when all sleep for
// a short time, is chance; so in the end one sleeps so long that sysmon takes its P though nobody wants it (10 ms).
TEST(Syscall, AnotherPThatIsIdle) {
  auto work = [] {
    each(12, [](int i) {
      for (int k = 0; k < 10; k++) {
        sleepInKernel(std::chrono::microseconds(500 + 300 * i));
        for (int spin = 0; spin < 20; spin++) Gosched();
      }
    });
    sleepInKernel(60ms);
  };
  Ways w = until(4, work, [](const Ways& w) { return w.idle > 0; });
  EXPECT_GT(w.idle, 0);
}

// The P was taken, used, and is in a system call of another one just when the first comes back.
TEST(Syscall, ItsOwnPAgainAfterOthersHadIt) {
  auto work = [] {
    int fd[2];
    ASSERT_EQ(pipe(fd), 0);
    Chan<void> back(0);
    go([=] {
      char c;
      Syscall(SYS_read, fd[0], &c, 1);
      back.close();
    });
    Gosched();
    // It waits, and we have its P. When nothing happens for a while sysmon looks less often.
    for (time::Time start = time::Now(); time::Since(start) < 60ms;) Gosched();
    wakeFromWithin(fd[1]);
    back.recv();
    close(fd[0]);
    close(fd[1]);
  };
  Ways w = until(1, work, [](const Ways& w) { return w.reacquired > 0; });
  EXPECT_GT(w.reacquired, 0);
}

TEST(Syscall, LockedToItsThread) {
  int64_t wired = 0;
  auto work = [&] {
    std::atomic<bool> done{false};
    sync::WaitGroup spins;
    spins.Go([&] {
      while (!done) Gosched();
    });
    Chan<void> over(0);
    go([&] {
      LockOSThread();
      wired = static_cast<int64_t>(Goid());
      const long tid = RawSyscall(SYS_gettid);
      for (int i = 0; i < 5; i++) {
        sleepInKernel(30ms);
        EXPECT_EQ(RawSyscall(SYS_gettid), tid);
      }
      UnlockOSThread();
      over.close();
    });
    over.recv();
    done = true;
    spins.Wait();
  };
  Ways w = until(1, work, [](const Ways& w) { return w.locked > 0; }, &wired);
  EXPECT_GT(w.locked, 0);
}

// What waits for long says so: the P goes to others at once.
TEST(Syscall, Block) {
  auto work = [] {
    for (int i = 0; i < 3; i++) {
      runtime::fromProgram here;
      runtime::note n{};
      runtime::noteclear(&n);
      EXPECT_FALSE(runtime::notetsleepg(&n, 2'000'000));
    }
  };
  Ways w = until(2, work, [](const Ways& w) { return w.handedOff > 0; });
  EXPECT_GT(w.handedOff, 0);
}

// A P becomes free between the look for one and the lock.
TEST(Syscall, APThatComesLate) {
  auto work = [] {
    each(8, [](int i) {
      for (int k = 0; k < 300; k++) {
        sleepInKernel(std::chrono::microseconds(40 + 17 * i));
        if (k % 3 == 0) time::Sleep(std::chrono::microseconds(5 * i));
      }
    });
  };
  Ways w = until(1, work, [](const Ways& w) { return w.late > 0; });
  EXPECT_GT(w.late, 0);
}

// With the world being stopped while goroutines go into the kernel and come back.
TEST(Syscall, WhileTheWorldIsStopped) {
  const int before = GOMAXPROCS(4);
  std::atomic<bool> done{false};
  std::atomic<int64_t> calls{0};
  sync::WaitGroup wg;
  for (int i = 0; i < 8; i++) {
    wg.Add(1);
    go([&, i] {
      while (!done) {
        if (i % 2 == 0) Syscall(SYS_getpid);
        else sleepInKernel(100us);
        calls++;
      }
      wg.Done();
    });
  }
  for (int i = 0; i < 200; i++) {
    GOMAXPROCS(1 + i % 4);
    Gosched();
  }
  done = true;
  wg.Wait();
  EXPECT_GT(calls, 100);
  GOMAXPROCS(before);
}

}  // namespace
}  // namespace gort::syscall
