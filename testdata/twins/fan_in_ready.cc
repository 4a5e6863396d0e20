// The twin of fan_in_ready.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<int> chans[6];
  for (int i = 0; i < 6; i++) {
    chans[i] = gort::Chan<int>(2);
    gort::go([i, c = chans[i]] {
      for (int k = 0; k < 12; k++) c.send(1 << (4 * i));
    });
  }
  gort::Gosched();
  int sum = 0;
  auto add = [&](int v) { sum += v; };
  for (int n = 0; n < 6 * 12; n++) {
    gort::select(gort::recv(chans[0], add), gort::recv(chans[1], add), gort::recv(chans[2], add),
                 gort::recv(chans[3], add), gort::recv(chans[4], add), gort::recv(chans[5], add));
    if (n % 4 == 3) gort::Gosched();
  }
  std::printf("%d\n", sum);
  return 0;
}
