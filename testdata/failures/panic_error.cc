// A panic with an error value, in a goroutine that is not the first, below two calls.
#include <cstdio>
#include <stdexcept>

#include "gort.h"

[[gnu::noinline]] static void inner(int n) {
  if (n > 0) throw std::runtime_error("out of luck");
}

[[gnu::noinline]] static void outer(int n) {
  inner(n);
  std::puts("not reached");
}

static void worker() {
  outer(1);
  std::puts("not reached");
}

int gort_main(int, char**) {
  gort::go(worker);
  gort::select();
  return 0;
}
