// What is saved of gsignal while C code's own signal stack is in its place.
#pragma once

#include "runtime/runtime2_base.h"

namespace runtime {

struct gsignalStack {
  runtime::stack stack;
  uintptr stackguard0 = 0;
  uintptr stackguard1 = 0;
  uintptr stktopsp = 0;
};

static_assert(sizeof(gsignalStack) == 40);

}  // namespace runtime
