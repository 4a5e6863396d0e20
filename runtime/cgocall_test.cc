// Threads that gort did not start, with 1, 2 and 8 Ps.
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/child_test.h"
#include "runtime/proc_decl.h"

namespace runtime {
namespace {

using gort::Chan;
using gort::tests::Procs;
using std::chrono::milliseconds;

class Foreign : public testing::TestWithParam<int> {
  Procs procs_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Ps, Foreign, testing::Values(1, 2, 8));

// Joins without holding a P.
void join(std::vector<std::thread>& threads) {
  gort::Blocking([&] {
    for (auto& t : threads) t.join();
  });
}

TEST_P(Foreign, SendsAndReceives) {
  constexpr int threads = 4, each = 500;
  Chan<int> in(0), out(3);
  std::vector<std::thread> v;
  for (int i = 0; i < threads; i++) {
    v.emplace_back([=] {
      for (int n = 0; n < each; n++) in << n;
    });
    v.emplace_back([=] {
      for (int n = 0; n < each; n++) out << 2 * *in.recv();
    });
  }
  int64_t sum = 0;
  for (int n = 0; n < threads * each; n++) sum += *out.recv();
  join(v);
  EXPECT_EQ(sum, int64_t{threads} * each * (each - 1));
}

TEST_P(Foreign, WithGoroutines) {
  Chan<int> there(0), back(0);
  gort::go([=] {
    for (int n : there) back << n + 1;
    back.close();
  });
  std::vector<std::thread> v;
  int last = 0;
  v.emplace_back([=, &last] {
    for (int n = 0; n < 1000; n++) {
      there << last;
      last = *back.recv();
    }
    there.close();
  });
  join(v);
  EXPECT_EQ(last, 1000);
  EXPECT_FALSE(back.recv());
}

TEST_P(Foreign, StartsGoroutines) {
  std::atomic<int> sum = 0;
  std::vector<std::thread> v;
  for (int i = 0; i < 4; i++) {
    v.emplace_back([&] {
      gort::sync::WaitGroup wg;
      for (int n = 1; n <= 100; n++) {
        wg.Add(1);
        gort::go([&, n] {
          sum += n;
          wg.Done();
        });
      }
      wg.Wait();
    });
  }
  join(v);
  EXPECT_EQ(sum, 4 * 5050);
}

TEST_P(Foreign, Locks) {
  gort::sync::Mutex mu;
  gort::sync::RWMutex rw;
  gort::sync::Once once;
  int n = 0, firsts = 0;
  auto work = [&] {
    for (int i = 0; i < 1000; i++) {
      mu.Lock();
      n++;
      mu.Unlock();
      rw.RLock();
      rw.RUnlock();
      once.Do([&] { firsts++; });
    }
  };
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 4; i++) wg.Go(work);
  std::vector<std::thread> v;
  for (int i = 0; i < 4; i++) v.emplace_back(work);
  join(v);
  wg.Wait();
  EXPECT_EQ(n, 8000);
  EXPECT_EQ(firsts, 1);
}

TEST_P(Foreign, SleepsSelectsAndTimers) {
  std::vector<std::thread> v;
  std::atomic<int> done = 0;
  Chan<int> never(0);
  for (int i = 0; i < 3; i++) {
    v.emplace_back([&] {
      auto start = gort::time::Now();
      gort::time::Sleep(milliseconds(3));
      if (gort::time::Since(start) >= milliseconds(3)) done++;
      gort::time::After(milliseconds(1)).recv();
      done++;
      auto timeout = gort::time::After(milliseconds(1));
      if (gort::select(gort::recv(never), gort::recv(timeout)) == 1) done++;
      gort::Gosched();
      done++;
    });
  }
  join(v);
  EXPECT_EQ(done, 12);
}

// Many threads after each other and at once: ms are used again.
TEST_P(Foreign, ThreadsComeAndGo) {
  Chan<int> c(0);
  auto round = [&] {
    std::vector<std::thread> v;
    for (int i = 0; i < 10; i++) v.emplace_back([=] { c << 1; });
    for (int i = 0; i < 10; i++) (void)c.recv();
    join(v);
  };
  round();
  const int32 before = mcount();
  for (int i = 0; i < 20; i++) round();
  // Those of the first round, and what the runtime starts for itself.
  EXPECT_LT(mcount(), before + 20);
  EXPECT_EQ(extraMInUse.Load(), 0u);
}

// Who makes an extra m finds it at the head of the list: so nobody who ends puts one there meanwhile. The list is held
// here, so that the one who makes it cannot go on.
TEST_P(Foreign, NobodyPutsAnMBackWhileOneIsMade) {
  std::atomic<int> inside{0};
  std::atomic<bool> end{false};
  std::vector<std::thread> threads;
  // Whatever is on the list is taken.
  const int n = std::max(static_cast<int>(extraMLength.Load()), 1);
  for (int i = 0; i < n; i++) {
    threads.emplace_back([&] {
      gort::Gosched();
      inside++;
      while (!end) usleep(1000);
    });
  }
  while (inside < n) gort::Blocking([] { usleep(1000); });
  ASSERT_EQ(extraMLength.Load(), 0u);
  auto made = [] {
    fromProgram here;
    lock(&sched.lock);
    const int64 n = sched.mnext;
    unlock(&sched.lock);
    return n;
  };
  const int64 before = made();
  ASSERT_TRUE(extraM.CompareAndSwap(0, 1));
  threads.emplace_back([] { gort::Gosched(); });
  while (made() == before) gort::Blocking([] { usleep(1000); });
  const uint32 used = extraMInUse.Load();
  end = true;
  gort::Blocking([] { usleep(50'000); });
  EXPECT_EQ(extraMInUse.Load(), used);
  extraM.Store(0);
  join(threads);
  EXPECT_EQ(extraMInUse.Load(), 0u);
}

// The thread's own state is as it was.
TEST_P(Foreign, KeepsMaskStackAndErrno) {
  std::vector<std::thread> v;
  Chan<int> c(1);
  v.emplace_back([&] {
    sigset_t set, after;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    errno = 77;
    c << 1;
    EXPECT_EQ(errno, 77);
    pthread_sigmask(SIG_BLOCK, nullptr, &after);
    EXPECT_TRUE(sigismember(&after, SIGUSR1));
    EXPECT_FALSE(sigismember(&after, SIGUSR2));
    EXPECT_EQ(getg(), nullptr);
  });
  join(v);
}

TEST_P(Foreign, Exceptions) {
  std::vector<std::thread> v;
  bool caught = false, rethrown = false;
  v.emplace_back([&] {
    Chan<int> c(0);
    c.close();
    try {
      c << 1;
    } catch (const gort::RuntimeError&) {
      caught = std::uncaught_exceptions() == 0;
      try {
        gort::Gosched();
        throw;
      } catch (const gort::RuntimeError&) {
        rethrown = true;
      }
    }
  });
  join(v);
  EXPECT_TRUE(caught);
  EXPECT_TRUE(rethrown);
}

// Destructors of thread_locals come before the m is given back, those of pthread's keys may come after.
TEST_P(Foreign, CallsWhileItsThreadEnds) {
  static Chan<int> c(4);
  struct AtEnd {
    ~AtEnd() { c << 1; }
  };
  static pthread_key_t key;
  static const int made = pthread_key_create(&key, [](void*) { c << 2; });
  ASSERT_EQ(made, 0);
  std::vector<std::thread> v;
  v.emplace_back([&] {
    thread_local AtEnd end;
    (void)&end;
    pthread_setspecific(key, &key);
    c << 3;
  });
  join(v);
  EXPECT_EQ(*c.recv() + *c.recv() + *c.recv(), 6);
  gort::Blocking([] {
    while (extraMInUse.Load() != 0) usleep(100);
  });
}

// A system call of gort's, or one that the thread says to be in.
TEST_P(Foreign, EntersSystemCalls) {
  std::vector<std::thread> v;
  v.emplace_back([] {
    gort::Blocking([] { usleep(100); });
    gort::EnterSyscall();
    gort::ExitSyscall();
    gort::Gosched();
  });
  join(v);
}

// A goroutine computes and calls nothing: it loses its P to who comes from outside.
TEST_P(Foreign, BesideGoroutinesThatCompute) {
  std::atomic<bool> stop = false;
  gort::sync::WaitGroup wg;
  for (int i = 0; i < GetParam(); i++) {
    wg.Go([&] {
      while (!stop.load(std::memory_order_relaxed)) {
      }
    });
  }
  std::vector<std::thread> v;
  v.emplace_back([&] {
    gort::time::Sleep(milliseconds(1));
    stop = true;
  });
  join(v);
  wg.Wait();
}

// The world stops and starts while threads are inside, outside and on their way.
TEST_P(Foreign, WorldStops) {
  std::atomic<bool> stop = false;
  std::atomic<int64_t> n = 0;
  std::vector<std::thread> v;
  for (int i = 0; i < 3; i++) {
    v.emplace_back([&] {
      Chan<int> c(1);
      while (!stop) {
        c << 1;
        n += *c.recv();
      }
    });
  }
  for (int i = 0; i < 50; i++) {
    gort::GOMAXPROCS(1 + i % 8);
    gort::time::Sleep(std::chrono::microseconds(100));
  }
  stop = true;
  join(v);
  EXPECT_GT(n, 0);
}

// A goroutine calls C, which calls back.
TEST_P(Foreign, CallbacksFromC) {
  static Chan<int> asked(0), answers(0);
  gort::go([] {
    for (int n : asked) answers << n;
    answers.close();
  });
  std::vector<int> numbers(200);
  for (int i = 0; i < 200; i++) numbers[static_cast<size_t>(i)] = i * 7919 % 211;
  std::vector<int> want = numbers;
  std::sort(want.begin(), want.end());
  qsort(numbers.data(), numbers.size(), sizeof(int), [](const void* a, const void* b) {
    asked << *static_cast<const int*>(a) - *static_cast<const int*>(b);
    return *answers.recv();
  });
  EXPECT_EQ(numbers, want);
  asked.close();
  EXPECT_FALSE(answers.recv());
  asked = Chan<int>(0);
  answers = Chan<int>(0);
}

// ---- Whole processes.

// main waits for a thread that has not called yet: no deadlock.
CHILD(waits) {
  Chan<int> c(0);
  std::thread t([=] {
    usleep(50'000);
    c << 7;
  });
  int got = *c.recv();
  t.join();
  _exit(got);
}
TEST(ForeignChild, WaitsForThreadThatHasNotCalled) {
  ChildResult r = runChild("waits", "GOMAXPROCS=1");
  EXPECT_TRUE(r.exited(7)) << r.out;
}

// ... for one that has, and is outside.
CHILD(waits_again) {
  Chan<int> c(0);
  std::thread t([=] {
    c << 3;
    usleep(50'000);
    c << 4;
  });
  int got = *c.recv();
  got += *c.recv();
  t.join();
  _exit(got);
}
TEST(ForeignChild, WaitsForThreadThatIsOutside) {
  ChildResult r = runChild("waits_again", "GOMAXPROCS=2");
  EXPECT_TRUE(r.exited(7)) << r.out;
}

// The thread that could have helped has ended; or is in the same plight.
CHILD(ended) {
  Chan<int> c(0);
  std::thread([=] {
    c << 1;
    usleep(20'000);  // main is asleep by then: it is this thread's end that tells
  }).detach();
  c.recv();
  c.recv();
}
CHILD(both) {
  Chan<int> c(0);
  std::thread([=] { c.recv(); }).detach();
  c.recv();
}
TEST(ForeignChild, DeadlocksAreFound) {
  for (const char* child : {"ended", "both"}) {
    ChildResult r = runChild(child, "GOMAXPROCS=2");
    EXPECT_TRUE(r.exited(2)) << child << ": " << r.out;
    EXPECT_NE(r.out.find("fatal error: all goroutines are asleep - deadlock!"), std::string::npos) << r.out;
  }
  // The dump shows the thread's goroutine on its own stack.
  std::string out = runChild("both", "GOMAXPROCS=2").out;
  EXPECT_NE(out.find("[chan receive, locked to thread]"), std::string::npos) << out;
}

CHILD(goexit) {
  std::thread t([] { gort::Goexit(); });
  t.join();
}
TEST(ForeignChild, Goexit) {
  ChildResult r = runChild("goexit");
  EXPECT_TRUE(r.exited(2)) << r.out;
  EXPECT_NE(r.out.find("in a thread that was not created by the Go runtime"), std::string::npos) << r.out;
}

// exit from a thread: the goroutines stand still first.
CHILD(exits) {
  std::thread t([] { std::exit(9); });
  Chan<int>(0).recv();
}
TEST(ForeignChild, Exit) {
  ChildResult r = runChild("exits");
  EXPECT_TRUE(r.exited(9)) << r.out;
}

// The child of a fork may do what C++ may; a call of gort's is told, and so is a function that returns to it.
int statusOfFork(void (*child)()) {
  pid_t pid = fork();
  if (pid == 0) {
    child();
    _exit(0);
  }
  int status = 0;
  gort::Blocking([&] { waitpid(pid, &status, 0); });
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
CHILD(forks) {
  gort::sync::WaitGroup wg;
  std::atomic<bool> stop = false;
  for (int i = 0; i < 4; i++) {
    wg.Go([&] {
      while (!stop) gort::Gosched();
    });
  }
  static Chan<int> c(1);
  int plain = statusOfFork([] { _exit(5); });
  int execs = statusOfFork([] { execlp("sh", "sh", "-c", "exit 6", nullptr); });
  int calls = statusOfFork([] { c << 1; });
  int from_thread = 0;
  std::thread([&] {
    c << 1;
    from_thread = statusOfFork([] { c.recv(); });
  }).join();
  stop = true;
  wg.Wait();
  std::printf("plain %d exec %d calls %d thread %d\n", plain, execs, calls, from_thread);
  std::fflush(stdout);
  _exit(0);
}
TEST(ForeignChild, Fork) {
  for (const char* procs : {"GOMAXPROCS=1", "GOMAXPROCS=2", "GOMAXPROCS=8"}) {
    ChildResult r = runChild("forks", procs);
    EXPECT_TRUE(r.exited(0)) << r.out;
    EXPECT_NE(r.out.find("plain 5 exec 6 calls 2 thread 2"), std::string::npos) << r.out;
    EXPECT_NE(r.out.find("fatal error: gort called in the child of a fork: all that it may do is exec"),
              std::string::npos)
        << r.out;
  }
}

// A fault of the thread's own code outside is a C++ program's.
CHILD(faults) {
  std::thread t([] {
    Chan<int>(1) << 1;
    raise(SIGSEGV);
  });
  t.join();
}
TEST(ForeignChild, FaultOutside) {
  ChildResult r = runChild("faults");
  EXPECT_TRUE(r.killed(SIGSEGV) || r.exited(128 + SIGSEGV)) << r.status << r.out;
}

}  // namespace
}  // namespace runtime
