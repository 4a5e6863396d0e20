// Why a goroutine stopped while it could run, and who made one runnable: the runtime's functions on the stack of an
// event tell it.
#ifndef TRACE_STOPS_H_
#define TRACE_STOPS_H_

#include <cstdint>
#include <string_view>

#include "trace/event.h"
#include "trace/generation.h"

namespace gotrace {

// Whether one of a stack's innermost frames is the function.
bool IsIn(const Generation& generation, uint64_t stack, std::string_view function);

enum class Stop : uint8_t {
  kPreempted,
  kGosched,
  kYields,  // goyield: it goes to the end of its P's ring, where the others go to the global queue
};
// Of a GoStop.
Stop StopOf(const Event& event, const Generation& generation);

// Of a GoUnblock: it is one of a list that the runtime lets go at once, and goes where the list goes.
bool IsInjected(const Event& event, const Generation& generation);
// Of a GoUnblock, too: it was made runnable by the runtime on the thread's own stack, not in the usual way (goready).
// If it waited for the network, the world was about to start, which injects such a list.
bool IsOnSystemStack(const Event& event, const Generation& generation);

// What a file or a connection is asked for there (internal/poll.(*FD).Read, internal/poll.Splice and their like), as a
// number; 0: nothing.
uint32_t PollOf(const Generation& generation, uint64_t stack);

}  // namespace gotrace

#endif  // TRACE_STOPS_H_
