// The twin of token_ring.go.
#include <cstdio>

#include "gort.h"

using gort::Chan;

int gort_main(int, char**) {
  constexpr int n = 25, turns = 160;
  Chan<int> first(0);
  Chan<int> in = first;
  Chan<int> done(0);
  for (int i = 0; i < n; i++) {
    Chan<int> out = i == n - 1 ? first : Chan<int>(0);
    gort::go([=] {
      for (int v : in) {
        if (v == turns) {
          done.send(i);
          return;
        }
        out.send(v + 1);
      }
    });
    in = out;
  }
  first.send(0);
  std::printf("%d\n", *done.recv());
  return 0;
}
