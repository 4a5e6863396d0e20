// A channel is closed twice.
#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<int> c(0);
  c.close();
  c.close();
  return 0;
}
