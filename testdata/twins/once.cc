// The twin of once.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::sync::Once once;
  gort::sync::WaitGroup wg;
  int calls = 0;
  auto value = gort::sync::OnceValue([&] {
    gort::Gosched();
    calls += 10;
    return 42;
  });
  auto f = gort::sync::OnceFunc([&] {
    gort::Gosched();
    calls += 100;
  });
  int sums[6] = {};
  for (int i = 0; i < 6; i++) {
    wg.Add(1);
    gort::go([&, i] {
      once.Do([&] {
        gort::Gosched();
        calls++;
        gort::Gosched();
      });
      if (i % 2 == 0) f();
      sums[i] = value();
      f();
      wg.Done();
    });
  }
  wg.Wait();
  int sum = 0;
  for (int s : sums) sum += s;
  std::printf("%d %d\n", calls, sum);
  return 0;
}
