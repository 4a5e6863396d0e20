// Go's sleep.go: timers of package time on top of the runtime's.
#include "time/sleep.h"

#include "api/panic.h"
#include "runtime/proc_decl.h"
#include "time/internal.h"

namespace gort::time {

void Sleep(Duration d) { runtime::timeSleep(d.count()); }

namespace internal {

runtime::hchan* syncTimer(runtime::hchan* c) { return runtime::debug.asynctimerchan != 0 ? nullptr : c; }

std::int64_t when(Duration d) {
  std::int64_t now = runtime::time_runtimeNano();
  if (d.count() <= 0) return now;
  std::int64_t t;
  return __builtin_add_overflow(now, d.count(), &t) ? runtime::maxWhen : t;
}

// On the system stack, like all functions of timers. The value is as old as the call is late: a channel's timer may be
// run only when somebody looks.
void sendTime(runtime::eface c, runtime::uintptr, std::int64_t delay) {
  Time t = Now() - Duration(delay);
  runtime::selectnbsend(static_cast<runtime::hchan*>(c.data), &t);
}

runtime::ownedTimer* newChanTimer(Duration d, Duration period, RecvChan<Time>& to) {
  Chan<Time> c(1);
  runtime::hchan* h = ChanAccess::get(c);
  runtime::hchan* tied = syncTimer(h);
  // A timer that the channel knows of goes before the channel does. One that it does not know of holds the channel.
  void (*drop)(void*) = nullptr;
  if (tied == nullptr) {
    runtime::chanretain(h);
    drop = [](void* data) { runtime::chanrelease(static_cast<runtime::hchan*>(data)); };
  }
  runtime::ownedTimer* t = runtime::newTimer(when(d), period.count(), sendTime, {nullptr, h}, tied, drop);
  to = c;
  return t;
}

namespace {

// The goroutine that AfterFunc's function runs on.
struct FuncStart : runtime::funcval {
  Callback* f;

  static void Run(FuncStart* self) {
    struct Held {
      Callback* f;
      ~Held() { f->Release(); }
    } held{self->f};
    delete self;
    held.f->Call();
  }
};

void goFunc(runtime::eface arg, runtime::uintptr, std::int64_t) {
  auto* t = reinterpret_cast<runtime::ownedTimer*>(arg._type);
  auto* f = static_cast<Callback*>(arg.data);
  // If this call is all that is left of the timer, the goroutine gets the function for good; else its own hold.
  if (t->timer.refs.Load() != 1 || !t->dropped.CompareAndSwap(0, 1)) f->Retain();
  auto* start = new FuncStart();
  start->fn = reinterpret_cast<runtime::uintptr>(&FuncStart::Run);
  start->f = f;
  runtime::newproc(start);
}

}  // namespace

Timer afterFunc(Duration d, Callback* f) {
  Timer t;
  t.t_ = TimerRef(runtime::newTimer(when(d), 0, goFunc, {nullptr, f}, nullptr,
                                    [](void* data) { static_cast<Callback*>(data)->Release(); }));
  return t;
}

void TimerRef::retain() {
  if (t_ != nullptr) runtime::retainTimer(t_);
}
void TimerRef::release() { runtime::releaseTimer(t_); }

}  // namespace internal

bool Timer::Stop() const {
  if (t_.get() == nullptr) panic("time: Stop called on uninitialized Timer");
  return runtime::stopTimer(t_.get());
}

Timer NewTimer(Duration d) {
  Timer t;
  t.t_ = internal::TimerRef(internal::newChanTimer(d, Duration(0), t.C));
  return t;
}

bool Timer::Reset(Duration d) const {
  if (t_.get() == nullptr) panic("time: Reset called on uninitialized Timer");
  return runtime::resetTimer(t_.get(), internal::when(d), 0);
}

RecvChan<Time> After(Duration d) { return NewTimer(d).C; }

}  // namespace gort::time
