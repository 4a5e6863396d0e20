// A central list of dead goroutines in the explored world: changed under its lock, its emptiness peeked at without.
#pragma once

#include "runtime/internal/fixed_string.h"
#include "runtime/proc.h"
#include "worlds/explore/point.h"

namespace runtime {

template <fixed_string Tag>
struct sharedList {
  gList list;

  bool empty() const {
    explore::reads<Tag>(this);
    return list.empty();
  }
  g* pop() {
    explore::writes<Tag>(this);
    return list.pop();
  }
  void pushAll(gQueue q) {
    explore::writes<Tag>(this);
    list.pushAll(q);
  }
  // take empties the list and returns what was on it.
  gList take() {
    explore::writes<Tag>(this);
    gList taken = list;
    list = gList{};
    return taken;
  }
};

// A slot of a P's ring: thieves read it while the owner may write, so each access is a point.
struct runqSlot {
  guintptr value;

  guintptr load() const {
    explore::reads<"p.runq">(this);
    return explore::seen<"p.runq">(value);
  }
  g* ptr() const { return load().ptr(); }
  void set(g* gp) { *this = guintptr(gp); }
  runqSlot& operator=(guintptr v) {
    if (explore::buffered<"p.runq">(&value, v)) return *this;
    explore::writes<"p.runq">(this);
    value = v;
    return *this;
  }
};

}  // namespace runtime
