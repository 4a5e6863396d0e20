// The one thing that marking does to the scheduler's state: Go's mgcmark.go.
#pragma once

namespace runtime {

// markrootFreeGStacks frees the stacks of all dead goroutines on the central list. On the system stack.
void markrootFreeGStacks();

}  // namespace runtime
