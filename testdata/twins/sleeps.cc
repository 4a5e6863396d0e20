// The twin of sleeps.go.
#include <chrono>
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::sync::WaitGroup wg;
  gort::Chan<int> order(64);
  int i = 0;
  for (int ms : {7, 3, 5, 1, 9, 1, 3, 0, 12, 5}) {
    wg.Add(1);
    gort::go([=, &wg] {
      for (int k = 0; k < 3; k++) {
        gort::time::Sleep(std::chrono::milliseconds(ms));
        order.send(i);
      }
      wg.Done();
    });
    i++;
  }
  wg.Wait();
  order.close();
  int sum = 0;
  for (int v : order) sum += v;
  std::printf("%d\n", sum);
  return 0;
}
