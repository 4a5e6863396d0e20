// Tests of code that waits: bubbles of goroutines with a clock of their own.
//
//   gort::synctest::Run([] {
//     auto start = time::Now();
//     time::Sleep(1h);                        // takes no time
//     EXPECT_EQ(time::Since(start), 1h);      // to the nanosecond
//   });
//
// Inside a bubble time::Now, Sleep, timers and tickers go by the bubble's clock. It starts at midnight UTC 2000-01-01,
// stands still while any goroutine of the bubble can do something, and jumps to the next timer when all of them are
// durably blocked: in a Sleep, in a select or an operation on channels that were all made in the bubble, in Wait of a
// sync::Cond or WaitGroup. A goroutine that waits for a sync::Mutex, in a system call, or for a channel from outside is
// not durably blocked: somebody outside may go on with it.
//
// Mirrors internal/synctest (GOEXPERIMENT=synctest's testing/synctest) of Go 1.24.
#pragma once

#include <type_traits>
#include <utility>

#include "api/go.h"

namespace runtime {
void synctestRun(funcval* fn, void (*drop)(funcval*));
void synctestWait();
}  // namespace runtime

namespace gort::synctest {

// Calls f() on the first goroutine of a new bubble, to which all goroutines that it starts belong as well, and returns
// when they have all ended. What f throws and does not catch ends the program, as in every goroutine. Panics
// (RuntimeError): "deadlock: all goroutines in bubble are blocked" when that is so and there is no timer to wait for
// (they stay blocked for ever), "synctest.Run called from within a synctest bubble", "synctest.Run not supported with
// asynctimerchan!=0". From a goroutine, outside of bubbles. synctest.Run.
template <class F>
  requires std::is_invocable_v<std::decay_t<F>>
void Run(F&& f) {
  using Body = gort::internal::Body<std::decay_t<F>>;
  auto* body = new Body(std::forward<F>(f));
  runtime::synctestRun(reinterpret_cast<runtime::funcval*>(static_cast<gort::internal::Start*>(body)),
                       [](runtime::funcval* fv) {
                         delete static_cast<Body*>(reinterpret_cast<gort::internal::Start*>(fv));
                       });
}

// Blocks until all other goroutines of the bubble are durably blocked. Panics "goroutine is not in a bubble", "wait
// already in progress". From a goroutine of a bubble. synctest.Wait.
inline void Wait() { runtime::synctestWait(); }

}  // namespace gort::synctest
