// What the tests of this folder share.
#pragma once

#include <atomic>

#include "gort.h"

namespace gort::sync::testing {

// Puts GOMAXPROCS back at the end of a test that changes it.
struct KeepProcs {
  int procs = GOMAXPROCS(-1);
  ~KeepProcs() { GOMAXPROCS(procs); }
};

// Work that a compiler does not leave out.
inline void spin(int n) {
  for (int i = 0; i < n; i++) asm volatile("");
}

}  // namespace gort::sync::testing
