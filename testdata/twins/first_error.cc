// The twin of first_error.go.
#include <chrono>
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::sync::WaitGroup wg;
  gort::sync::Once once;
  gort::Chan<void> quit(0);
  int first = -1;
  gort::Chan<int> finished(16);
  for (int i = 0; i < 9; i++) {
    wg.Add(1);
    gort::go([&, i, quit, finished] {
      bool on = true;
      for (int k = 0; on; k++) {
        if (i == 5 && k == 3) {
          once.Do([&] {
            first = i;
            quit.close();
          });
          break;
        }
        gort::select(gort::recv(quit,
                                [&] {
                                  finished.send(i);
                                  on = false;
                                }),
                     gort::recv(gort::time::After(std::chrono::milliseconds(i + 2))));
      }
      wg.Done();
    });
  }
  wg.Wait();
  std::printf("%d %d\n", first, static_cast<int>(finished.len()));
  return 0;
}
