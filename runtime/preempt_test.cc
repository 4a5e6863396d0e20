// Goroutines that do not come back by themselves, and code that must not notice: preempt.cc and handoff.cc. Compiled
// twice, for GODEBUG=asyncpreempt=handoff and =move (preempt_move.cc): what holds in both is tested in both.
#include "runtime/preempt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "api/procs_test.h"
#include "gtest/gtest.h"
#include "runtime/boundary.h"
#include "runtime/child_test.h"
#include "runtime/handoff.h"
#include "runtime/os_linux_decl.h"
#include "runtime/proc_decl.h"

namespace runtime {
namespace {

using gort::tests::Procs;

bool moves() { return preemptMode == asyncPreemptMode::move; }

// How often a goroutine has lost its P, or its thread, in the middle of its code.
uint64 takenSoFar() { return moves() ? readPreemptStats().taken : readHandoffStats().taken; }

volatile int64 sink;

[[gnu::noinline]] void spinUntil(const std::atomic<bool>& stop) {
  while (!stop.load(std::memory_order_relaxed)) sink = sink + 1;
}

TEST(Preempt, AnEndlessLoopStarvesNobody) {
  Procs one(1);
  std::atomic<bool> stop{false};
  std::atomic<int> left{3};
  for (int i = 0; i < 3; i++) {
    gort::go([&] {
      spinUntil(stop);
      left--;
    });
  }
  // Each of these wants all three to be stopped once.
  for (int i = 0; i < 3; i++) gort::Gosched();
  stop = true;
  while (left > 0) gort::Gosched();
}

// The main goroutine as well: the runtime's own function under it does not keep it.
TEST(Preempt, MainCanBePreempted) {
  Procs one(1);
  std::atomic<bool> ran{false};
  gort::go([&] { ran = true; });
  spinUntil(ran);
  EXPECT_TRUE(ran);
}

[[gnu::noinline]] int64 deepSpin(int depth, const std::atomic<bool>& stop) {
  if (depth == 0) {
    spinUntil(stop);
    return 0;
  }
  return deepSpin(depth - 1, stop) + 1;
}

TEST(Preempt, AtTheEndOfADeepStack) {
  Procs one(1);
  std::atomic<bool> ran{false};
  gort::go([&] { ran = true; });
  EXPECT_EQ(deepSpin(2000, ran), 2000);
}

// A frame that is aligned by hand: its table wants the expressions of DWARF.
[[gnu::noinline]] void alignedSpin(const std::atomic<bool>& stop, int n) {
  alignas(256) volatile char wide[512] = {};
  volatile char* dynamic = static_cast<char*>(__builtin_alloca(static_cast<size_t>(n)));
  while (!stop.load(std::memory_order_relaxed)) {
    char c = wide[n + 1];
    wide[n] = c;
    dynamic[0] = c;
  }
}

TEST(Preempt, InAnAlignedFrame) {
  Procs one(1);
  std::atomic<bool> ran{false};
  gort::go([&] { ran = true; });
  alignedSpin(ran, 100);
  EXPECT_TRUE(ran);
}

// Most of the time in a shared library: the handler tries again until it finds it outside.
TEST(Preempt, AGoroutineThatIsMostlyInLibc) {
  Procs one(1);
  std::atomic<bool> ran{false};
  std::vector<char> block(1 << 16);
  gort::go([&] { ran = true; });
  while (!ran.load(std::memory_order_relaxed)) memset(block.data(), 1, block.size());
}

// errno is the thread's, and a goroutine that is moved may come back on another: asyncPreempt2 takes it along.
[[gnu::noinline]] int errnoNow() { return errno; }
TEST(Preempt, ErrnoComesAlong) {
  if (!moves()) return;
  Procs one(1);
  std::atomic<bool> stop{false};
  std::atomic<bool> gone{false};
  gort::go([&] {
    while (!stop.load(std::memory_order_relaxed)) {
      errno = 1;
      for (int i = 0; i < 1000; i++) sink = sink + 1;
    }
    gone = true;
  });
  errno = 77;
  uint64 before = takenSoFar();
  while (takenSoFar() < before + 4) sink = sink + 1;
  EXPECT_EQ(errnoNow(), 77);
  stop = true;
  while (!gone) gort::Gosched();
}

// ---- Without a P.

// The slice of whoever gets the P begins anew, also of one that inherits time.
TEST(Preempt, TheNextHasASliceOfItsOwn) {
  if (moves()) return;
  Procs one(1);
  for (int i = 0; i < 3; i++) {
    std::atomic<bool> ran{false};
    gort::go([&] { ran = true; });
    const int64 start = nanotime();
    spinUntil(ran);
    if (i > 0) {
      EXPECT_GT(nanotime() - start, 5'000'000);
    }
  }
}

TEST(Preempt, WhoLosesThePKeepsTheThread) {
  if (moves()) return;
  Procs one(1);
  const long thread = syscall(SYS_gettid);
  thread_local int here = 0;
  int* kept = &here;
  std::atomic<bool> ran{false};
  std::atomic<long> other{0};
  gort::go([&] {
    other = syscall(SYS_gettid);
    ran = true;
  });
  const uint64 before = takenSoFar();
  spinUntil(ran);
  EXPECT_EQ(syscall(SYS_gettid), thread);
  EXPECT_EQ(&here, kept);
  EXPECT_NE(other, thread) << "it had the P, on a thread of its own";
  EXPECT_GT(takenSoFar(), before);
}

// Who has not begun is not in the program's code, also in memory that no goroutine had before.
TEST(Preempt, WhoHasNotBegunIsNotInTheProgram) {
  Procs one(1);
  std::atomic<int> left{500};
  for (int i = left; i > 0; i--) gort::go([&] { left--; });
  int waiting = 0;
  forEachGRace([&](g* gp) {
    if (readgstatus(gp) != _Grunnable || gp->sched.sp != 0) return;
    waiting++;
    EXPECT_EQ(*boundaryMark(gp), 1);
  });
  EXPECT_GT(waiting, 0);
  while (left > 0) gort::Gosched();
}

// It has a P again behind any call into the runtime.
TEST(Preempt, WhoComesBackGetsAP) {
  if (moves()) return;
  Procs one(1);
  std::atomic<bool> ran{false};
  gort::go([&] { ran = true; });
  spinUntil(ran);
  EXPECT_TRUE(isHandedOff(getg()));
  EXPECT_GE(readHandoffStats().now, 1);
  gort::Gosched();
  EXPECT_FALSE(isHandedOff(getg()));
  EXPECT_EQ(readHandoffStats().now, 0);
}

// The world stops around it, also when it is not the first to be asked.
TEST(Preempt, TheWorldStopsForWhoComputes) {
  std::atomic<bool> stop{false};
  std::atomic<int> left{3}, begun{0};
  Procs four(4);
  for (int i = 0; i < 3; i++) {
    gort::go([&] {
      begun++;
      spinUntil(stop);
      left--;
    });
  }
  while (begun < 3) gort::Gosched();
  std::string text;
  for (int i = 0; i < 300; i++) text = gort::Stack(true);
  if (!moves()) {
    EXPECT_NE(text.find("[running]:\n\tgoroutine running on other thread; stack unavailable\n"), std::string::npos)
        << text;
  }
  stop = true;
  while (left > 0) gort::Gosched();
}

// As many compute without a P as may; the next keeps it.
CHILD(Bound) {
  gort::GOMAXPROCS(1);
  gort::SetMaxHandoffs(2);
  std::atomic<bool> stop{false};
  std::atomic<int> begun{0};
  for (int i = 0; i < 3; i++) {
    gort::go([&] {
      begun++;
      spinUntil(stop);
    });
  }
  std::thread watch([&] {
    while (begun < 3) ::usleep(1000);
    while (readHandoffStats().full < 3) ::usleep(1000);
    const bool two = readHandoffStats().now <= 3;  // this one waits in read
    stop = true;
    _exit(two ? 42 : 43);
  });
  int fds[2];
  char c;
  if (pipe(fds) == 0 && read(fds[0], &c, 1) != 0) _exit(44);
}

TEST(Preempt, NoMoreThanSoManyComputeWithoutAP) {
  if (moves()) return;
  EXPECT_TRUE(runChild("Bound").exited(42));
}

// Those that wait in the kernel do not count.
CHILD(Sleepers) {
  gort::GOMAXPROCS(1);
  gort::SetMaxHandoffs(2);
  int fds[2];
  if (pipe(fds) != 0) _exit(45);
  for (int i = 0; i < 8; i++) {
    gort::go([&] {
      char c;
      syscall(SYS_read, fds[0], &c, 1);  // nothing that the runtime knows of
    });
  }
  std::atomic<bool> ran{false};
  gort::go([&] { ran = true; });
  spinUntil(ran);
  _exit(42);
}

TEST(Preempt, WhoSleepsInTheKernelDoesNotCount) {
  if (moves()) return;
  EXPECT_TRUE(runChild("Sleepers").exited(42));
}

// No signal is sent for it: what waits, waits its time.
TEST(Preempt, NoCallEndsEarly) {
  Procs one(1);
  std::atomic<bool> stop{false};
  std::atomic<bool> gone{false};
  gort::go([&] {
    spinUntil(stop);
    gone = true;
  });
  timespec ts{0, 60'000'000};
  EXPECT_EQ(nanosleep(&ts, nullptr), 0);
  EXPECT_EQ(::usleep(60'000), 0);
  EXPECT_EQ(poll(nullptr, 0, 60), 0);
  EXPECT_EQ(sleep(1), 0u);
  if (!moves()) {
    EXPECT_EQ(syscall(SYS_nanosleep, &ts, nullptr), 0) << "nor one that the runtime does not know";
  }
  stop = true;
  while (!gone) gort::Gosched();
}

// Where goroutines are moved it is a signal that asks, and one may be on its way when a call begins.
TEST(Preempt, TheSignalThatAsksEndsNoCall) {
  if (!moves()) return;
  std::atomic<bool> stop{false};
  const pid_t me = static_cast<pid_t>(syscall(SYS_gettid));
  std::thread sender([&] {
    while (!stop) {
      syscall(SYS_tgkill, getpid(), me, SIGURG);
      ::usleep(1000);
    }
  });
  gort::LockOSThread();
  timespec ts{0, 20'000'000};
  EXPECT_EQ(nanosleep(&ts, nullptr), 0);
  EXPECT_EQ(::usleep(20'000), 0);
  EXPECT_EQ(poll(nullptr, 0, 20), 0);
  EXPECT_EQ(sleep(1), 0u);
  gort::UnlockOSThread();
  stop = true;
  sender.join();
}

// ---- Forced.

// From the first call on every running goroutine is asked all the time.
void torment() {
  static bool once = [] {
    fromProgram here;
    preemptEvery(20);
    return true;
  }();
  (void)once;
}

// The program's own part of the work, which is where goroutines are stopped.
[[gnu::noinline]] uint32 churn(uint32 x, int n) {
  for (int i = 0; i < n; i++) x = x * 1664525 + 1013904223;
  return x;
}

bool inMalloc(uint32& x) {
  std::vector<char*> held;
  bool ok = true;
  for (int i = 0; i < 20; i++) {
    x = churn(x, 2000);
    size_t n = x % 3000 + 1;
    char* block = static_cast<char*>(malloc(n));
    for (size_t k = 0; k < n; k++) block[k] = static_cast<char>(n);
    held.push_back(block);
    x = churn(x, 2000);
    ok = ok && block[n - 1] == static_cast<char>(n) && block[0] == static_cast<char>(n);
  }
  for (char* block : held) free(block);
  return ok;
}

bool inPrintf(uint32& x) {
  bool ok = true;
  for (int i = 0; i < 20; i++) {
    x = churn(x, 4000);
    char text[200];
    snprintf(text, sizeof text, "%u %s %.3f", x, "abc", x / 8.0);
    unsigned y;
    char s[8];
    double d;
    ok = ok && sscanf(text, "%u %7s %lf", &y, s, &d) == 3 && y == x && strcmp(s, "abc") == 0 && d == x / 8.0;
  }
  return ok;
}

bool inStrings(uint32& x) {
  std::map<std::string, int> counts;
  for (int i = 0; i < 60; i++) {
    x = churn(x, 1000);
    counts[std::to_string(x % 100) + " is a key too long for its own object"] += 1;
  }
  int sum = 0;
  for (const auto& [key, n] : counts) sum += n;
  return sum == 60;
}

[[gnu::noinline]] size_t throwFrom(int depth, uint32& x) {
  std::string local(static_cast<size_t>(depth), 'x');
  x = churn(x, 300);
  if (depth == 0) throw std::runtime_error("from " + std::to_string(x));
  return throwFrom(depth - 1, x) + local.size();
}

bool inExceptions(uint32& x) {
  bool ok = true;
  for (int i = 0; i < 5; i++) {
    try {
      throwFrom(20, x);
      ok = false;
    } catch (const std::exception& e) {
      uint32 thrown = x;
      uint32 inner = 0;
      x = churn(x, 2000);
      try {
        throw x;
      } catch (uint32 v) {
        inner = churn(v, 2000);
        ok = ok && v == x;
      }
      ok = ok && inner == churn(x, 2000) && e.what() == "from " + std::to_string(thrown);
    }
    ok = ok && std::uncaught_exceptions() == 0;
  }
  return ok;
}

// In and out of the runtime, where nobody may be stopped.
bool inRuntime(uint32& x) {
  gort::Chan<uint32> there(1);
  gort::Chan<uint32> back(0);
  gort::sync::Mutex mu;
  uint32 sum = 0;
  gort::go([=]() mutable {
    while (auto v = there.recv()) back.send(*v + 1);
    back.close();
  });
  uint32 got = 0;
  for (int i = 0; i < 50; i++) {
    x = churn(x, 50);
    there.send(x);
    mu.Lock();
    sum += x + 1;
    mu.Unlock();
    got += *back.recv();
    if (i % 10 == 0) gort::Gosched();
  }
  there.close();
  bool closed = !back.recv().has_value();
  return closed && got == sum;
}

void torment(int procs, uint64 want) {
  torment();
  Procs n(procs);
  std::atomic<bool> stop{false};
  std::atomic<int> left{10};
  std::atomic<int> wrong{0};
  std::atomic<uint64> rounds[5] = {};
  constexpr bool (*work[])(uint32&) = {inMalloc, inPrintf, inStrings, inExceptions, inRuntime};
  const uint64 before = takenSoFar();
  {
    for (int i = 0; i < 10; i++) {
      gort::go([&, i] {
        uint32 x = static_cast<uint32>(i);
        while (!stop.load(std::memory_order_relaxed)) {
          if (!work[i % 5](x)) wrong++;
          rounds[i % 5]++;
          if (!moves()) gort::Gosched();  // to have a P again
        }
        left--;
      });
    }
    while (takenSoFar() - before < want) {
      gort::Blocking([] {
        timespec ts{0, 5000000};
        nanosleep(&ts, nullptr);
      });
    }
    stop = true;
    while (left > 0) gort::Gosched();
  }
  printf("%d procs: %lu taken", procs, static_cast<unsigned long>(takenSoFar() - before));
  for (uint64 r : readPreemptStats().refused) printf(" %lu", static_cast<unsigned long>(r));
  handoffStats h = readHandoffStats();
  printf("; %lu %lu %lu", static_cast<unsigned long>(h.inside), static_cast<unsigned long>(h.full),
         static_cast<unsigned long>(h.undone));
  printf(" refused; rounds");
  for (auto& r : rounds) printf(" %lu", static_cast<unsigned long>(r.load()));
  printf("\n");
  EXPECT_EQ(wrong, 0);
  for (auto& r : rounds) EXPECT_GT(r, 0u);
}

TEST(Preempt, InTheMiddleOfEverythingOneProc) { torment(1, moves() ? 50000 : 20000); }
TEST(Preempt, InTheMiddleOfEverythingTwoProcs) { torment(2, moves() ? 50000 : 20000); }

// ---- Switched off, and built wrongly.

CHILD(Off) {
  std::thread watch([] {
    timespec ts{0, 200000000};
    nanosleep(&ts, nullptr);
    bool none = takenSoFar() == 0;
    _exit(none ? 42 : 43);
  });
  gort::GOMAXPROCS(1);
  std::atomic<bool> ran{false};
  gort::go([&] { ran = true; });
  spinUntil(ran);
  _exit(44);
}

TEST(Preempt, AsyncPreemptOff) {
  EXPECT_TRUE(runChild("Off", "GODEBUG=asyncpreemptoff=1").exited(42));
  EXPECT_TRUE(runChild("Off", "GODEBUG=asyncpreempt=off").exited(42));
  EXPECT_TRUE(runChild("Off").exited(44)) << "and when it is on";
}

// A program whose runtime is in the same section as everything else.
TEST(Preempt, TheRuntimesCodeMustBeApart) {
  const char* dir = getenv("TEST_SRCDIR");
  ASSERT_NE(dir, nullptr) << "Bazel builds that program and says where it is";
  ChildResult r;
  gort::Blocking([&] {
    const std::string program = std::string(dir) + "/" + getenv("TEST_WORKSPACE") + "/runtime/unseparated";
    FILE* f = popen(("exec $EMULATOR '" + program + "' 2>&1").c_str(), "re");
    char buf[4096];
    for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;) r.out.append(buf, n);
    r.status = pclose(f);
  });
  EXPECT_TRUE(r.exited(2)) << r.status << r.out;
  EXPECT_NE(r.out.find("fatal error: the runtime's code is not separate from the program's\n"), std::string::npos)
      << r.out;
}

}  // namespace
}  // namespace runtime
