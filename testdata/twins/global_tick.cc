// The twin of global_tick.go.
#include <cstdio>

#include "gort.h"

using gort::Chan;

int gort_main(int, char**) {
  Chan<int> a(1), b(1);
  Chan<bool> stop(0);
  auto relay = [=](Chan<int> from, Chan<int> to) {
    for (int v : from) {
      if (v == 0) {
        stop.close();
        return;
      }
      to.send(v - 1);
    }
  };
  gort::go(relay, a, b);
  gort::go(relay, b, a);
  Chan<int> done(0);
  for (int i = 0; i < 3; i++) {
    gort::go([=] {
      int n = 0;
      for (int k = 0; k < 4; k++) {
        gort::Gosched();
        n++;
      }
      done.send(n);
    });
  }
  for (int i = 0; i < 2; i++) {
    Chan<int> c(0);
    gort::go([=] {
      while (c.recv()) {
      }
      done.send(0);
    });
    gort::go([=] {
      for (int k = 0; k < 100; k++) c.send(k);
      c.close();
    });
  }
  a.send(300);
  int sum = 0;
  for (int i = 0; i < 5; i++) sum += *done.recv();
  stop.recv();
  std::printf("%d\n", sum);
  return 0;
}
