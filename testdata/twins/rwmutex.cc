// The twin of rwmutex.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::sync::RWMutex rw;
  gort::sync::WaitGroup wg;
  int value = 0, bad = 0;
  for (int i = 0; i < 3; i++) {
    wg.Add(1);
    gort::go([&] {
      for (int k = 0; k < 5; k++) {
        rw.Lock();
        value++;
        gort::Gosched();
        value++;
        rw.Unlock();
        gort::Gosched();
      }
      wg.Done();
    });
  }
  gort::sync::Mutex mu;
  for (int i = 0; i < 5; i++) {
    wg.Add(1);
    gort::go([&, i] {
      for (int k = 0; k < 6; k++) {
        rw.RLock();
        if (value % 2 != 0) {
          mu.Lock();
          bad++;
          mu.Unlock();
        }
        if (k % 2 == i % 2) gort::Gosched();
        rw.RUnlock();
      }
      wg.Done();
    });
  }
  wg.Wait();
  std::printf("%d %d\n", value, bad);
  return 0;
}
