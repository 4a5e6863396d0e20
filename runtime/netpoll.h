// The network poller: a goroutine that would block on a descriptor parks here instead of in the kernel. How:
// netpoll.cc.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/runtime2_base.h"
#include "runtime/time.h"
#include "seam/atomic.h"

namespace runtime {

struct gList;

// What pollReset and pollWait answer.
enum pollError : int {
  pollNoError = 0,
  pollErrClosing = 1,      // the descriptor is being closed
  pollErrTimeout = 2,      // the deadline has passed
  pollErrNotPollable = 3,  // the system reported an error and nothing else for it
};

// The mode of an operation: to read, to write, or both.
inline constexpr int32 pollRead = 'r';
inline constexpr int32 pollWrite = 'w';
inline constexpr int32 pollBoth = 'r' + 'w';

// A summary of a pollDesc that can be read without its lock: its three facts, and the low bits of fdseq. The error bit
// lives here only, the others follow the fields that they are named after.
struct pollInfo {
  uint32 bits = 0;

  bool closing() const { return (bits & 1) != 0; }
  bool eventErr() const { return (bits & 2) != 0; }
  bool expiredReadDeadline() const { return (bits & 4) != 0; }
  bool expiredWriteDeadline() const { return (bits & 8) != 0; }
  // Not Go's: there may be something to read that no notice is going to tell of. See poll::FD::Read.
  bool hungUp() const { return (bits & 1 << 24) != 0; }
};
inline constexpr uint32 pollClosing = 1;
inline constexpr uint32 pollEventErr = 2;
inline constexpr uint32 pollExpiredReadDeadline = 4;
inline constexpr uint32 pollExpiredWriteDeadline = 8;
inline constexpr int pollFDSeqShift = 4;
inline constexpr int pollFDSeqBits = 20;
inline constexpr uint32 pollFDSeqMask = (1 << pollFDSeqBits) - 1;
inline constexpr uint32 pollHungUp = 1 << 24;  // behind fdseq; lives here only, and stays once it is set

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

  pollInfo info() const { return {atomicInfo.Load()}; }
  void publishInfo();                        // atomicInfo anew; lock is held
  void setEventErr(bool b, uintptr seq);     // seq != 0: only if fdseq is that still
  void setHungUp(uintptr seq);               // the same
  eface makeArg() { return {nullptr, this}; }  // for the timers
};

static_assert(sizeof(pollDesc) == 280);

// ---- What internal/poll stands on. On a goroutine; each is a call of the program's into the runtime. mode: pollRead
// or pollWrite.

void poll_runtime_pollServerInit();
// Whether fd is one that the poller made for itself.
bool poll_runtime_isPollServerDescriptor(uintptr fd);
// Starts to watch fd, which does not block; its pollDesc belongs to the caller until pollClose. nullptr: the system
// cannot watch it, and err is its errno.
pollDesc* poll_runtime_pollOpen(uintptr fd, int& err);
// After pollUnblock, when nobody uses pd any more and before fd is closed.
void poll_runtime_pollClose(pollDesc* pd);
// Before an attempt: forgets that fd was ready. One goroutine at a time for each mode, as with pollWait.
pollError poll_runtime_pollReset(pollDesc* pd, int32 mode);
// After an attempt that would have blocked: parks until fd is ready, the deadline passes or pollUnblock.
pollError poll_runtime_pollWait(pollDesc* pd, int32 mode);
// Parks until fd is ready, whatever else happens. Go has it for Windows.
void poll_runtime_pollWaitCanceled(pollDesc* pd, int32 mode);
// The deadline in d nanoseconds; 0: none, < 0: now. mode may be pollBoth.
void poll_runtime_pollSetDeadline(pollDesc* pd, int64 d, int32 mode);
// The same by the clock of time_runtimeNano: what d is counted from has been read once already. when > 0. Not Go's.
void poll_runtime_pollSetDeadlineAt(pollDesc* pd, int64 when, int32 mode);
// pd is being closed: whoever waits returns, and nobody waits again. Once.
void poll_runtime_pollUnblock(pollDesc* pd);

// ---- For the poller of a system (netpoll_epoll.cc). fd of pd is ready in that mode: who waited is pushed onto toRun.
// Returns what is to be added to netpollWaiters when those are runnable. Any stack, also with the world stopped.
int32 netpollready(gList* toRun, pollDesc* pd, int32 mode);

}  // namespace runtime
