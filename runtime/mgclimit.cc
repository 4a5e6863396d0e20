// The idle time of ps, which Go's collector wants to know: from mgclimit.go.
#include "runtime/mgclimit.h"

#include "runtime/runtime2.h"

namespace runtime {

namespace {
constexpr uint64 timeMask = (uint64{1} << (64 - limiterEventBits)) - 1;
}

bool limiterEvent::start(limiterEventType typ, int64 now) {
  if ((stamp.Load() >> (64 - limiterEventBits)) != limiterEventNone) return false;
  stamp.Store(uint64{typ} << (64 - limiterEventBits) | (static_cast<uint64>(now) & timeMask));
  return true;
}

void limiterEvent::stop(limiterEventType typ, int64 now) {
  uint64 old = stamp.Load();
  stamp.Store(0);
  // The clock's high bits are lost; an event that began in the future is none.
  int64 begin = static_cast<int64>((static_cast<uint64>(now) & ~timeMask) | (old & timeMask));
  if (typ == limiterEventIdle && now > begin) sched.idleTime.Add(now - begin);
}

}  // namespace runtime
