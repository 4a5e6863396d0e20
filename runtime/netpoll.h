// The network poller's record of one file descriptor.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/runtime2_base.h"
#include "runtime/time.h"
#include "seam/atomic.h"

namespace runtime {

// What rg and wg hold when it is not the g that waits.
inline constexpr uintptr pdNil = 0;
inline constexpr uintptr pdReady = 1;
inline constexpr uintptr pdWait = 2;

// pollDesc is never freed, only reused: a late event must find memory that is valid. fdseq
// tells it that the descriptor is another one now.
struct pollDesc {
  pollDesc* link = nullptr;   // in the cache of free ones, under its lock
  uintptr fd = 0;             // fixed while in use
  atomic::Uintptr<> fdseq;    // how often this has been reused
  atomic::Uint32<> atomicInfo;  // bits of closing, rd, wd, fdseq for readers without lock

  atomic::Uintptr<> rg;  // pdReady, pdWait, the g that waits to read, or pdNil
  atomic::Uintptr<> wg;  // the same for writing

  // lock guards the rest.
  mutex lock;
  bool closing = false;
  bool rrun = false;  // rt is running
  bool wrun = false;
  uint32 user = 0;
  uintptr rseq = 0;  // against stale read timers
  timer rt;          // read deadline
  int64 rd = 0;      // nanotime of the deadline, -1 when past
  uintptr wseq = 0;
  timer wt;
  int64 wd = 0;
  pollDesc* self = nullptr;  // Go makes an interface value of it
};

static_assert(sizeof(pollDesc) == 280);

}  // namespace runtime
