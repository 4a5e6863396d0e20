// The twin of after_func.go.
#include <chrono>
#include <cstdio>
#include <functional>

#include "gort.h"

using namespace std::chrono_literals;

int gort_main(int, char**) {
  gort::sync::WaitGroup wg;
  gort::sync::Mutex mu;
  int calls = 0;
  std::function<void(int)> chain = [&](int n) {
    mu.Lock();
    calls++;
    mu.Unlock();
    if (n == 0) {
      wg.Done();
      return;
    }
    gort::time::AfterFunc(1ms, [&, n] { chain(n - 1); });
  };
  for (int i = 0; i < 4; i++) {
    wg.Add(1);
    gort::time::AfterFunc(std::chrono::milliseconds(i), [&] { chain(5); });
  }
  auto never = gort::time::AfterFunc(1h, [] { std::printf("called\n"); });
  wg.Wait();
  bool first = never.Stop(), second = never.Stop();
  std::printf("%d %s %s\n", calls, first ? "true" : "false", second ? "true" : "false");
  return 0;
}
