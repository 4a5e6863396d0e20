// The idle time of ps, which Go's collector wants to know: from mgclimit.go.
#include "runtime/mgclimit.h"

#include "runtime/proc_decl.h"

namespace runtime {

namespace {
constexpr uint64 timeMask = (uint64{1} << (64 - limiterEventBits)) - 1;

limiterEventType eventOf(uint64 stamp) { return static_cast<limiterEventType>(stamp >> (64 - limiterEventBits)); }
}

bool limiterEvent::start(limiterEventType typ, int64 now) {
  if (eventOf(stamp.Load()) != limiterEventNone) return false;
  stamp.Store(uint64{typ} << (64 - limiterEventBits) | (static_cast<uint64>(now) & timeMask));
  return true;
}

void limiterEvent::stop(limiterEventType typ, int64 now) {
  uint64 old;
  do {
    old = stamp.Load();
    if (eventOf(old) != typ) {
      print("runtime: want=", uint32{typ}, " got=", uint32{eventOf(old)}, "\n");
      throw_("limiterEvent.stop: found wrong event in p's limiter event slot");
    }
  } while (!stamp.CompareAndSwap(old, 0));  // the limiter may move the beginning forward in between
  // The clock's high bits are lost; an event that began in the future is none.
  int64 begin = static_cast<int64>((static_cast<uint64>(now) & ~timeMask) | (old & timeMask));
  if (typ == limiterEventIdle && now > begin) sched.idleTime.Add(now - begin);
}

}  // namespace runtime
