// The twin of worker_pool.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<int> jobs(8), results(2);
  gort::sync::WaitGroup wg;
  for (int w = 0; w < 4; w++) {
    wg.Add(1);
    gort::go([=, &wg] {
      for (int j : jobs) {
        if (j % 7 == w) gort::Gosched();
        results.send(j * j);
      }
      wg.Done();
    });
  }
  gort::go([=] {
    for (int i = 1; i <= 60; i++) jobs.send(i);
    jobs.close();
  });
  gort::go([=, &wg] {
    wg.Wait();
    results.close();
  });
  int sum = 0, n = 0;
  for (int r : results) {
    sum += r;
    n++;
  }
  std::printf("%d %d\n", n, sum);
  return 0;
}
