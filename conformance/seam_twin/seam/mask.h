// pMask with std::atomic_ref: see atomic.h.
#pragma once

#include "seam/atomic.h"

namespace runtime {

template <fixed_string Tag>
struct pMask {
  uint32* array = nullptr;
  intptr len = 0;
  intptr cap = 0;

  bool read(uint32 id) const { return (twin::ref(array[id / 32]).load() & bit(id)) != 0; }
  void set(uint32 id) { twin::ref(array[id / 32]).fetch_or(bit(id)); }
  void clear(uint32 id) { twin::ref(array[id / 32]).fetch_and(~bit(id)); }

  void reslice(intptr n) { len = n; }
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
