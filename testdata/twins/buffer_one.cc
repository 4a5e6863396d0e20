// The twin of buffer_one.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<int> c(1);
  gort::sync::WaitGroup producers, consumers;
  int sums[3] = {};
  for (int i = 0; i < 3; i++) {
    consumers.Add(1);
    gort::go([&, i, c] {
      for (int v : c) sums[i] += v;
      consumers.Done();
    });
  }
  for (int i = 0; i < 2; i++) {
    producers.Add(1);
    gort::go([&, c] {
      for (int k = 1; k <= 25; k++) c.send(k);
      producers.Done();
    });
  }
  producers.Wait();
  c.close();
  consumers.Wait();
  std::printf("%d\n", sums[0] + sums[1] + sums[2]);
  return 0;
}
