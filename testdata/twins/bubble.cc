// The twin of bubble.go.
#include <chrono>
#include <cstdio>

#include "gort.h"

using namespace std::chrono_literals;

namespace {

const char* name(bool b) { return b ? "true" : "false"; }

void inBubble() {
  auto start = gort::time::Now();
  gort::Chan<int> c(0);
  for (int i = 0; i < 5; i++) {
    gort::go([=] {
      gort::time::Sleep((5 - i) * 1h);
      c.send(i);
    });
  }
  int sum = 0;
  for (int i = 0; i < 5; i++) sum = sum * 10 + *c.recv();
  std::printf("%d %s\n", sum, name(gort::time::Since(start) == 5h));

  bool done = false;
  gort::time::AfterFunc(1min, [&] { done = true; });
  gort::time::Sleep(1min - 1ns);
  gort::synctest::Wait();
  std::printf("%s\n", name(done));
  gort::time::Sleep(1ns);
  gort::synctest::Wait();
  std::printf("%s\n", name(done));

  auto tick = gort::time::NewTicker(1s);
  int n = 0;
  for (;;) {
    tick.C.recv();
    n++;
    if (n == 5) {
      tick.Stop();
      break;
    }
  }
  std::printf("%d\n", n);
}

}  // namespace

int gort_main(int, char**) {
  gort::synctest::Run(inBubble);
  return 0;
}
