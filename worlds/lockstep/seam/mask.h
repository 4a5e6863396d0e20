// pMask in the lockstep world: the bitmap of the live world, each look and change compared with the log.
#pragma once

#include "runtime/internal/fixed_string.h"
#include "runtime/internal/goarch.h"
#include "worlds/lockstep/world.h"

namespace runtime {

template <fixed_string Tag>
struct pMask {
  uint32* array = nullptr;
  intptr len = 0;
  intptr cap = 0;

  bool read(uint32 id) const {
    const lockstep::Kind& kind = lockstep::KindOf<Tag, ".read">::kind;
    lockstep::await(kind);
    bool v = (array[id / 32] & bit(id)) != 0;
    lockstep::match(kind, id, v);
    return v;
  }
  void set(uint32 id) {
    const lockstep::Kind& kind = lockstep::KindOf<Tag, ".set">::kind;
    lockstep::await(kind);
    array[id / 32] |= bit(id);
    lockstep::match(kind, id);
  }
  void clear(uint32 id) {
    const lockstep::Kind& kind = lockstep::KindOf<Tag, ".clear">::kind;
    lockstep::await(kind);
    array[id / 32] &= ~bit(id);
    lockstep::match(kind, id);
  }

  // The first n words of the same array, n <= cap. The world is stopped.
  void reslice(intptr n) { len = n; }
  // A longer array that begins with this one's words; the old one stays for who has a copy. The world is stopped.
  void regrow(intptr n) {
    uint32* a = new uint32[static_cast<uintptr>(n)]();
    for (intptr i = 0; i < len; i++) a[i] = array[i];
    array = a;
    len = cap = n;
  }

 private:
  static constexpr uint32 bit(uint32 id) { return uint32{1} << (id % 32); }
};

}  // namespace runtime
