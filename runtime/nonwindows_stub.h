// The part of m that only Windows fills.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

struct winlibcall {
  uint8 none[0];
};

static_assert(sizeof(winlibcall) == 0);

}  // namespace runtime
