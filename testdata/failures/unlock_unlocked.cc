// Unlock of a mutex that nobody holds.
#include "gort.h"

int gort_main(int, char**) {
  gort::sync::Mutex mu;
  mu.Lock();
  mu.Unlock();
  mu.Unlock();
  return 0;
}
