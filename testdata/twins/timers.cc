// The twin of timers.go.
#include <chrono>
#include <cstdio>
#include <vector>

#include "gort.h"

using namespace std::chrono_literals;
namespace time_ = gort::time;

int gort_main(int, char**) {
  std::vector<time_::Timer> timers;
  for (int ms : {9, 2, 7, 4, 11, 1}) timers.push_back(time_::NewTimer(std::chrono::milliseconds(ms)));
  gort::Chan<int> done(0);
  for (int i = 0; i < 6; i++) {
    gort::go([=, t = timers[i]] {
      t.C.recv();
      done.send(i);
    });
  }
  int sum = 0;
  for (int i = 0; i < 6; i++) sum += *done.recv();
  auto a = time_::After(2ms), b = time_::After(3ms);
  int fired = 0;
  while (fired < 2) {
    gort::select(gort::recv(a,
                            [&] {
                              a = nullptr;
                              fired++;
                            }),
                 gort::recv(b, [&] {
                   b = nullptr;
                   fired++;
                 }));
  }
  std::printf("%d %d\n", sum, fired);
  return 0;
}
