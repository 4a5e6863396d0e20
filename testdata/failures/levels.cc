// A panic with other goroutines around: what GOTRACEBACK makes of it.
#include "gort.h"

static gort::Chan<int> never;

static void waiter() { never.recv(); }

[[gnu::noinline]] static void fail() { gort::panic("trouble"); }

int gort_main(int, char**) {
  never = gort::Chan<int>(0);
  gort::go(waiter);
  gort::go(waiter);
  for (int i = 0; i < 3; i++) gort::Gosched();
  fail();
  return 0;
}
