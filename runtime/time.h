// Timers: one timer, and the heap of them that every P has.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/runtime2_base.h"
#include "runtime/slice.h"
#include "seam/atomic.h"

namespace runtime {

// Bits of timer.state.
inline constexpr uint8 timerHeaped = 1;    // on the heap of ts
inline constexpr uint8 timerModified = 2;  // when was changed, the heap has the old time still
inline constexpr uint8 timerZombie = 4;    // stopped, but on the heap still

inline constexpr int64 maxWhen = INT64_MAX;
inline constexpr intptr timerHeapN = 4;  // the heap's fan-out

// timer calls f(arg, seq, delay) at when, and every period after that if period > 0.
struct timer {
  // mu guards every field that says nothing else.
  mutex mu;
  atomic::Uint8<> astate;  // state as of the last unlock, for readers without mu
  uint8 state = 0;
  bool isChan = false;  // feeds a channel; never changes
  bool isFake = false;  // runs on a synctest group's clock; never changes
  uint32 blocked = 0;   // goroutines that wait on the channel; a timer with none may leave the heap

  int64 when = 0;  // nanotime; 0 when stopped
  int64 period = 0;
  void (*f)(eface arg, uintptr seq, int64 delay) = nullptr;
  eface arg;
  uintptr seq = 0;

  timers* ts = nullptr;  // the heap that it is on, if timerHeaped

  // sendLock is held around the sends of a timer channel, so that Stop and Reset can
  // promise that no stale value follows.
  mutex sendLock;
  atomic::Int32<> isSending;  // sends under way
};

static_assert(sizeof(timer) == 88);

struct timerWhen {
  runtime::timer* timer = nullptr;
  int64 when = 0;  // may be behind timer->when while timerModified
};

static_assert(sizeof(timerWhen) == 16);

// timers is a P's heap of timers, ordered by when.
struct timers {
  // mu guards the heap. The owner takes it too: other Ps steal and wake.
  mutex mu;
  slice<timerWhen> heap;

  atomic::Uint32<> len;     // of heap; written under mu
  atomic::Int32<> zombies;  // timers on the heap with timerZombie

  uintptr raceCtx = 0;  // race detector's; unused

  // The next wakeup is the lesser of the two that are not 0; readable without mu.
  atomic::Int64<> minWhenHeap;      // heap[0].when
  atomic::Int64<> minWhenModified;  // a lower bound over the timers with timerModified

  synctestGroup* syncGroup = nullptr;  // the group whose clock this heap follows, or nullptr

  int64 wakeTime();                                         // 0: no timer
  struct check_result { int64 now, pollUntil; bool ran; };
  check_result check(int64 now);                            // runs what is due
  void take(timers* src);                                   // all of src's, with the world stopped
  uint32 length() const;                                    // of heap, readable without mu
  intptr heaplen() const;                                   // of heap, for the deadlock check
};

static_assert(sizeof(timers) == 72);

// timeTimer is a time.Timer or time.Ticker.
struct timeTimer {
  void* c = nullptr;  // its channel
  bool init = false;
  runtime::timer timer;
};

static_assert(sizeof(timeTimer) == 104);

}  // namespace runtime
