// The twin of sieve.go.
#include <cstdio>

#include "gort.h"

using gort::Chan;

namespace {

void generate(Chan<int> ch) {
  for (int i = 2;; i++) ch.send(i);
}

void filter(Chan<int> in, Chan<int> out, int prime) {
  for (;;) {
    if (int i = *in.recv(); i % prime != 0) out.send(i);
  }
}

}  // namespace

int gort_main(int, char**) {
  Chan<int> ch(0);
  gort::go(generate, ch);
  for (int i = 0; i < 16; i++) {
    int prime = *ch.recv();
    std::printf("%d\n", prime);
    Chan<int> next(0);
    gort::go(filter, ch, next, prime);
    ch = next;
  }
  return 0;
}
