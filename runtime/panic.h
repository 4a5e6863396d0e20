// How bad a throw is.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

enum throwType : uint32 {
  throwTypeNone,
  throwTypeUser,     // the program's fault: the dump leaves out the runtime's frames
  throwTypeRuntime,  // the runtime's fault: everything is shown
};

}  // namespace runtime
