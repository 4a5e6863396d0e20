// The twin of cond.go.
#include <cstdio>

#include "gort.h"

int gort_main(int, char**) {
  gort::sync::Mutex mu;
  gort::sync::Cond cond(mu);
  gort::sync::WaitGroup wg;
  int tokens = 0, woken = 0;
  bool open = false;
  for (int i = 0; i < 8; i++) {
    wg.Add(1);
    gort::go([&] {
      mu.Lock();
      while (tokens == 0) cond.Wait();
      tokens--;
      woken++;
      while (!open) cond.Wait();
      mu.Unlock();
      wg.Done();
    });
  }
  gort::Gosched();
  for (int i = 0; i < 8; i++) {
    mu.Lock();
    tokens++;
    cond.Signal();
    if (i % 2 == 1) cond.Broadcast();
    mu.Unlock();
    gort::Gosched();
  }
  for (;;) {
    mu.Lock();
    bool all = woken == 8;
    mu.Unlock();
    if (all) break;
    cond.Broadcast();
    gort::Gosched();
  }
  mu.Lock();
  open = true;
  cond.Broadcast();
  mu.Unlock();
  wg.Wait();
  std::printf("%d %d\n", tokens, woken);
  return 0;
}
