// A program that ends as it wants to, while others still run.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::go([] {
    for (;;) asm volatile("");
  });
  std::fputs("leaving\n", stderr);
  gort::Exit(3);
}
