// The knobs of package runtime that reach into the scheduler: Go's debug.go.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

// GOMAXPROCS sets the number of ps and returns the old one; n <= 0 only asks. Stops the world. On a goroutine.
intptr GOMAXPROCS(intptr n);

}  // namespace runtime
