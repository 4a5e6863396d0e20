// Goroutines that compute, between calls into gort from which they return without giving way: whoever advances a trace
// may find one of them in a call at first, and takes its processor when it looks again.
#include <chrono>
#include <string>

#include "gort.h"

int gort_main(int, char**) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(600);
  const std::string message(1000, 'm');
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 6; i++) {
    wg.Go([=, &message] {
      while (Clock::now() < end) {
        gort::trace::Log("computes", message);
        for (long k = 0; k < 300'000; k++) asm volatile("" : "+r"(k));
      }
    });
  }
  wg.Wait();
  return 0;
}
