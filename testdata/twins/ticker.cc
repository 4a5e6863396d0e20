// The twin of ticker.go.
#include <chrono>
#include <cstdio>

#include "gort.h"

using namespace std::chrono_literals;

int gort_main(int, char**) {
  auto fast = gort::time::NewTicker(2ms), slow = gort::time::NewTicker(5ms);
  gort::Chan<int> done(0);
  gort::go([=] {
    int n = 0;
    while (n < 4) {
      slow.C.recv();
      n++;
    }
    slow.Stop();
    done.send(n);
  });
  int n = 0;
  while (n < 6) {
    fast.C.recv();
    n++;
  }
  fast.Reset(3ms);
  while (n < 9) {
    fast.C.recv();
    n++;
  }
  gort::time::Sleep(10ms);
  fast.C.recv();
  fast.Stop();
  if (fast.C.try_recv()) std::printf("a tick after Stop\n");
  std::printf("%d %d\n", n, *done.recv());
  return 0;
}
