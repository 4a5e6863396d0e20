// The twin of global_tick.go.
#include <cstdio>

#include "gort.h"

using gort::Chan;

int gort_main(int, char**) {
  Chan<int> work[4];
  Chan<int> answers(4), done(0);
  for (int i = 0; i < 4; i++) {
    work[i] = Chan<int>(0);
    gort::go([=, w = work[i]] {
      for (int v : w) answers.send(v + i);
    });
  }
  gort::go([=, &work] {
    int sum = 0;
    for (int r = 0; r < 90; r++) {
      for (auto& w : work) w.send(r);
      for (int i = 0; i < 4; i++) sum += *answers.recv();
    }
    done.send(sum);
  });
  for (int i = 0; i < 2; i++) {
    gort::go([=] {
      int n = 0;
      for (int k = 0; k < 2; k++) {
        gort::Gosched();
        n++;
      }
      done.send(n);
    });
  }
  int a = *done.recv(), b = *done.recv(), c = *done.recv();
  std::printf("%d\n", a + b + c);
  return 0;
}
