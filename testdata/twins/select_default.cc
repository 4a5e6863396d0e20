// The twin of select_default.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<int> c(2), dropped(0);
  gort::Chan<bool> quit(0);
  gort::go([=] {
    int n = 0;
    for (int i = 0; i < 30; i++) {
      if (!c.try_send(i)) n++;
      if (i % 4 == 0) gort::Gosched();
    }
    quit.close();
    dropped.send(n);
  });
  int got = 0;
  for (bool open = true; open;) {
    gort::select(gort::recv(c, [&] { got++; }), gort::recv(quit, [&] { open = false; }),
                 gort::otherwise([] { gort::Gosched(); }));
  }
  int n = *dropped.recv();
  while (c.len() > 0) {
    c.recv();
    got++;
  }
  std::printf("%d\n", got + n);
  return 0;
}
