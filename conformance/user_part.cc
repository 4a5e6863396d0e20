// The other half of user_program.cc: what links across files.
#include "conformance/user_program.h"

#include <string>

#include "gort.h"

[[gnu::noinline]] void deepest(int n) {
  if (n > 0) gort::panic("too deep: " + std::to_string(n));
}

[[gnu::noinline]] int downwards(volatile char* above, int n) {
  volatile char room[500];
  room[0] = above[0];
  return n == 0 ? room[0] : downwards(room, n + 1) + room[0];
}

int consume(gort::RecvChan<int> in, gort::RecvChan<std::string> words) {
  int sum = 0;
  for (bool numbers = true, texts = true; numbers || texts;) {
    gort::select(gort::recv(in,
                            [&](std::optional<int> v) {
                              if (v) sum += *v;
                              if (!v) in = nullptr, numbers = false;
                            }),
                 gort::recv(words, [&](std::optional<std::string> v) {
                   if (v) sum += static_cast<int>(v->size());
                   if (!v) words = nullptr, texts = false;
                 }));
  }
  return sum;
}
