// Everybody waits for somebody: main for a value, a goroutine to get rid of one.
#include "gort.h"

static void produce(gort::Chan<int> c) { c.send(1); }

int gort_main(int, char**) {
  gort::Chan<int> c(0), d(0);
  gort::go(produce, c);
  d.recv();
  return 0;
}
