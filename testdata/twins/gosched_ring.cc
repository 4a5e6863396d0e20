// The twin of gosched_ring.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::sync::WaitGroup wg;
  int turns[9] = {};
  for (int i = 0; i < 9; i++) {
    wg.Add(1);
    gort::go([&, i] {
      for (int k = 0; k < 5 + 3 * i; k++) {
        turns[i]++;
        gort::Gosched();
      }
      wg.Done();
    });
  }
  wg.Wait();
  int sum = 0;
  for (int t : turns) sum += t;
  std::printf("%d\n", sum);
  return 0;
}
