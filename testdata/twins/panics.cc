// The twin of panics.go.
#include <cstdio>

#include "gort.h"

namespace {

void attempt(int i, gort::Chan<int> c, gort::Chan<int> out) {
  try {
    if (i % 2 == 1) throw i;
    c.send(i);
    out.send(0);
  } catch (int r) {
    int v = *c.recv();
    out.send(v + r);
  }
}

}  // namespace

int gort_main(int, char**) {
  gort::Chan<int> c(0), out(0);
  for (int i = 0; i < 10; i++) gort::go(attempt, i, c, out);
  int sum = 0;
  for (int i = 0; i < 10; i++) sum += *out.recv();
  std::printf("%d\n", sum);
  return 0;
}
