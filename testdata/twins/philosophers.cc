// The twin of philosophers.go.
#include <cstdio>
#include <utility>

#include "gort.h"

int gort_main(int, char**) {
  gort::sync::Mutex forks[5];
  gort::sync::WaitGroup wg;
  int meals[5] = {};
  for (int i = 0; i < 5; i++) {
    wg.Add(1);
    gort::go([&, i] {
      int a = i, b = (i + 1) % 5;
      if (a > b) std::swap(a, b);
      for (int k = 0; k < 8; k++) {
        forks[a].Lock();
        gort::Gosched();
        forks[b].Lock();
        meals[i]++;
        gort::Gosched();
        forks[b].Unlock();
        forks[a].Unlock();
      }
      wg.Done();
    });
  }
  wg.Wait();
  std::printf("%d\n", meals[0] + meals[1] + meals[2] + meals[3] + meals[4]);
  return 0;
}
