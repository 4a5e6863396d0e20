// The twin of runq_overflow.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::sync::WaitGroup wg;
  int n[700] = {};
  wg.Add(700);
  for (int i = 0; i < 700; i++) {
    gort::go([&, i] {
      n[i] = i;
      wg.Done();
    });
  }
  wg.Wait();
  int sum = 0;
  for (int v : n) sum += v;
  std::printf("%d\n", sum);
  return 0;
}
