// The clocks of package time: Go's time.go, what of it there is.
#include "time/time.h"

#include "runtime/time.h"

namespace gort::time {

Time Now() {
  runtime::timeNow now = runtime::time_runtimeNow();
  return Time(std::chrono::seconds(now.sec) + Duration(now.nsec), Duration(now.mono));
}

Duration Since(Time t) { return Time(Duration(0), Duration(runtime::time_runtimeNano())) - t; }

Duration Until(Time t) { return t - Time(Duration(0), Duration(runtime::time_runtimeNano())); }

}  // namespace gort::time
