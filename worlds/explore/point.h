// Points: where an M is about to do something that others can see, or that others decide. There it waits until the
// search lets it go on; then it does that, and runs up to its next point. What lies between two points is one step.
#pragma once

#include <cstdint>

#include "runtime/internal/fixed_string.h"

namespace explore {

enum class Kind : uint8_t {
  kRead,     // a shared word
  kWrite,    // the same: stored, or by a Cas
  kLock,     // a mutex; the M cannot go on while another one holds it
  kUnlock,   // belongs to the step before: nothing can come in between that would see a difference
  kNote,     // the M sleeps until somebody wakes it, or for a time
  kSleep,    // for a time
  kPoll,     // in the network poller, until something is ready, or for a time
  kCompute,  // a goroutine computes: for as long as nothing else is left to happen, or shorter
  kCreate,   // an M is made. Belongs to the step before
  kTime,     // the clock is read. Belongs to the step before: the clock stands still until somebody's time is up
};

// The M waits in front of an access to the object at that address, whose name is `what`.
void point(Kind kind, const void* object, const char* what);

// Words that the port gives no name are not shared between Ms that run.
template <runtime::fixed_string Tag>
inline constexpr const char* nameOf = Tag.text;

template <runtime::fixed_string Tag>
inline void reads(const void* object) {
  if constexpr (!Tag.empty()) point(Kind::kRead, object, nameOf<Tag>);
}
template <runtime::fixed_string Tag>
inline void writes(const void* object) {
  if constexpr (!Tag.empty()) point(Kind::kWrite, object, nameOf<Tag>);
}

}  // namespace explore
