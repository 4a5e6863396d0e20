// errno, for goroutines.
//
// errno is the thread's, and a goroutine may be on another thread after a call into gort; its value comes along. Its
// address does not: C libraries declare the function that finds it as one that always gives the same answer, and
// compilers keep that answer over calls. So errno is defined anew here, in a way that finds it each time. In files that
// do not include gort.h it is as it was, which is right wherever no call into gort stands between two uses in one
// function.
#pragma once

#include <cerrno>

namespace gort::internal {

inline int& currentErrno() noexcept {
  int* (*find)() = &__errno_location;
  asm("" : "+r"(find));  // the compiler does not know that function
  return *find();
}

}  // namespace gort::internal

#undef errno
#define errno (::gort::internal::currentErrno())
