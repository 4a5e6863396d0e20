// The event of a P that the GC's CPU limiter accounts for: its kind in the top 3 bits, the
// time it began in the others. The scheduler starts and stops limiterEventIdle.
#pragma once

#include "runtime/internal/goarch.h"
#include "seam/atomic.h"

namespace runtime {

enum limiterEventType : uint8 {
  limiterEventNone,
  limiterEventIdleMarkWork,
  limiterEventMarkAssist,
  limiterEventScavengeAssist,
  limiterEventIdle,
};
inline constexpr int limiterEventBits = 3;

struct limiterEvent {
  atomic::Uint64<> stamp;  // 0: no event

  // start says whether there was no event until now; stop ends an event of kind typ.
  bool start(limiterEventType typ, int64 now);
  void stop(limiterEventType typ, int64 now);
};

static_assert(sizeof(limiterEvent) == 8);

}  // namespace runtime
