// GOMAXPROCS in tests.
#pragma once

#include "api/runtime.h"

namespace gort::tests {

// Sets GOMAXPROCS, and puts back at the end of the scope what it was before, whatever it was changed to meanwhile. With
// no argument it only puts back. On a goroutine; the world stops for a moment.
class Procs {
 public:
  Procs() : before_(GOMAXPROCS(-1)) {}
  explicit Procs(int n) : before_(GOMAXPROCS(n)) {}
  ~Procs() { GOMAXPROCS(before_); }
  Procs(const Procs&) = delete;
  Procs& operator=(const Procs&) = delete;

 private:
  const int before_;
};

}  // namespace gort::tests
