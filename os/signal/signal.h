// Signals as values in channels: Go's package os/signal.
//
//   gort::Chan<int> c(1);
//   os::signal::Notify(c, {SIGINT, SIGHUP});
//   for (int sig : c) ...
//
//   auto [ctx, stop] = os::signal::NotifyContext(context::Background(), {SIGINT, SIGTERM});
//
// A signal that somebody wants is not what it was: SIGINT does not end the program. When the last one who wanted it has
// called Stop, it is again. A channel without room misses a signal: give it some. Not for the signals that the runtime
// lives on (SIGURG, SIGSEGV, SIGBUS, SIGFPE), nor for SIGKILL and SIGSTOP: those are left out.
//
// Who may call: a goroutine. Throw std::bad_alloc.
#pragma once

#include <signal.h>

#include <initializer_list>
#include <utility>
#include <vector>

#include "api/chan.h"
#include "context/context.h"

namespace gort::os::signal {

// Sends each of these signals to c from now on, without waiting. Again for the same channel: these as well.
// signal.Notify.
void Notify(const Chan<int>& c, const std::vector<int>& signals);
// No more to c; when it returns nothing will be sent any more. signal.Stop.
void Stop(const Chan<int>& c);
// These signals do nothing, whoever wanted them. signal.Ignore.
void Ignore(const std::vector<int>& signals);
// These signals are what they were at the start, whoever wanted them. signal.Reset.
void Reset(const std::vector<int>& signals);

// A context that ends with the first of these signals, or with parent. When it has ended, they are what they were.
// signal.NotifyContext.
[[nodiscard]] std::pair<context::Context, context::CancelFunc> NotifyContext(const context::Context& parent,
                                                                             const std::vector<int>& signals);

}  // namespace gort::os::signal
