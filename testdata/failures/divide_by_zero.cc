// A division by zero.
#include <cstdio>

#include "gort.h"

[[gnu::noinline]] static long divide(const volatile long& a, const volatile long& b) { return a / b; }

int gort_main(int, char**) {
  volatile long a = 1, b = 0;
  std::printf("%ld\n", divide(a, b));
  return 0;
}
