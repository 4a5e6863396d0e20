// The twin of fan_out.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<int> work[4];
  gort::Chan<int> answers(8);
  for (int i = 0; i < 4; i++) {
    work[i] = gort::Chan<int>(0);
    gort::go([=, w = work[i]] {
      for (int v : w) {
        if (v % (i + 2) == 0) gort::Gosched();
        answers.send(v * v);
      }
    });
  }
  gort::Gosched();
  int sum = 0, sent = 0, got = 0;
  auto next = [&] { sent++; };
  auto take = [&](int v) {
    sum += v;
    got++;
  };
  while (sent < 60) {
    gort::select(gort::send(work[0], sent, next), gort::recv(answers, take), gort::send(work[1], sent, next),
                 gort::send(work[2], sent, next), gort::send(work[3], sent, next));
    if (sent % 5 == 4) gort::Gosched();
  }
  while (got < sent) {
    sum += *answers.recv();
    got++;
  }
  std::printf("%d\n", sum);
  return 0;
}
