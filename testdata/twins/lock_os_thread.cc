// The twin of lock_os_thread.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<int> ping(0), pong(0);
  gort::go([=] {
    gort::LockOSThread();
    for (int v : ping) pong.send(v + 1);
    pong.close();
    gort::UnlockOSThread();
  });
  gort::LockOSThread();
  int v = 0;
  for (int i = 0; i < 20; i++) {
    ping.send(v);
    v = *pong.recv();
    if (i % 5 == 0) gort::Gosched();
  }
  gort::UnlockOSThread();
  for (int i = 0; i < 10; i++) {
    ping.send(v);
    v = *pong.recv();
  }
  ping.close();
  pong.recv();
  std::printf("%d\n", v);
  return 0;
}
