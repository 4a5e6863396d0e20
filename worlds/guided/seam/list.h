// A central list of dead goroutines in the guided world: changed under its lock, its emptiness peeked at without.
#pragma once

#include "runtime/internal/fixed_string.h"
#include "runtime/proc.h"

namespace runtime {

template <fixed_string Tag>
struct sharedList {
  gList list;

  bool empty() const { return list.empty(); }
  g* pop() { return list.pop(); }
  void pushAll(gQueue q) { list.pushAll(q); }
  // take empties the list and returns what was on it.
  gList take() {
    gList taken = list;
    list = gList{};
    return taken;
  }
};

}  // namespace runtime
