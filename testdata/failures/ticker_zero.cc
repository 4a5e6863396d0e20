// A ticker without a period.
#include <chrono>

#include "gort.h"

int gort_main(int, char**) {
  gort::time::NewTicker(std::chrono::seconds(0));
  return 0;
}
