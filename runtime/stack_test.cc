// stack.cc: sizes, guards, reports of an overflow, what a parked goroutine costs, memory given back, and what happens
// when there is none.
#include "runtime/stack.h"

#include <alloca.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "api/procs_test.h"
#include "gtest/gtest.h"
#include "runtime/asan.h"
#include "runtime/child_test.h"
#include "runtime/cxx.h"
#include "runtime/mgcmark.h"
#include "runtime/proc_decl.h"

namespace runtime {
namespace {

using gort::tests::Procs;

long statusField(const char* key) {
  FILE* f = fopen("/proc/self/status", "re");
  char line[256];
  long v = -1;
  while (fgets(line, sizeof line, f) != nullptr) {
    if (strncmp(line, key, strlen(key)) == 0) v = atol(line + strlen(key));
  }
  fclose(f);
  return v;  // kB
}

// Its lower end: a name for it.
uintptr stackOfThis() { return getg()->stack.lo; }

// Whether this goroutine's limit is that of its stack, or says that others want the processor, as it may at any time.
bool limitFits() {
  const g* gp = getg();
  const uintptr guard = __atomic_load_n(&gp->stackguard0, __ATOMIC_RELAXED);
  return guard == gp->stack.lo + stackGuard || guard == stackPreempt;
}

uintptr stackSizeHere() { return stackSizeOf(getg()); }

// What f says on a goroutine of its own.
template <class F>
auto onGoroutine(F f) {
  decltype(f()) result{};
  std::atomic<bool> done{false};
  gort::go([&] {
    result = f();
    done = true;
  });
  while (!done) gort::Gosched();
  return result;
}

TEST(Stack, Sizes) {
  EXPECT_EQ(stackSizeHere(), mainStackSize);
  EXPECT_EQ(onGoroutine(stackSizeHere), defaultStackSize);

  setNextStackSize(1000000);
  EXPECT_EQ(onGoroutine(stackSizeHere), uintptr{1} << 20);
  EXPECT_EQ(onGoroutine(stackSizeHere), defaultStackSize) << "for one goroutine only";
  setNextStackSize(1);
  EXPECT_EQ(onGoroutine(stackSizeHere), minStackSize);
  setNextStackSize(512 << 20);
  EXPECT_EQ(onGoroutine(stackSizeHere), uintptr{512} << 20);
  setNextStackSize(1 << 20);
  setNextStackSize(0);
  EXPECT_EQ(onGoroutine(stackSizeHere), defaultStackSize);

  EXPECT_EQ(setStartingStackSize(64 << 10), defaultStackSize);
  EXPECT_EQ(onGoroutine(stackSizeHere), uintptr{64} << 10) << "also where a dead goroutine's stack was kept";
  EXPECT_EQ(setStartingStackSize(defaultStackSize), uint32{64} << 10);
  EXPECT_EQ(onGoroutine(stackSizeHere), defaultStackSize);
}

// All of it can be used: to within what a call needs.
[[gnu::noinline]] int fill(uintptr bytes) {
  volatile char* p = static_cast<char*>(alloca(bytes));
  for (uintptr i = 0; i < bytes; i += 1024) p[i] = 1;
  return p[0];
}

TEST(Stack, TheWholeRangeIsThere) {
  EXPECT_EQ(onGoroutine([] { return fill(defaultStackSize - 8192); }), 1);
  setNextStackSize(64 << 20);
  EXPECT_EQ(onGoroutine([] { return fill((64 << 20) - 8192); }), 1);
}

// What a library does deep down on a stack of the usual size, among others.
TEST(Stack, LibraryCodeHasRoom) {
  EXPECT_TRUE(onGoroutine([] { return std::regex_match(std::string(400, 'a'), std::regex("(a|b)*c?")); }));
  EXPECT_TRUE(onGoroutine([] { return std::regex_match(std::string(1000, 'a'), std::regex("(a|b)*c?")); }));
}

// Many that were made together all have a guard, and those that lie ready are whole.
TEST(Stack, EachOfManyHasAGuard) {
  Procs procs(1);
  const uint64 before = readStackStats().unguarded;
  gort::sync::WaitGroup ready, done;
  gort::Chan<bool> c(0);
  constexpr int n = 2000;
  ready.Add(n);
  done.Add(n);
  int unguarded = 0;
  for (int i = 0; i < n; i++) {
    setNextStackSize(minStackSize);
    gort::go([&] {
      // The system writes nowhere and says so: what no load and no store can find out without ending the program.
      int ends[2];
      if (pipe(ends) == 0) {
        void* below = reinterpret_cast<void*>(getg()->stack.lo - 1);
        if (write(ends[1], "x", 1) != 1 || read(ends[0], below, 1) == 1) unguarded++;
        close(ends[0]);
        close(ends[1]);
      }
      ready.Done();
      c.recv();
      done.Done();
    });
  }
  ready.Wait();
  c.close();
  done.Wait();
  EXPECT_EQ(unguarded, 0);
  EXPECT_EQ(readStackStats().unguarded, before);
}

TEST(Stack, StartsAligned) {
  for (int i = 0; i < 64; i++) {
    uintptr extra = onGoroutine([] { return reinterpret_cast<uintptr>(extraOf(getg())); });
    EXPECT_EQ(extra % 16, 0u);
  }
}

// A thousand goroutines that start and end in turn use a few stacks, though each g has one of its own.
TEST(Stack, WhoStartsGetsTheStackThatWasUsedLast) {
  Procs procs(1);
  std::set<uintptr> used;
  auto thousand = [&used] {
    gort::sync::WaitGroup wg;
    wg.Add(1000);
    for (int i = 0; i < 1000; i++) {
      gort::go([&] {
        used.insert(stackOfThis());
        wg.Done();
      });
    }
    wg.Wait();
  };
  thousand();
  used.clear();
  thousand();
  EXPECT_LE(used.size(), 100u);

  // Those that are still there keep theirs.
  used.clear();
  gort::sync::WaitGroup wg;
  wg.Add(1000);
  gort::Chan<bool> go(0);
  for (int i = 0; i < 1000; i++) {
    gort::go([&used, &wg, go] {
      const uintptr mine = stackOfThis();
      used.insert(mine);
      wg.Done();
      go.recv();
      EXPECT_EQ(mine, stackOfThis());
      wg.Done();
    });
  }
  wg.Wait();
  EXPECT_EQ(used.size(), 1000u);
  wg.Add(1000);
  go.close();
  wg.Wait();
}

// A coroutine's goroutine is entered past execute, which sets the limit for all others.
TEST(Stack, CoroutinesKnowTheirLimit) {
  Procs procs(1);
  // Few and many at a time: some find a dead goroutine to trade with, some do not, and some become one that was traded
  // with.
  for (int i = 0; i < 100; i++) {
    std::vector<gort::Puller<bool>> some;
    for (int k = 0; k < i * 37 % 2000; k++) {
      some.push_back(gort::Pull<bool>([](gort::Yield<bool> yield) {
        while (yield(limitFits())) {
        }
      }));
    }
    for (auto& p : some) EXPECT_TRUE(p.Next().value());
    for (auto& p : some) p.Stop();
  }
}

// Sizes do not mix: a stack of another size goes to nobody who did not ask for it.
TEST(Stack, OnlyStacksOfOneSizeAreTraded) {
  Procs procs(1);
  const uint32 before = setStartingStackSize(64 << 10);
  gort::sync::WaitGroup wg;
  wg.Add(400);
  for (int i = 0; i < 400; i++) {
    setStartingStackSize(i % 2 == 0 ? 64 << 10 : 128 << 10);
    gort::go([&wg, i] {
      EXPECT_EQ(stackSizeHere(), uintptr{i % 2 == 0 ? 64u << 10 : 128u << 10});
      EXPECT_TRUE(limitFits());
      wg.Done();
    });
    if (i % 8 == 7) gort::Gosched();
  }
  wg.Wait();
  setStartingStackSize(before);
}

// ---- Overflow.

[[gnu::noinline]] int recurse(int n) {
  volatile char frame[300];
  frame[n % 300] = 1;
  if (n < 0) return 0;
  return recurse(n + 1) + frame[n % 300];
}

CHILD(Overflow) {
  gort::go([] { recurse(0); });
  for (;;) gort::Gosched();
}
// One frame that is far larger than the guard and the stack, and touches only its end.
[[gnu::noinline]] int hugeFrame() {
  char frame[8 << 20];
  frame[0] = 1;
  asm volatile("" ::"r"(frame) : "memory");
  return frame[0];
}
CHILD(OverflowByOneFrame) {
  gort::sync::WaitGroup ready;
  for (int i = 0; i < 20; i++) {  // so that others' stacks lie below
    ready.Add(1);
    gort::go([&] {
      ready.Done();
      gort::Chan<int>(0).recv();
    });
  }
  ready.Wait();
  gort::go([] { hugeFrame(); });
  for (;;) gort::Gosched();
}
CHILD(OverflowByMprotect) {
  setStackGuardKind(stackGuardKind::mprotect);
  setNextStackSize(128 << 10);  // a size that nobody had: a new stack
  gort::go([] { recurse(0); });
  for (;;) gort::Gosched();
}
CHILD(OverflowWithoutGuard) {
  setStackGuardKind(stackGuardKind::none);
  setNextStackSize(128 << 10);
  gort::go([] {
    // A little way below the stack, into the gap, and back.
    char here;
    uintptr bytes = reinterpret_cast<uintptr>(&here) - getg()->stack.lo + 64;
    fill(bytes);
  });
  for (;;) gort::Gosched();
}

void expectOverflow(const ChildResult& r, uint32 size) {
  EXPECT_TRUE(r.exited(2)) << r.status << r.out;
  std::string text = "runtime: goroutine stack exceeds " + std::to_string(size) + "-byte limit\nruntime: ";
  EXPECT_NE(r.out.find(text), std::string::npos) << r.out.substr(0, 2000);
  EXPECT_NE(r.out.find("]\nruntime: for a larger one: gort::go(gort::StackSize{BYTES}, ...), "
                       "or gort::SetStackSize(BYTES) "
                       "for all\nfatal error: stack overflow\n\nruntime stack:\n"),
            std::string::npos)
      << r.out.substr(0, 2000);
}

TEST(Stack, OverflowIsReported) {
  ChildResult r = runChild("Overflow");
  expectOverflow(r, defaultStackSize);
  EXPECT_NE(r.out.find("recurse("), std::string::npos) << "the goroutine's frames";
  EXPECT_NE(r.out.find("frames elided"), std::string::npos);
  expectOverflow(runChild("OverflowByOneFrame"), defaultStackSize);
  expectOverflow(runChild("OverflowByMprotect"), 128 << 10);
  expectOverflow(runChild("OverflowWithoutGuard"), 128 << 10);
}

// ---- Many.

struct Crowd {
  std::vector<g*> gs;
  std::atomic<uint64> in{0};
  std::atomic<uint64> out{0};

