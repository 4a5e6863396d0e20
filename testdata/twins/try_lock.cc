// The twin of try_lock.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::sync::Mutex mu;
  gort::sync::RWMutex rw;
  gort::sync::WaitGroup wg;
  int n = 0, m = 0;  // under mu, under rw
  for (int i = 0; i < 5; i++) {
    wg.Add(1);
    gort::go([&] {
      for (int k = 0; k < 6; k++) {
        while (!mu.TryLock()) gort::Gosched();
        n++;
        gort::Gosched();
        mu.Unlock();
        if (k % 2 == 0) {
          while (!rw.TryLock()) gort::Gosched();
          m += 10;
          gort::Gosched();
          rw.Unlock();
        } else {
          while (!rw.TryRLock()) gort::Gosched();
          gort::Gosched();
          rw.RUnlock();
        }
      }
      wg.Done();
    });
  }
  wg.Wait();
  std::printf("%d\n", n + m);
  return 0;
}
