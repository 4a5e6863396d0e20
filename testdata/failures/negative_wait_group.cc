// More Done than Add.
#include "gort.h"

int gort_main(int, char**) {
  gort::sync::WaitGroup wg;
  wg.Add(1);
  wg.Done();
  wg.Done();
  return 0;
}
