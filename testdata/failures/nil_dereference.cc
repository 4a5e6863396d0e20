// A write through a nil pointer.
#include <cstdio>

#include "gort.h"

struct point {
  long x, y;
};

[[gnu::noinline]] static void set(volatile point* p) { p->y = 1; }

int gort_main(int, char**) {
  point* volatile p = nullptr;
  set(p);
  std::puts("not reached");
  return 0;
}
