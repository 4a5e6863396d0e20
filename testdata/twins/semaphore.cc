// The twin of semaphore.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<void> slots(3);
  gort::Chan<int> done(0);
  gort::Chan<int> inside(1);
  inside.send(0);
  for (int i = 0; i < 12; i++) {
    gort::go([=] {
      slots.send();
      int n = *inside.recv() + 1;
      inside.send(n);
      int most = n;
      for (int k = 0; k < i % 4; k++) gort::Gosched();
      inside.send(*inside.recv() - 1);
      slots.recv();
      done.send(most);
    });
  }
  bool ok = true;
  for (int i = 0; i < 12; i++) {
    if (*done.recv() > 3) ok = false;
  }
  std::printf("%s %d %d\n", ok ? "true" : "false", static_cast<int>(slots.len()), *inside.recv());
  return 0;
}
