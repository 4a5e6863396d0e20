// Points at which a world may look on: the guided one wants to know what findRunnable found, and why.
#pragma once

#include "runtime/internal/fixed_string.h"
#include "runtime/runtime2.h"
#include "worlds/facts/hooks.h"

namespace runtime {
enum class why : uint8;
}

namespace guided {

// findRunnable is about to return gp, for that reason. Does not come back if the trace
// shows something else: then the M looks again.
void found(runtime::why reason, runtime::g* gp, bool inheritTime);

// An M without a P borrows the one that the M which it makes will get. Go shows that only if it makes an M, and how
// many idle ones there were when the trace began is not known.
void borrowing(bool yes);

// gp is about to run.
void executes(runtime::g* gp, bool inheritTime);

}  // namespace guided

namespace runtime::slog {

struct time {
  int64 ns;
};

template <fixed_string Name, class... A>
inline void at(const A&... a) {
  if constexpr (Name.view() == "execute") guided::executes(a...);
  if constexpr (Name.view() == "newm") guided::borrowing(true);
  if constexpr (Name.view() == "newosproc") guided::borrowing(false);
  facts::told<Name>(a...);
}
template <fixed_string Name>
inline void at(uint8 reason, g* gp, bool inheritTime, bool) {
  static_assert(Name.view() == "found");
  guided::found(static_cast<why>(reason), gp, inheritTime);
  if (facts::listening) [[unlikely]] facts::foundBy(reason, gp, inheritTime);
}

inline uint8 unlockClass(bool (*)(g*, void*)) { return 0; }
inline const mutex* unlockLock(bool (*)(g*, void*), const void*) { return nullptr; }

}  // namespace runtime::slog
