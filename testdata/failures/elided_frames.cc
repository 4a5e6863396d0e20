// A panic below more calls than a trace shows.
#include <cstdio>

#include "gort.h"

static volatile bool atTheBottom = true;  // so that the compiler sees a way back

[[gnu::noinline]] static int down(int n) {
  if (n == 0) {
    if (atTheBottom) gort::panic("at the bottom");
    return 0;
  }
  volatile int more = down(n - 1);
  return more + 1;
}

int gort_main(int, char**) {
  std::printf("%d\n", down(150));
  return 0;
}
