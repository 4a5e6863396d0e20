// Says whether GOMAXPROCS is what the machine has: a value that makes no sense is passed over.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  std::fprintf(stderr, "default: %s\n", gort::GOMAXPROCS(0) == gort::NumCPU() ? "true" : "false");
  std::fprintf(stderr, "three: %s\n", gort::GOMAXPROCS(0) == 3 ? "true" : "false");
  return 0;
}
