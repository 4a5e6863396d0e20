// The twin of coroutine_tree.go.
#include <cstdio>
#include <memory>
#include <optional>

#include "gort.h"

namespace {

struct Tree {
  std::unique_ptr<Tree> left, right;
  int v;
};

std::unique_ptr<Tree> build(int from, int to) {
  if (from >= to) return nullptr;
  int mid = (from + to) / 2;
  return std::make_unique<Tree>(Tree{build(from, mid), build(mid + 1, to), mid});
}

// The sequence of t's values.
struct Walk {
  const Tree* t;

  void operator()(gort::Yield<int> yield) const {
    if (t == nullptr) return;
    auto left = gort::Pull<int>(Walk{t->left.get()});
    for (int v : left) {
      if (!yield(v)) return;
    }
    if (!yield(t->v)) return;
    auto right = gort::Pull<int>(Walk{t->right.get()});
    for (int v : right) {
      if (!yield(v)) return;
    }
    right.Stop();
    left.Stop();
  }
};

}  // namespace

int gort_main(int, char**) {
  gort::Chan<int> sums(0);
  for (int g = 0; g < 2; g++) {
    gort::go([=] {
      auto tree = build(0, 15);
      auto seq = gort::Pull<int>(Walk{tree.get()});
      int sum = 0, n = 0;
      for (std::optional<int> v = seq.Next(); v && n < 12 - g; v = seq.Next()) {
        sum = sum * 3 + *v;
        n++;
        if (n % 4 == 0) gort::Gosched();
      }
      seq.Stop();
      sums.send(sum);
    });
  }
  int a = *sums.recv();
  std::printf("%d\n", a + *sums.recv());
  return 0;
}
