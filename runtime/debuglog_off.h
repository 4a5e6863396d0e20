// The debug log's part of m: nothing, as in Go without its debuglog build tag.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

struct dlogPerM {
  uint8 none[0];
};

static_assert(sizeof(dlogPerM) == 0);

}  // namespace runtime
