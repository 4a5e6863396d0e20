// A central list of dead goroutines in the lockstep world. It is changed under its lock and peeked at without, so
// each operation is compared with the log.
#pragma once

#include "runtime/proc.h"
#include "worlds/lockstep/world.h"

namespace lockstep {
int64_t goidOf(const runtime::g* gp);
}

namespace runtime {

template <fixed_string Tag>
struct sharedList {
  gList list;

  bool empty() const {
    const lockstep::Kind& kind = lockstep::KindOf<Tag, ".empty">::kind;
    lockstep::await(kind);
    bool v = list.empty();
    lockstep::match(kind, v);
    return v;
  }
  g* pop() {
    const lockstep::Kind& kind = lockstep::KindOf<Tag, ".pop">::kind;
    lockstep::await(kind);
    g* gp = list.pop();
    lockstep::match(kind, lockstep::goidOf(gp));
    return gp;
  }
  void pushAll(gQueue q) {
    const lockstep::Kind& kind = lockstep::KindOf<Tag, ".pushAll">::kind;
    lockstep::await(kind);
    list.pushAll(q);
    lockstep::match(kind);
  }
  // take empties the list and returns what was on it.
  gList take() {
    const lockstep::Kind& kind = lockstep::KindOf<Tag, ".take">::kind;
    lockstep::await(kind);
    gList taken = list;
    list = gList{};
    lockstep::match(kind);
    return taken;
  }
};

}  // namespace runtime
