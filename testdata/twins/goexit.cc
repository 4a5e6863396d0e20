// The twin of goexit.go.
#include <cstdio>

#include "gort.h"

namespace {

template <class F>
struct Defer {
  F f;
  ~Defer() noexcept(false) { f(); }
};
template <class F>
Defer(F) -> Defer<F>;

// Through a pointer, or the compiler warns of a function that never returns.
void (*volatile leave)() = gort::Goexit;

void down(int n, gort::Chan<int> c) {
  Defer atEnd{[&] {
    if (n % 4 == 0) c.send(n);
  }};
  if (n == 0) return leave();
  if (n % 3 == 0) gort::Gosched();
  down(n - 1, c);
}

}  // namespace

int gort_main(int, char**) {
  gort::sync::WaitGroup wg;
  gort::Chan<int> c(0);
  for (int i = 1; i <= 5; i++) {
    wg.Add(1);
    gort::go([&, i, c] {
      Defer atEnd{[&] { wg.Done(); }};
      down(2 * i, c);
      std::printf("not reached\n");
    });
  }
  gort::go([&, c] {
    wg.Wait();
    c.close();
  });
  int sum = 0;
  for (int v : c) sum += v;
  std::printf("%d\n", sum);
  return 0;
}
