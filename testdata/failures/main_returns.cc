// main returns while others are in the middle of things: the program just ends.
#include <chrono>
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::go([] {
    for (;;) asm volatile("");
  });
  gort::go([] { gort::select(); });
  gort::time::Sleep(std::chrono::milliseconds(20));
  std::fputs("end of main\n", stderr);
  return 0;
}
