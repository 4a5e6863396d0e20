// What the system-specific start of a thread asks of the signal code: the halves of minit and unminit in Go's
// signal_unix.go. On the thread in question, on its g0.
#pragma once

namespace runtime {

// Gives this thread its signal stack and the mask that goroutines run with.
void minitSignals();
// Takes the signal stack away again.
void unminitSignals();

}  // namespace runtime
