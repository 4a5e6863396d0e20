// A channel of negative size.
#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<int> c(-1);
  return 0;
}
