// The twin of runnext.go.
#include <cstdio>

#include "gort.h"

namespace {

void chain(int n, gort::SendChan<int> done) {
  if (n == 0) {
    done.send(0);
    return;
  }
  gort::go(chain, n - 1, done);
}

}  // namespace

int gort_main(int, char**) {
  gort::Chan<int> done(0);
  for (int i = 0; i < 5; i++) gort::go(chain, 10, done);
  for (int i = 0; i < 5; i++) done.recv();
  gort::Chan<int> in[3];
  for (int i = 0; i < 3; i++) {
    in[i] = gort::Chan<int>(0);
    gort::go([=, c = in[i]] {
      for (int v : c) done.send(v + i);
    });
  }
  int sum = 0;
  for (int r = 0; r < 10; r++) {
    for (auto& c : in) c.send(r);
    for (int i = 0; i < 3; i++) sum += *done.recv();
  }
  std::printf("%d\n", sum);
  return 0;
}
