// The main goroutine ends by Goexit, and those that are left wait for ever.
#include "gort.h"

static gort::Chan<int> never;

static void worker() { never.recv(); }

int gort_main(int, char**) {
  never = gort::Chan<int>(0);
  gort::go(worker);
  gort::Goexit();
}
