// The twin of fan_in.go.
#include <cstdio>

#include "gort.h"

using gort::Chan;

namespace {

Chan<int> producer(int n, int step) {
  Chan<int> ch(0);
  gort::go([=] {
    for (int i = 0; i < n; i++) ch.send(i * step);
    ch.close();
  });
  return ch;
}

}  // namespace

int gort_main(int, char**) {
  Chan<int> a = producer(20, 1), b = producer(15, 100), c = producer(10, 10000), d = producer(5, 1000000);
  int sum = 0, open = 4;
  while (open > 0) {
    auto take = [&](Chan<int>& ch, int v, bool ok) {
      if (ok) {
        sum += v;
      } else {
        ch = nullptr;
        open--;
      }
    };
    gort::select(gort::recv(a, [&](int v, bool ok) { take(a, v, ok); }),
                 gort::recv(b, [&](int v, bool ok) { take(b, v, ok); }),
                 gort::recv(c, [&](int v, bool ok) { take(c, v, ok); }),
                 gort::recv(d, [&](int v, bool ok) { take(d, v, ok); }));
  }
  std::printf("%d\n", sum);
  return 0;
}
