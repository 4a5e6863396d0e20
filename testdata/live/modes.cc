// Rounding modes and errno are the goroutine's: they begin at the default, and come along.
#include <cerrno>
#include <cfenv>
#include <cstring>
#include <xmmintrin.h>

#include "check.h"

int gort_main(int, char**) {
  // Between the call that finds errno and the use of it, a goroutine that is moved may be on another thread.
  const char* debug = std::getenv("GODEBUG");
  const bool moves = debug != nullptr && std::strstr(debug, "move") != nullptr;
  const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  rounds(8, [&](int i) {
    gort::sync::WaitGroup wg;
    wg.Add(1);
    gort::go([&, i] {
      CHECK(std::fegetround() == FE_TONEAREST);
      std::fesetround(modes[i % 4]);
      const bool flush = (i & 4) != 0;
      if (flush) _mm_setcsr(_mm_getcsr() | 0x8040);
      std::feclearexcept(FE_ALL_EXCEPT);
      errno = 1000 + i;
      for (int r = 0; r < 20; r++) {
        gort::Gosched();
        CHECK(moves || errno == 1000 + i);
        CHECK(std::fegetround() == modes[i % 4]);
        CHECK(((_mm_getcsr() & 0x8040) == 0x8040) == flush);
        CHECK(std::fetestexcept(FE_INEXACT) == 0);
        work(1000);
      }
      wg.Done();
    });
    wg.Wait();
    volatile double one = 1, three = 3;
    volatile double third = one / three;  // somebody's exception
    CHECK(third > 0.3);
    CHECK(std::fegetround() == FE_TONEAREST);
  });
  return verdict();
}
