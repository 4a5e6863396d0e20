// The twin of nil_select.go.
#include <cstdio>
#include <deque>

#include "gort.h"

using gort::Chan;

namespace {

void queue(Chan<int> in, Chan<int> out) {
  std::deque<int> pending;
  while (in || !pending.empty()) {
    Chan<int> to;
    int first = 0;
    if (!pending.empty()) {
      to = out;
      first = pending.front();
    }
    gort::select(gort::recv(in,
                            [&](int v, bool ok) {
                              if (ok) {
                                pending.push_back(v);
                              } else {
                                in = nullptr;
                              }
                            }),
                 gort::send(to, first, [&] { pending.pop_front(); }));
  }
  out.close();
}

}  // namespace

int gort_main(int, char**) {
  Chan<int> in(0), out(0);
  gort::go(queue, in, out);
  gort::go([=] {
    for (int i = 0; i < 30; i++) in.send(i);
    in.close();
  });
  bool ordered = true;
  int want = 0;
  for (int v : out) {
    ordered = ordered && v == want;
    want++;
  }
  std::printf("%s %d\n", ordered ? "true" : "false", want);
  return 0;
}
