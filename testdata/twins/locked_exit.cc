// The twin of locked_exit.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<int> done(0);
  for (int i = 0; i < 6; i++) {
    gort::go([=] {
      gort::LockOSThread();
      if (i % 2 == 0) gort::Gosched();
      done.send(i);
    });
  }
  int sum = 0;
  for (int i = 0; i < 6; i++) sum += *done.recv();
  gort::Gosched();
  std::printf("%d\n", sum);
  return 0;
}
