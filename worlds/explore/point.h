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

// With store buffers (--tso): as on amd64 a store that is no more than a release waits in its thread's buffer, and gets
// into memory in order and when the search says so. Whoever makes a sequentially consistent store or a
// read-modify-write, or sleeps, waits until his is empty; his own loads see it. Set before Load.
extern bool buffers;
// The store is in the buffer. False: it is to be made now.
bool delays(void* at, const void* value, unsigned size, const char* what);
// What is in memory, changed to what the thread's own buffer has of it.
void forward(const void* at, void* value, unsigned size);
// Waits until the thread's buffer is empty.
void fence(const char* what);

template <runtime::fixed_string Tag>
inline void reads(const void* object) {
  if constexpr (!Tag.empty()) point(Kind::kRead, object, nameOf<Tag>);
}
template <runtime::fixed_string Tag>
inline void writes(const void* object) {
  if constexpr (!Tag.empty()) point(Kind::kWrite, object, nameOf<Tag>);
}
// A store that is a release at most.
template <runtime::fixed_string Tag, class T>
inline bool buffered(T* at, const T& v) {
  if constexpr (Tag.empty()) return false;
  return buffers && delays(at, &v, sizeof(T), nameOf<Tag>);
}
// What the thread sees there.
template <runtime::fixed_string Tag, class T>
inline T seen(const T& there) {
  if constexpr (!Tag.empty()) {
    if (buffers) [[unlikely]] {
      T v = there;
      forward(&there, &v, sizeof(T));
      return v;
    }
  }
  return there;
}

}  // namespace explore
