// Timers: one timer, and the heap of them that every P has. What they are and which lock guards what: time.cc.
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

// What a timer calls, on the system stack of whichever thread finds it due: it must neither block nor throw. seq is
// the timer's, delay how late the call is, in ns.
using timerFunc = void (*)(eface arg, uintptr seq, int64 delay);

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
  timerFunc f = nullptr;
  eface arg;
  uintptr seq = 0;

  timers* ts = nullptr;  // the heap that it is on, if timerHeaped

  // sendLock is held around the sends of a timer channel, so that Stop and Reset can
  // promise that no stale value follows.
  mutex sendLock;
  atomic::Int32<> isSending;  // sends under way

  // Who may still touch this timer, for memory that has no collector: one for its owner's handle, one while it is on a
  // heap, one while its function is called. 0: not counted; the owner sees to it that the memory outlives all of these.
  atomic::Uint32<> refs;

  void init(timerFunc f, eface arg);
  void lock();
  void unlock();
  hchan* channel();  // Go's hchan; isChan only
  bool updateHeap();
  bool stop();  // whether it was stopped before it ran
  bool modify(int64 when, int64 period, timerFunc f, eface arg, uintptr seq);  // whether it was pending
  bool needsAdd();
  void maybeAdd();
  bool reset(int64 when, int64 period);
  void unlockAndRun(int64 now);
  void maybeRunChan();
  void unref();
};

static_assert(sizeof(timer) == 88);

// timerWhen is an entry of a heap: a timer, or a goroutine in timeSleep, which needs none.
struct timerWhen {
  runtime::timer* timer = nullptr;  // or a g, with the lowest bit set
  int64 when = 0;                   // may be behind timer->when while timerModified

  static timerWhen ofSleep(g* gp, int64 when) {
    return {reinterpret_cast<runtime::timer*>(reinterpret_cast<uintptr>(gp) | 1), when};
  }
  bool isSleep() const { return (reinterpret_cast<uintptr>(timer) & 1) != 0; }
  g* sleeper() const { return reinterpret_cast<g*>(reinterpret_cast<uintptr>(timer) - 1); }
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
  check_result checkDue(int64 now, int64 next);             // its rest, if there are timers; next: wakeTime
  void take(timers* src);                                   // all of src's, with the world stopped
  uint32 length() const;                                    // of heap, readable without mu
  intptr heaplen() const;                                   // of heap, for the deadlock check

  void lock();
  void unlock();
  void addHeap(runtime::timer* t);
  void push(timerWhen tw);
  void deleteMin();
  void cleanHead();
  void adjust(int64 now, bool force);
  int64 run(int64 now);  // 0: ran some; -1: none left; else when the first is due
  void wakeSleepers(int64 now);
  void verify();
  void updateMinWhenHeap();
  void updateMinWhenModified(int64 when);
  void siftUp(intptr i);
  void siftDown(intptr i);
  void initHeap();
  void addSleep(g* gp, int64 when);
};

static_assert(sizeof(timers) == 72);

// timeTimer is a time.Timer or time.Ticker.
struct timeTimer {
  void* c = nullptr;  // its channel
  bool init = false;
  runtime::timer timer;
};

static_assert(sizeof(timeTimer) == 104);

// ownedTimer is a timeTimer on the heap of newTimer, with what C++ must know to let go of it.
struct ownedTimer : timeTimer {
  void (*drop)(void* data) = nullptr;  // lets go of what arg.data points to; on a goroutine, once. May be nullptr
  atomic::Uint32<> dropped;            // 1: drop has been called, or has nothing to do
  atomic::Uint32<> handles;            // all of which together are one of timer.refs
};

// ---- What package time stands on. On a goroutine, except where a line says otherwise.

struct timeNow {
  int64 sec;   // of the wall clock, since 1970
  int32 nsec;
  int64 mono;  // nanotime
};
timeNow time_runtimeNow();  // in a bubble of synctest: its clock. Anywhere
int64 time_runtimeNano();   // the same, monotonic only. Anywhere
void timeSleep(int64 ns);
// newTimer makes a timer and starts it. f gets arg, but with the ownedTimer as its type word. With a channel c
// (capacity > 0), which is arg.data too, it is the channel's: what stop and reset forestall cannot be received, and c's
// end is to call timerChanClosing. The caller gets a handle, which releaseTimer gives back.
ownedTimer* newTimer(int64 when, int64 period, timerFunc f, eface arg, hchan* c, void (*drop)(void*));
bool stopTimer(timeTimer* t);                             // whether it was stopped before it ran
bool resetTimer(timeTimer* t, int64 when, int64 period);  // whether it was pending
// One more handle, by who has one; one less. When the last is gone, a timer that is pending still fires; then, or at
// once, its drop is called. retainTimer: anywhere.
void retainTimer(ownedTimer* t);
void releaseTimer(ownedTimer* t);
// timerChanClosing: nobody will use c any more. Its timer, if it has one, stops and forgets c.
void timerChanClosing(hchan* c);

bool resetForSleep(g* gp, void* unused);
[[noreturn]] void badTimer();

// ---- What chan.cc stands on. The channel has a timer.
void blockTimerChan(hchan* c);    // a goroutine is about to wait on c; c.lock is held
void unblockTimerChan(hchan* c);  // it does not wait any more; c.lock is held

}  // namespace runtime
