// The twin of coroutines.go.
#include <cstdio>
#include <optional>

#include "gort.h"

namespace {

auto count(int from, int to) {
  return [=](gort::Yield<int> yield) {
    for (int i = from; i < to; i++) {
      if (!yield(i)) return;
    }
  };
}

}  // namespace

int gort_main(int, char**) {
  auto seq1 = gort::Pull<int>(count(0, 20));
  auto seq2 = gort::Pull<int>(count(100, 1000));
  int sum = 0;
  while (std::optional<int> a = seq1.Next()) {
    std::optional<int> b = seq2.Next();
    sum += *a * *b;
  }
  bool ok = seq1.Next().has_value();
  seq1.Stop();
  seq2.Stop();
  bool ok2 = seq2.Next().has_value();
  std::printf("%d %s %s\n", sum, ok ? "true" : "false", ok2 ? "true" : "false");
  return 0;
}
