// RUnlock of a read lock that nobody holds.
#include "gort.h"

int gort_main(int, char**) {
  gort::sync::RWMutex mu;
  mu.RUnlock();
  return 0;
}
