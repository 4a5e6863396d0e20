// Go's tick.go.
#include "time/tick.h"

#include "api/panic.h"
#include "time/internal.h"

namespace gort::time {

Ticker NewTicker(Duration d) {
  if (d.count() <= 0) panic("non-positive interval for NewTicker");
  Ticker t;
  t.t_ = internal::TimerRef(internal::newChanTimer(d, d, t.C));
  return t;
}

void Ticker::Stop() const {
  if (t_.get() == nullptr) return;
  runtime::stopTimer(t_.get());
}

void Ticker::Reset(Duration d) const {
  if (d.count() <= 0) panic("non-positive interval for Ticker.Reset");
  if (t_.get() == nullptr) panic("time: Reset called on uninitialized Ticker");
  runtime::resetTimer(t_.get(), internal::when(d), d.count());
}

RecvChan<Time> Tick(Duration d) {
  if (d.count() <= 0) return {};
  return NewTicker(d).C;
}

}  // namespace gort::time
