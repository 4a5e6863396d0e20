// Sleeping, and what happens later: Go's time.Sleep, Timer, NewTimer, After, AfterFunc.
//
//   time::Sleep(10ms);
//
//   gort::select(
//       gort::recv(results, [&](Result r) { ... }),
//       gort::recv(time::After(1s), [&] { timeout(); }));
//
//   time::Timer t = time::AfterFunc(30s, [conn] { conn->close(); });
//   ...
//   if (t.Stop()) ...   // it will not run
//
// All of it rests on the heaps of timers of the scheduler (runtime/time.cc): nothing here costs a thread, and a hundred
// thousand sleepers are no trouble. Nothing happens early. How late it is depends on the load; a sleep of less than a
// millisecond takes a whole one in a program that is idle otherwise, for such is the resolution of epoll_wait.
//
// Every function takes any std::chrono duration (time/time.h). From a goroutine, on its own stack, unless a line says
// otherwise; not from a destructor of a static object after main.
#pragma once

#include <atomic>
#include <type_traits>
#include <utility>

#include "api/chan.h"
#include "time/time.h"

namespace runtime {
struct ownedTimer;
}  // namespace runtime

namespace gort::time {

class Timer;
class Ticker;

namespace internal {

// What AfterFunc runs: held by the timer, and by each goroutine that runs it.
class Callback {
 public:
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;
  void Retain() { refs_.fetch_add(1, std::memory_order_relaxed); }  // by who holds it
  void Release() {
    // Acquire and release: the destructor comes after every call.
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  virtual void Call() = 0;

 protected:
  Callback() = default;
  virtual ~Callback() = default;

 private:
  std::atomic<unsigned> refs_{1};
};

template <class F>
class CallbackOf : public Callback {
 public:
  template <class A>
  explicit CallbackOf(A&& a) : f_(std::forward<A>(a)) {}
  void Call() override { f_(); }

 private:
  F f_;
};

// A counted handle of a runtime timer.
class TimerRef {
 public:
  TimerRef() = default;
  explicit TimerRef(runtime::ownedTimer* t) : t_(t) {}  // takes over one count
  TimerRef(const TimerRef& o) : t_(o.t_) { retain(); }
  TimerRef(TimerRef&& o) noexcept : t_(std::exchange(o.t_, nullptr)) {}
  TimerRef& operator=(TimerRef o) noexcept {
    std::swap(t_, o.t_);
    return *this;
  }
  ~TimerRef() {
    if (t_ != nullptr) release();
  }
  runtime::ownedTimer* get() const { return t_; }

 private:
  void retain();
  void release();
  runtime::ownedTimer* t_ = nullptr;
};

Timer afterFunc(Duration d, Callback* f);  // takes over one count of f

}  // namespace internal

// Blocks the calling goroutine for at least d; returns at once if d <= 0. time.Sleep.
void Sleep(Duration d);
template <class Rep, class Period>
void Sleep(std::chrono::duration<Rep, Period> d) {
  Sleep(internal::toDuration(d));
}

// One event: a Time sent to C when it is due, or the call of AfterFunc's function.
//
// A Timer is a handle, as Go's *Timer: copies mean the same timer. What it does not do is stop the timer when the last
// handle goes: AfterFunc's function runs all the same (a timer with a channel goes with the last handle of the channel,
// for then nobody can tell). A default-constructed one means no timer.
//
// Different goroutines may use one timer at once; one handle object is, like a shared_ptr, not to be assigned by one
// while another uses it. time.Timer.
class Timer {
 public:
  // Receives the moment at which the timer fired, once; nil for AfterFunc. Its cap() is 0, and no value that was due
  // before the last Stop or Reset is ever received: there is no need to drain it. (With GODEBUG=asynctimerchan=1 it is
  // a channel with a buffer of one that may hold an old value, as before Go 1.23.)
  RecvChan<Time> C;

  Timer() = default;

  // Prevents the timer from firing. True: it was pending. False: it had fired or had been stopped; AfterFunc's function
  // may be running then, and Stop does not wait for it. Panics "time: Stop called on uninitialized Timer" if there is
  // no timer. Timer.Stop.
  bool Stop() const;

  // Starts the timer anew, to fire after d. True: it was pending. Of an AfterFunc that has fired: the function will run
  // again, perhaps while its first run goes on. Panics "time: Reset called on uninitialized Timer" if there is no
  // timer. Timer.Reset.
  bool Reset(Duration d) const;
  template <class Rep, class Period>
  bool Reset(std::chrono::duration<Rep, Period> d) const {
    return Reset(internal::toDuration(d));
  }

 private:
  friend Timer NewTimer(Duration d);
  friend Timer internal::afterFunc(Duration d, internal::Callback* f);
  internal::TimerRef t_;
};

// A timer that sends the moment to its C after at least d. Throws std::bad_alloc. time.NewTimer.
Timer NewTimer(Duration d);
template <class Rep, class Period>
Timer NewTimer(std::chrono::duration<Rep, Period> d) {
  return NewTimer(internal::toDuration(d));
}

// NewTimer(d).C: for selects. What nobody receives costs nothing once the handle is gone. time.After.
RecvChan<Time> After(Duration d);
template <class Rep, class Period>
RecvChan<Time> After(std::chrono::duration<Rep, Period> d) {
  return After(internal::toDuration(d));
}

// Calls f() on a goroutine of its own after at least d. f is moved or copied, and destroyed on a goroutine when it
// has run and no handle is left that could Reset the timer; it is called as an lvalue, as Reset may have it run again.
// What f throws and does not catch ends the program, as in every goroutine; Goexit ends f's goroutine only. Throws
// std::bad_alloc and what copying f throws. time.AfterFunc.
template <class F>
  requires std::is_invocable_v<std::decay_t<F>&>
Timer AfterFunc(Duration d, F&& f) {
  return internal::afterFunc(d, new internal::CallbackOf<std::decay_t<F>>(std::forward<F>(f)));
}
template <class Rep, class Period, class F>
  requires std::is_invocable_v<std::decay_t<F>&>
Timer AfterFunc(std::chrono::duration<Rep, Period> d, F&& f) {
  return AfterFunc(internal::toDuration(d), std::forward<F>(f));
}

}  // namespace gort::time
