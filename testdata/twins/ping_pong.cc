// The twin of ping_pong.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<int> ping(0), pong(0);
  gort::go([=] {
    for (int v : ping) pong.send(v + 1);
    pong.close();
  });
  int v = 0;
  for (int i = 0; i < 100; i++) {
    ping.send(v);
    v = *pong.recv();
  }
  ping.close();
  bool ok = pong.recv().has_value();
  std::printf("%d %s\n", v, ok ? "true" : "false");
  return 0;
}
