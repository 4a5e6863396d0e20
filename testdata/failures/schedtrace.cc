// Sleeps while the scheduler reports on itself (GODEBUG=schedtrace), then ends.
#include <chrono>

#include "gort.h"

int gort_main(int, char**) {
  gort::time::Sleep(std::chrono::milliseconds(250));
  return 0;
}