  explicit Crowd(uint64 n) : gs(n) {
    for (uint64 i = 0; i < n; i++) {
      gort::go([this] {
        gs[in++] = getg();
        fromProgram here;
        gopark([](g*, void*) { return true; }, nullptr, waitReasonChanReceive, traceBlockChanRecv, 1);
        out++;
      });
      if (i % 64 == 0) gort::Gosched();
    }
    while (in < n) gort::Gosched();
    // The last ones may still be on their way into the park.
    for (g* gp : gs) {
      while (readgstatus(gp) != _Gwaiting) gort::Gosched();
    }
  }
  ~Crowd() {
    for (uint64 i = 0; i < gs.size(); i++) {
      {
        fromProgram here;
        goready(gs[i], 1);
      }
      if (i % 64 == 0) gort::Gosched();
    }
    while (out < gs.size()) gort::Gosched();
  }
};

// n parked goroutines; their resident bytes each.
double residentEach(uint64 n) {
  long before = statusField("VmRSS:");
  Crowd crowd(n);
  return static_cast<double>(statusField("VmRSS:") - before) * 1024 / static_cast<double>(n);
}

CHILD(Crowd) {
  const char* count = getenv("CROWD");
  const char* kind = getenv("GUARDS");
  setStackGuardKind(static_cast<stackGuardKind>(atoi(kind)));
  const uint64 n = static_cast<uint64>(atol(count));
  double each = residentEach(n);
  stackStats s = readStackStats();
  printf("resident %.0f bytes each, %lu without guard\n", each, static_cast<unsigned long>(s.unguarded));
  // AddressSanitizer has as much again for its notes.
  EXPECT_LT(each, asanenabled ? 2 * 4819 : 4819) << "1.8 times what a goroutine of Go's has";
  if (kind[0] == '0') {
    EXPECT_EQ(s.unguarded, 0u);
  }
  if (kind[0] == '2') {
    EXPECT_GE(s.unguarded, n);
  }
}

// In kB, of the whole machine.
long memAvailable() {
  std::ifstream in("/proc/meminfo");
  for (std::string word; in >> word;) {
    if (word != "MemAvailable:") continue;
    long kb;
    in >> kb;
    return kb;
  }
  return 0;
}

// A million of them, with the kernel's limit on mappings as it is: in some seconds and 4.6 GB. With less memory, as
// many as are still more than that limit allows guards. AddressSanitizer leaves no addresses for as many.
TEST(Stack, ParkedGoroutinesAreCheapWithAllKindsOfGuards) {
  const std::string n = !asanenabled && memAvailable() > 6'000'000 ? "1000000" : "40000";
  for (const char* kind : {"0", "1", "2"}) {
    ChildResult r = runChild("Crowd", "CROWD=" + n + " GUARDS=" + kind);
    EXPECT_TRUE(r.exited(0)) << r.out;
    printf("guards %s, %s goroutines: %s", kind, n.c_str(), strstr(r.out.c_str(), "resident"));
  }
}

TEST(Stack, MemoryComesBackAfterABurst) {
  constexpr uint64 n = 20000;
  long before = statusField("VmRSS:");
  long during;
  {
    Crowd crowd(n);
    during = statusField("VmRSS:");
  }
  ASSERT_GT(during - before, static_cast<long>(n) * 4);
  fromProgram here;
  systemstack([] {
    markrootFreeGStacks();
    stackScavenge(0);
  });
  long after = statusField("VmRSS:");
  // AddressSanitizer has notes of its own about each page, and keeps them.
  EXPECT_LT(after - before, static_cast<long>(n) * (asanenabled ? 2 : 1))
      << "kB; a quarter of the stacks' pages at most";

  // And the addresses are good for new ones.
  Crowd again(n);
  EXPECT_EQ(again.in, n);
}

// The scavenger's goroutine does it by itself, a while after the burst, if the program does not sleep altogether.
TEST(Stack, TheScavengerNotices) {
  constexpr uint64 n = 10000;
  { Crowd crowd(n); }
  for (int i = 0; i < 3000; i++) {
    if (readStackStats().inUse < n / 2) break;
    gort::Blocking([] { usleep(10000); });
  }
  EXPECT_LT(readStackStats().inUse, n / 2);
}

// ---- None left. AddressSanitizer's own memory ends first, with a text of its own.

#if !RUNTIME_ASAN

CHILD(OutOfMemory) {
  rlimit lim{};
  lim.rlim_cur = lim.rlim_max = uint64{512} << 20;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &lim), 0);
  Crowd crowd(1000000);
}

