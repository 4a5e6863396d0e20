// gort::Pull: a sequence that pushes values, turned into one that is asked for them. A generator, in other words, but
// any function may yield, however deep in calls it stands: it runs on a stack of its own.
//
//   auto fib = gort::Pull<int>([](gort::Yield<int> yield) {
//     for (int a = 0, b = 1; yield(a); b += std::exchange(a, b)) {
//     }
//   });
//   for (int v : fib) {
//     if (v > 1000) break;
//     ...
//   }
//
// The sequence is a goroutine that is never on a queue: Next switches to it and its yield switches back, on the same
// thread, at the cost of a switch of stacks and nothing else. It may do whatever a goroutine may; if it parks, so does,
// in effect, whoever asked for the value.
//
// Mirrors package iter's Pull (and Pull2: let T be a pair).
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace runtime {
struct coro;
struct funcval;
}  // namespace runtime

namespace gort {

namespace internal {

// What the two sides of a sequence tell each other. One of them runs at a time.
class PullState {
 public:
  PullState(const PullState&) = delete;
  PullState& operator=(const PullState&) = delete;
  virtual ~PullState();  // after Stop

  bool Next();    // asks for a value: whether there is one
  void Stop();    // lets the sequence end
  bool Asked();   // for the sequence: whether it may hand out a value; false: it should end
  bool Switch();  // for the sequence: it has done so; comes back when it should go on (true) or end
  void Make();    // makes the coroutine, when the object is complete

 protected:
  PullState() = default;
  virtual void Run() = 0;  // calls the sequence

 private:
  // The funcval that the runtime is given.
  struct Entry {
    std::uintptr_t code;
    PullState* state;
  };
  static void Body(Entry* entry, runtime::coro* c);
  void Resume();

  Entry entry_{};
  runtime::coro* c_ = nullptr;
  bool done_ = false;        // the sequence has ended, or shall
  bool yield_next_ = false;  // a value has been asked for
  bool ok_ = false;          // there is one
  bool goexit_ = false;      // the sequence ended by Goexit
  std::exception_ptr thrown_;
};

// The sequence needs all of the object until it has ended.
struct StopAndDelete {
  void operator()(PullState* s) const noexcept {
    s->Stop();
    delete s;
  }
};

template <class T>
struct PullOf : PullState {
  std::optional<T> value;
};

template <class T, class Seq>
struct PullFrom;

}  // namespace internal

// What a sequence is given to hand out its values with. Copies mean the same sequence; none may be called after the
// Puller is gone.
template <class T>
class Yield {
 public:
  // Hands out v and waits until the next value is asked for. False: nobody will ask; the sequence should clean up and
  // return (until it does, this returns false at once). On the sequence's goroutine, or on one that the sequence waits
  // for. Panics "iter.Pull: yield called again before next" if no value has been asked for.
  bool operator()(T v) const {
    if (!state_->Asked()) return false;
    state_->value.emplace(std::move(v));
    return state_->Switch();
  }

 private:
  template <class U, class Seq>
  friend struct internal::PullFrom;
  explicit Yield(internal::PullOf<T>* state) : state_(state) {}

  internal::PullOf<T>* state_;
};

namespace internal {

template <class T, class Seq>
struct PullFrom : PullOf<T> {
  Seq seq;

  template <class S>
  explicit PullFrom(S&& s) : seq(std::forward<S>(s)) {}
  void Run() override { std::move(seq)(Yield<T>(this)); }
};

}  // namespace internal

// The asking side. Owns the sequence; movable. Any goroutine may use it, one at a time; if the goroutine that called
// Pull was locked to a thread (LockOSThread), only on that thread, locked as then: else the program ends with "coro: OS
// thread locking must match locking at coroutine creation".
template <class T>
class Puller {
 public:
  Puller(Puller&&) noexcept = default;
  // The sequence that this had is stopped.
  Puller& operator=(Puller&&) noexcept = default;
  // Stops the sequence. An exception that it throws then ends the program (a destructor lets none out): who expects one
  // calls Stop first.
  ~Puller() = default;

  // Runs the sequence up to its next value. nullopt: it has returned, or was stopped. Rethrows what the sequence
  // throws, and ends the calling goroutine if the sequence calls Goexit; the sequence has ended then. Panics
  // "iter.Pull: next called again before yield" when the sequence itself calls it.
  std::optional<T> Next() {
    std::optional<T> v;
    if (state_ != nullptr && state_->Next()) state_->value.swap(v);
    return v;
  }

  // Ends the sequence: its yield returns false, or it is not called at all if no value was asked for. Comes back when
  // it has returned. Exceptions and Goexit as with Next. Does nothing when it has ended.
  void Stop() {
    if (state_ != nullptr) state_->Stop();
  }

  // for (T& v : puller): what is left of the sequence. A loop that is left early does not stop it.
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = T;

    iterator() = default;
    explicit iterator(Puller* p) : puller_(p), value_(p->Next()) {}
    T& operator*() const { return *value_; }
    T* operator->() const { return &*value_; }
    iterator& operator++() {
      value_ = puller_->Next();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& it, std::default_sentinel_t) { return !it.value_.has_value(); }

   private:
    Puller* puller_ = nullptr;
    mutable std::optional<T> value_;
  };
  iterator begin() { return iterator(this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  template <class U, class Seq>
    requires std::is_invocable_v<std::decay_t<Seq>, Yield<U>>
  friend Puller<U> Pull(Seq&& seq);
  using State = std::unique_ptr<internal::PullOf<T>, internal::StopAndDelete>;
  explicit Puller(State state) : state_(std::move(state)) {}

  State state_;
};

// Makes a Puller of seq, which is called with a Yield<T> when the first value is asked for, on a goroutine of its own
// that counts in NumGoroutine until it has ended. seq is moved or copied, and destroyed with the Puller. T is movable.
// From a goroutine. Throws what copying seq throws, std::bad_alloc included. iter.Pull.
template <class T, class Seq>
  requires std::is_invocable_v<std::decay_t<Seq>, Yield<T>>
Puller<T> Pull(Seq&& seq) {
  typename Puller<T>::State state(new internal::PullFrom<T, std::decay_t<Seq>>(std::forward<Seq>(seq)));
  state->Make();
  return Puller<T>(std::move(state));
}

}  // namespace gort
