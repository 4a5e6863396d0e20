// The twin of pool.go.
#include <array>
#include <cstdio>
#include <memory>
#include <utility>

#include "gort.h"

int gort_main(int, char**) {
  using Buffer = std::array<int, 16>;
  gort::sync::Mutex mu;
  gort::sync::Pool<Buffer> pool([] { return std::make_unique<Buffer>(); });
  gort::sync::WaitGroup wg;
  int sum = 0;
  for (int i = 0; i < 8; i++) {
    wg.Add(1);
    gort::go([&, i] {
      for (int k = 0; k < 5; k++) {
        std::unique_ptr<Buffer> b = pool.Get();
        (*b)[k] = i;
        if (k % 2 == 0) gort::Gosched();
        mu.Lock();
        sum += (*b)[k];
        mu.Unlock();
        pool.Put(std::move(b));
      }
      wg.Done();
    });
  }
  wg.Wait();
  std::printf("%d\n", sum);
  return 0;
}
