// What a mutex carries for lock ranking when ranks are not checked: nothing.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

struct lockRankStruct {
  uint8 none[0];
};

static_assert(sizeof(lockRankStruct) == 0);

}  // namespace runtime
