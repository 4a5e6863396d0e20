// System calls between entersyscall and exitsyscall.
#include "syscall/syscall.h"

#include "runtime/boundary.h"
#include "runtime/proc_decl.h"

namespace gort::syscall::internal {

// The frame that stays is this one. Behind exitsyscall the thread may be another; nothing of it is kept.
[[gnu::noinline]] std::intptr_t blocking6(long nr, std::intptr_t a, std::intptr_t b, std::intptr_t c, std::intptr_t d,
                                          std::intptr_t e, std::intptr_t f) {
  runtime::fromProgram here;
  runtime::entersyscall();
  std::intptr_t r = raw6(nr, a, b, c, d, e, f);
  runtime::exitsyscall();
  return r;
}

}  // namespace gort::syscall::internal
