// The twin of select_both_ways.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<int> a(0), b(0), done(0);
  gort::Chan<void> quit(0);
  for (int i = 0; i < 4; i++) {
    gort::go([=] {
      int balance = 0;
      auto more = [&] { balance++; };
      auto less = [&] { balance--; };
      for (bool on = true; on;) {
        gort::select(gort::send(a, i, more), gort::recv(a, less), gort::send(b, i, more), gort::recv(b, less),
                     gort::recv(quit, [&] { on = false; }));
      }
      done.send(balance);
    });
  }
  int sum = 0;
  for (int k = 0; k < 40; k++) {
    gort::select(gort::send(a, k, [&] { sum++; }), gort::recv(b, [&] { sum--; }));
  }
  quit.close();
  for (int i = 0; i < 4; i++) sum += *done.recv();
  std::printf("%d\n", sum);
  return 0;
}
