// pMask in the explored world: a bitmap over Ps, one bit a P (idlepMask: the P is idle; timerpMask: the P may hold
// timers). It has the layout of Go's []uint32; its array is replaced only while the world is stopped, under allpLock.
#pragma once

#include "runtime/internal/fixed_string.h"
#include "runtime/internal/goarch.h"
#include "worlds/explore/point.h"

namespace runtime {

template <fixed_string Tag>
struct pMask {
  uint32* array = nullptr;
  intptr len = 0;
  intptr cap = 0;

  // read tells whether P id's bit is set.
  bool read(uint32 id) const {
    explore::reads<Tag>(&array[id / 32]);
    return (array[id / 32] & bit(id)) != 0;
  }
  void set(uint32 id) {
    explore::writes<Tag>(&array[id / 32]);
    array[id / 32] |= bit(id);
  }
  void clear(uint32 id) {
    explore::writes<Tag>(&array[id / 32]);
    array[id / 32] &= ~bit(id);
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
