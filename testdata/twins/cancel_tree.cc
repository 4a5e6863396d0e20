// The twin of cancel_tree.go.
#include <cstdio>

#include "gort.h"

namespace {

void node(int depth, gort::RecvChan<void> quit, gort::SendChan<int> ended) {
  gort::Chan<void> sub(0);
  gort::Chan<int> below(0);
  int kids = depth > 0 ? 3 : 0;
  for (int i = 0; i < kids; i++) gort::go(node, depth - 1, sub, below);
  quit.recv();
  sub.close();
  int n = 1;
  for (int i = 0; i < kids; i++) n += *below.recv();
  ended.send(n);
}

}  // namespace

int gort_main(int, char**) {
  gort::Chan<void> quit(0);
  gort::Chan<int> ended(0);
  gort::go(node, 3, quit, ended);
  quit.close();
  std::printf("%d\n", *ended.recv());
  return 0;
}
