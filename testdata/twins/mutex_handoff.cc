// The twin of mutex_handoff.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::sync::Mutex mu;
  gort::sync::WaitGroup wg;
  int count = 0;
  for (int i = 0; i < 6; i++) {
    wg.Add(1);
    gort::go([&, i] {
      for (int k = 0; k < 10; k++) {
        mu.Lock();
        count++;
        if ((i + k) % 3 == 0) gort::Gosched();
        mu.Unlock();
        if (k % 4 == 0) gort::Gosched();
      }
      wg.Done();
    });
  }
  wg.Wait();
  std::printf("%d\n", count);
  return 0;
}
