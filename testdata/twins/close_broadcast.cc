// The twin of close_broadcast.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<void> start(0);
  gort::Chan<int> done(0), slow(1);
  for (int i = 0; i < 10; i++) {
    gort::go([=] {
      if (i % 3 == 0) {
        int got = i;
        gort::select(gort::recv(start), gort::recv(slow, got));
        done.send(got);
        return;
      }
      start.recv();
      done.send(i);
    });
  }
  gort::Gosched();
  start.close();
  int sum = 0;
  for (int i = 0; i < 10; i++) sum += *done.recv();
  std::printf("%d\n", sum);
  return 0;
}
