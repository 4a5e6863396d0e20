// A recursion without end.
#include <cstdio>

#include "gort.h"

static volatile bool endless = true;

[[gnu::noinline]] static int down(int n) {
  if (!endless) return n;
  volatile char room[64];
  room[0] = static_cast<char>(n);
  return down(n + 1) + room[0];
}

int gort_main(int, char**) {
  gort::Gosched();  // the finalizers' goroutine comes to its wait
  std::printf("%d\n", down(0));
  return 0;
}
