// select: the cases as the compiler's caller hands them to selectgo.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/runtime2_base.h"

namespace runtime {

struct scase {
  hchan* c = nullptr;
  void* elem = nullptr;  // what to send, or where to receive; may be nullptr
};

static_assert(sizeof(scase) == 16);

}  // namespace runtime