TEST(Stack, NoMemoryIsFatal) {
  ChildResult r = runChild("OutOfMemory");
  EXPECT_TRUE(r.exited(2)) << r.out.substr(0, 2000);
  EXPECT_NE(r.out.find("runtime: out of memory: cannot allocate 1048576-byte block ("), std::string::npos)
      << r.out.substr(0, 2000);
  EXPECT_NE(r.out.find("\nfatal error: out of memory\n\nruntime stack:\n"), std::string::npos) << r.out.substr(0, 2000);
}

CHILD(NoThreads) {
  rlimit lim{};
  lim.rlim_cur = lim.rlim_max = 1;
  ASSERT_EQ(setrlimit(RLIMIT_NPROC, &lim), 0);
  if (getuid() == 0 && setuid(65534) != 0) {
    // Root has no limit, and in a sandbox there may be nobody else: then no room for a thread's stack, which libc
    // answers in the same way.
    lim.rlim_cur = lim.rlim_max = (static_cast<rlim_t>(statusField("VmSize:")) << 10) + (300 << 10);
    ASSERT_EQ(setrlimit(RLIMIT_AS, &lim), 0);
  }
  for (int i = 0; i < 8; i++) {
    gort::go([] {
      gort::LockOSThread();
      for (;;) gort::Blocking([] { usleep(1000000); });
    });
  }
  for (;;) gort::Gosched();
}

TEST(Stack, NoThreadIsFatal) {
  // On one P: two Ms that fail at once would both tell of it, one in the midst of the other's text.
  ChildResult r = runChild("NoThreads", "GOMAXPROCS=1");
  EXPECT_TRUE(r.exited(2)) << r.out.substr(0, 2000);
  EXPECT_NE(r.out.find("runtime: failed to create new OS thread (have "), std::string::npos) << r.out.substr(0, 2000);
  EXPECT_NE(r.out.find("already; errno=11)\nruntime: may need to increase max user processes (ulimit -u)\nfatal error: "
                       "newosproc\n"),
            std::string::npos)
      << r.out.substr(0, 2000);
}

#endif  // !RUNTIME_ASAN

}  // namespace
}  // namespace runtime
