// What happens again and again: Go's time.Ticker, NewTicker, Tick.
//
//   time::Ticker tick = time::NewTicker(100ms);
//   for (time::Time t : tick.C) { ... }   // for ever: Stop does not close C
//
// As in time/sleep.h: any std::chrono duration, from a goroutine.
#pragma once

#include "api/chan.h"
#include "time/sleep.h"
#include "time/time.h"

namespace gort::time {

// Sends the moment to C every so often. C holds one value at most: a receiver that is slow misses ticks, and the times
// of those that follow keep the beat of the first.
//
// A handle, as Go's *Ticker: copies mean the same ticker. It ticks until it is stopped, or until nobody has a handle of
// C any more (with GODEBUG=asynctimerchan=1: only until it is stopped). A default-constructed one never ticks; C may be
// set. time.Ticker.
class Ticker {
 public:
  RecvChan<Time> C;

  Ticker() = default;

  // No more ticks: no value that was due before is received after it. Does nothing if there is no ticker. Ticker.Stop.
  void Stop() const;

  // Ticks every d from now on, with the first one in d. Panics "non-positive interval for Ticker.Reset", "time: Reset
  // called on uninitialized Ticker". Ticker.Reset.
  void Reset(Duration d) const;
  template <class Rep, class Period>
  void Reset(std::chrono::duration<Rep, Period> d) const {
    Reset(internal::toDuration(d));
  }

 private:
  friend Ticker NewTicker(Duration d);
  internal::TimerRef t_;
};

// A ticker with the first tick in d. Panics "non-positive interval for NewTicker"; throws std::bad_alloc.
// time.NewTicker.
Ticker NewTicker(Duration d);
template <class Rep, class Period>
Ticker NewTicker(std::chrono::duration<Rep, Period> d) {
  return NewTicker(internal::toDuration(d));
}

// NewTicker(d).C; nil if d <= 0. time.Tick.
RecvChan<Time> Tick(Duration d);
template <class Rep, class Period>
RecvChan<Time> Tick(std::chrono::duration<Rep, Period> d) {
  return Tick(internal::toDuration(d));
}

}  // namespace gort::time
