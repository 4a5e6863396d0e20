// The twin of nested_spawn.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::sync::WaitGroup wg;
  gort::sync::Mutex mu;
  int n = 0;
  for (int i = 0; i < 8; i++) {
    wg.Add(1);
    gort::go([&, i] {
      for (int j = 0; j < 12; j++) {
        wg.Add(1);
        gort::go([&, i, j] {
          for (int k = 0; k < 5; k++) {
            wg.Add(1);
            gort::go([&, i, j, k] {
              mu.Lock();
              n += i + j + k;
              mu.Unlock();
              wg.Done();
            });
          }
          wg.Done();
        });
      }
      wg.Done();
    });
  }
  wg.Wait();
  std::printf("%d\n", n);
  return 0;
}
