// The twin of skynet.go.
#include <cstdio>

#include "gort.h"

namespace {

void skynet(gort::Chan<int> c, int num, int size, int div) {
  if (size == 1) {
    c.send(num);
    return;
  }
  gort::Chan<int> rc(0);
  for (int i = 0; i < div; i++) gort::go(skynet, rc, num + i * (size / div), size / div, div);
  int sum = 0;
  for (int i = 0; i < div; i++) sum += *rc.recv();
  c.send(sum);
}

}  // namespace

int gort_main(int, char**) {
  gort::Chan<int> c(0);
  gort::go(skynet, c, 0, 625, 5);
  std::printf("%d\n", *c.recv());
  return 0;
}
