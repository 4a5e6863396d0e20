// What other files of the runtime ask of the signal code (signal_unix.cc). The scheduler's own questions are in seam.h.
#pragma once

#include <signal.h>

#include <string_view>

#include "runtime/internal/goarch.h"

namespace runtime {

// The halves of minit and unminit. On the thread in question, on its g0.
// Gives this thread its signal stack and the mask that goroutines run with.
void minitSignals();
// Takes the signal stack away again.
void unminitSignals();

// "SIGINT: interrupt" and so on; empty for a number that no signal has.
std::string_view signame(uint32 sig);

// Ends the process by that signal, as if nobody had handled it. Any stack.
[[noreturn]] void dieFromSignal(uint32 sig);

// What a fault of the program's code becomes: called by the faulting instruction, as it seems. Throws the exception
// that stands for a Go panic, or ends the program.
[[noreturn]] void sigpanic();

// Go's sigPreempt: what asks a thread to look for a safe point, where goroutines are moved.
constexpr uint32 sigPreempt = SIGURG;

// Sends mp's thread that signal. Go's os_linux.go has it for any signal.
void signalM(m* mp);

// How often doSigPreempt's own timer has asked again.
uint64 preemptRetries();

}  // namespace runtime
