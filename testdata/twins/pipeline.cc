// The twin of pipeline.go.
#include <cstdio>

#include "gort.h"

using gort::Chan;

namespace {

void stage(Chan<int> in, Chan<int> out, int add) {
  for (int v : in) out.send(v * 2 + add);
  out.close();
}

}  // namespace

int gort_main(int, char**) {
  Chan<int> first(3);
  Chan<int> in = first;
  for (int i = 0; i < 5; i++) {
    Chan<int> out(i);
    gort::go(stage, in, out, i);
    in = out;
  }
  gort::go([=] {
    for (int i = 0; i < 40; i++) first.send(i);
    first.close();
  });
  int sum = 0;
  for (int v : in) sum += v;
  std::printf("%d\n", sum);
  return 0;
}
