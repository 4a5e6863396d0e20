// What sleep.cc and tick.cc share.
#pragma once

#include <cstdint>

#include "runtime/time.h"
#include "time/sleep.h"

namespace gort::time::internal {

using gort::internal::ChanAccess;

// The channel that the runtime's timer shall know of: none with GODEBUG=asynctimerchan.
runtime::hchan* syncTimer(runtime::hchan* c);
// The monotonic clock in d from now; now if d is negative, the end of time if that is too far.
std::int64_t when(Duration d);
// Sends the moment to a channel, if there is room.
void sendTime(runtime::eface c, runtime::uintptr seq, std::int64_t delay);
// Makes and starts a timer that sends to a new channel, which it stores in `to`.
runtime::ownedTimer* newChanTimer(Duration d, Duration period, RecvChan<Time>& to);

}  // namespace gort::time::internal
