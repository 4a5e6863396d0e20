// The twin of mutex_starvation.go.
#include <chrono>
#include <cstdio>

#include "gort.h"

using namespace std::chrono_literals;

int gort_main(int, char**) {
  gort::sync::Mutex mu;
  gort::sync::WaitGroup wg;
  int total = 0;
  mu.Lock();
  for (int i = 0; i < 5; i++) {
    wg.Add(1);
    gort::go([&, i] {
      for (int k = 0; k < 4; k++) {
        mu.Lock();
        total += i + 1;
        if (k % 2 == 0) gort::time::Sleep(2ms);
        mu.Unlock();
      }
      wg.Done();
    });
  }
  gort::time::Sleep(3ms);
  mu.Unlock();
  for (int k = 0; k < 6; k++) {
    mu.Lock();
    total++;
    mu.Unlock();
    gort::time::Sleep(500us);
  }
  wg.Wait();
  std::printf("%d\n", total);
  return 0;
}
