// The twin of wait_group.go.
#include <cstdio>

#include "gort.h"

using gort::sync::Mutex;
using gort::sync::WaitGroup;

namespace {

void spawn(WaitGroup* wg, Mutex* mu, int depth, int* n) {
  mu->Lock();
  n[depth]++;
  mu->Unlock();
  for (int i = 0; i < depth; i++) {
    wg->Add(1);
    gort::go(spawn, wg, mu, depth - 1, n);
    gort::Gosched();
  }
  wg->Done();
}

}  // namespace

int gort_main(int, char**) {
  WaitGroup wg, waiters;
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 4; i++) {
      wg.Add(1);
      gort::go([&, i] {
        for (int k = 0; k < i; k++) gort::Gosched();
        wg.Done();
      });
    }
    for (int i = 0; i < 3; i++) {
      waiters.Add(1);
      gort::go([&] {
        wg.Wait();
        waiters.Done();
      });
    }
    waiters.Wait();
  }
  WaitGroup tree;
  int n[5] = {};
  Mutex mu;
  tree.Add(1);
  spawn(&tree, &mu, 4, n);
  tree.Wait();
  std::printf("%d %d %d %d %d\n", n[0], n[1], n[2], n[3], n[4]);
  return 0;
}
