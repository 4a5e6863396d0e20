// Unlock of a write lock that nobody holds.
#include "gort.h"

int gort_main(int, char**) {
  gort::sync::RWMutex mu;
  mu.Unlock();
  return 0;
}
