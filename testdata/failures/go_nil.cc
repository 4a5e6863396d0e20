// A goroutine of no function.
#include "gort.h"

int gort_main(int, char**) {
  void (*f)() = nullptr;
  gort::go(f);
  return 0;
}
