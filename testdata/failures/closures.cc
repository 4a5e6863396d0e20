// A panic in a function literal within a function literal: who created whom.
#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<bool> done(0);
  gort::go([=] {
    gort::go([] { gort::panic("deep inside"); });
    done.recv();
  });
  done.recv();
  return 0;
}
