// The twin of recursion_join.go.
#include <cstdio>

#include "gort.h"

namespace {

int fib(int n) {
  if (n < 2) return n;
  gort::Chan<int> c(1);
  gort::go([=] { c.send(fib(n - 1)); });
  int b = fib(n - 2);
  return *c.recv() + b;
}

int deep(int n) {
  if (n == 0) return 0;
  gort::Chan<int> c(0);
  gort::go([=] { c.send(deep(n - 1) + 1); });
  return *c.recv();
}

}  // namespace

int gort_main(int, char**) {
  int a = fib(10), b = deep(60);
  std::printf("%d %d\n", a, b);
  return 0;
}
