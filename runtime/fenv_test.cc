// What of a thread's state belongs to the goroutine: rounding modes, exception flags, errno (fenv.cc, asm_*.S).
#include "runtime/fenv.h"

#include <fcntl.h>

#include <atomic>
#include <cfenv>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"

namespace runtime {
namespace {

using gort::tests::Procs;

constexpr int kProcs[] = {1, 2, 8};

// Runs f(i) on n goroutines, and waits for them.
template <class F>
void onEach(int n, F f) {
  gort::sync::WaitGroup wg;
  wg.Add(n);
  for (int i = 0; i < n; i++) {
    gort::go([&, i] {
      f(i);
      wg.Done();
    });
  }
  wg.Wait();
}

#if defined(__x86_64__)
// The first test here: nothing has touched the modes so far, so no switch looks at them.
TEST(Fenv, AProgramThatTouchesNothingIsNotTracked) { EXPECT_FALSE(fenvTracked()); }
#endif

TEST(Fenv, ModesStayWithTheirGoroutine) {
  constexpr int kModes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  for (int n : kProcs) {
    Procs procs(n);
    std::atomic<int> wrong{0};
    onEach(64, [&](int i) {
      std::fesetround(kModes[i % 4]);
      for (int k = 0; k < 100; k++) {
        gort::Gosched();
        if (std::fegetround() != kModes[i % 4]) wrong++;
      }
    });
    EXPECT_EQ(wrong, 0) << n;
    EXPECT_EQ(std::fegetround(), FE_TONEAREST);
  }
  EXPECT_TRUE(fenvTracked());
}

// Whatever the one that ended on its thread left, and whatever mode it was started in.
TEST(Fenv, ANewGoroutineBeginsWithTheDefault) {
  for (int n : kProcs) {
    Procs procs(n);
    std::atomic<int> wrong{0};
    for (int round = 0; round < 20; round++) {
      onEach(16, [&](int i) {
        if (std::fegetround() != FE_TONEAREST) wrong++;
        std::fesetround(i % 2 == 0 ? FE_UPWARD : FE_TOWARDZERO);
        onEach(1, [&](int) {
          if (std::fegetround() != FE_TONEAREST) wrong++;
        });
      });
    }
    EXPECT_EQ(wrong, 0) << n;
  }
}

TEST(Fenv, FlagsOfOthersAreNotSeen) {
  for (int n : kProcs) {
    Procs procs(n);
    std::atomic<int> seen{0}, lost{0};
    onEach(16, [&](int i) {
      for (int k = 0; k < 100; k++) {
        std::feclearexcept(FE_ALL_EXCEPT);
        if (i % 2 == 0) std::feraiseexcept(FE_DIVBYZERO);
        gort::Gosched();
        const bool raised = std::fetestexcept(FE_DIVBYZERO) != 0;
        if (i % 2 == 0 && !raised) lost++;
        if (i % 2 != 0 && raised) seen++;
      }
    });
    EXPECT_EQ(seen, 0) << n;
    EXPECT_EQ(lost, 0) << n;
  }
}

#if defined(__x86_64__)
// The same of the flags that the x87 has besides.
TEST(Fenv, FlagsOfOthersLongDoublesAreNotSeen) {
  for (int n : kProcs) {
    Procs procs(n);
    std::atomic<int> seen{0}, lost{0}, old{0};
    onEach(16, [&](int i) {
      if (std::fetestexcept(FE_ALL_EXCEPT) != 0) old++;
      for (int k = 0; k < 100; k++) {
        std::feclearexcept(FE_ALL_EXCEPT);
        volatile long double one = 1, zero = 0, root = -1;
        if (i % 3 == 0) one = one / zero;
        if (i % 3 == 1) root = __builtin_sqrtl(root);
        gort::Gosched();
        const int raised = std::fetestexcept(FE_DIVBYZERO | FE_INVALID);
        const int mine = i % 3 == 0 ? FE_DIVBYZERO : i % 3 == 1 ? FE_INVALID : 0;
        if ((raised & mine) != mine) lost++;
        if ((raised & ~mine) != 0) seen++;
      }
    });
    EXPECT_EQ(seen, 0) << n;
    EXPECT_EQ(lost, 0) << n;
    EXPECT_EQ(old, 0) << n;
  }
}
#endif

[[gnu::noinline]] int errnoNow() { return errno; }
[[gnu::noinline]] void setErrno(int v) { errno = v; }

TEST(Errno, StaysWithItsGoroutine) {
  for (int n : kProcs) {
    Procs procs(n);
    std::atomic<int> wrong{0};
    gort::Chan<int> c(0);
    onEach(64, [&](int i) {
      if (errnoNow() != 0) wrong++;  // a new one has none
      for (int k = 0; k < 200; k++) {
        setErrno(i + 1);
        gort::Gosched();
        if (errnoNow() != i + 1) wrong++;
        if (open("/nonexistent/x", O_RDONLY) >= 0 || errno != ENOENT) wrong++;
        errno = i + 1;
        if (i % 2 == 0) {
          c << k;
        } else {
          c.recv();
        }
        if (errno != i + 1) wrong++;  // in one function: the address must be found anew
      }
    });
    EXPECT_EQ(wrong, 0) << n;
  }
}

}  // namespace
}  // namespace runtime
