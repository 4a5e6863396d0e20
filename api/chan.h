// Chan<T>: Go's channels.
//
//   gort::Chan<int> c(0);                          // make(chan int): unbuffered
//   gort::Chan<std::unique_ptr<Job>> jobs(128);    // make(chan *Job, 128)
//   gort::Chan<void> done(0);                      // make(chan struct{}): a signal without content
//
//   c.send(1);             c << 1;                 // c <- 1
//   std::optional<int> v = c.recv();               // v, ok := <-c; no value: the channel is closed and empty
//   int i; c >> i;                                 // i = <-c; 0 if the channel is closed
//   for (auto job : jobs) work(std::move(job));    // for job := range jobs: ends when jobs is closed and empty
//   jobs.close();                                  // close(jobs)
//
// A Chan is a handle, as Go's channel value is: a copy means the same channel, `const` does not keep from sending, and
// capturing it by value in a goroutine's lambda is the thing to do. The channel lives until its last handle is gone;
// values that are buffered then are destroyed. A goroutine that waits on a channel must have a handle of its own (a
// captured copy): if the last one goes while somebody waits, the program dies. A default-constructed Chan is nil:
// sending and receiving block for ever, in a select such a case never happens, close panics, len() and cap() are 0.
//
// What goes through. T is any type that can be moved without throwing, below 64 KiB; move-only types too. A send moves
// (or copies, if it was given an lvalue) the value once, straight to a receiver that waits, else into the buffer. A
// send that does not take place (try_send that returns false, the loser of a select, a closed channel) leaves a value
// that was given as an rvalue untouched. T's move constructor and destructor may run while the channel is locked: they
// must not call gort's blocking functions. What was done before a send is visible after its receive, and what was done
// before a receive from an unbuffered channel is visible after its send (Go's memory model).
//
// Who may call. send, recv, their kin and close: a goroutine, on its own stack. Everything else: any thread. Different
// goroutines may use one channel at once; one handle object is, like a shared_ptr, not to be assigned by one while
// another uses it.
//
// Exceptions. Every mistake is a gort::RuntimeError (api/panic.h) with Go's text: "send on closed channel", "close of
// closed channel", "close of nil channel", "makechan: size out of range". Mirrors runtime's chan.go.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "runtime/chan.h"

namespace gort {

template <class T>
class Chan;
template <class T>
class SendChan;
template <class T>
class RecvChan;

// What try_recv found.
enum class TryRecv {
  Value,   // a value was received
  Empty,   // nothing to receive now
  Closed,  // nothing to receive ever: the channel is closed and empty
};

namespace internal {

// What a channel of T carries: a Chan<void> carries nothing, in an object all the same.
template <class T>
using Element = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
constexpr void checkElement() {
  static_assert(std::is_object_v<T> && !std::is_const_v<T> && !std::is_array_v<T>, "a channel carries objects");
  static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_destructible_v<T>,
                "a channel's element must be movable without exceptions: box it in a std::unique_ptr");
  static_assert(sizeof(T) < 65536, "a channel's element must be smaller than 64 KiB: box it in a std::unique_ptr");
}

// Memory for a value to be received; take() makes it a value again, once, and only if one was received.
template <class T>
struct Slot {
  union {
    T value;
  };

  Slot() {}
  ~Slot() {}
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  void* address() { return std::addressof(value); }
  void drop() { value.~T(); }
  T take() {
    struct Drop {
      Slot* slot;
      ~Drop() { slot->drop(); }
    } drop{this};
    return std::move(value);
  }
};

// The channel itself: held by whoever has one of these.
class ChanRef {
 public:
  ChanRef(const ChanRef& o) : c_(o.c_) { retain(); }
  ChanRef(ChanRef&& o) noexcept : c_(std::exchange(o.c_, nullptr)) {}
  ChanRef& operator=(const ChanRef& o) {
    ChanRef(o).swap(*this);
    return *this;
  }
  ChanRef& operator=(ChanRef&& o) noexcept {
    ChanRef(std::move(o)).swap(*this);
    return *this;
  }
  ~ChanRef() {
    if (c_ != nullptr) runtime::chanrelease(c_);
  }

  // Elements that are buffered; their number may have changed before the caller looks at it.
  std::size_t len() const { return static_cast<std::size_t>(runtime::chanlen(c_)); }
  // Elements that there is room for; 0: unbuffered.
  std::size_t cap() const { return static_cast<std::size_t>(runtime::chancap(c_)); }
  // Whether it is not nil.
  explicit operator bool() const { return c_ != nullptr; }
  friend bool operator==(const ChanRef& a, std::nullptr_t) { return a.c_ == nullptr; }

 protected:
  ChanRef() = default;
  // Takes over one hold on c.
  explicit ChanRef(runtime::hchan* c) : c_(c) {}
  void retain() const {
    if (c_ != nullptr) runtime::chanretain(c_);
  }
  void swap(ChanRef& o) { std::swap(c_, o.c_); }

  runtime::hchan* c_ = nullptr;
  friend struct ChanAccess;
};

// For the rest of gort.
struct ChanAccess {
  static runtime::hchan* get(const ChanRef& c) { return c.c_; }
  // A handle C for c, which takes over one hold.
  template <class C>
  static C adopt(runtime::hchan* c) {
    C handle;
    handle.c_ = c;
    return handle;
  }
};

template <class T>
class Sends : public ChanRef {
 public:
  using value_type = Element<T>;

  // What is asked of the element is asked where it is sent, so that a T may hold a Chan<T> of its own.

  // Gives v to a receiver that waits, or puts it into the buffer; waits until one of the two can be done. Throws
  // RuntimeError "send on closed channel", also if the channel is closed meanwhile.
  template <class V = value_type>
    requires std::copy_constructible<V>
  void send(const value_type& v) const
  {
    checkElement<value_type>();
    if constexpr (std::is_trivially_copyable_v<value_type>) {
      runtime::chansend1(c_, const_cast<value_type*>(std::addressof(v)));
    } else {
      send(value_type(v));
    }
  }
  void send(value_type&& v) const {
    checkElement<value_type>();
    runtime::chansend1(c_, std::addressof(v));
  }
  void send() const
    requires std::is_void_v<T>
  {
    send(value_type());
  }

  // send if that needs no waiting, else false. Throws as send.
  template <class V = value_type>
    requires std::copy_constructible<V>
  bool try_send(const value_type& v) const
  {
    checkElement<value_type>();
    if constexpr (std::is_trivially_copyable_v<value_type>) {
      return runtime::selectnbsend(c_, const_cast<value_type*>(std::addressof(v)));
    } else {
      return try_send(value_type(v));
    }
  }
  bool try_send(value_type&& v) const {
    checkElement<value_type>();
    return runtime::selectnbsend(c_, std::addressof(v));
  }
  bool try_send() const
    requires std::is_void_v<T>
  {
    return try_send(value_type());
  }

  template <class V = value_type>
    requires std::copy_constructible<V>
  const Sends& operator<<(const value_type& v) const
  {
    send(v);
    return *this;
  }
  const Sends& operator<<(value_type&& v) const {
    send(std::move(v));
    return *this;
  }

  // No more will be sent: receivers get what is buffered and then nothing, at once. Goroutines that wait to send
  // panic, and so does every later send. Throws RuntimeError "close of closed channel", "close of nil channel".
  void close() const { runtime::closechan(c_); }

 protected:
  using ChanRef::ChanRef;
  Sends() = default;
  explicit Sends(const ChanRef& c) : ChanRef(c) {}
};

// A pass over what a channel receives; each step waits.
template <class T>
class ChanIterator {
 public:
  using iterator_concept = std::input_iterator_tag;
  using value_type = T;
  using difference_type = std::ptrdiff_t;

  explicit ChanIterator(runtime::hchan* c) : c_(c) { ++*this; }
  ChanIterator(ChanIterator&&) = default;
  ChanIterator& operator=(ChanIterator&&) = default;

  // As an rvalue: `for (auto v : c)` takes it out, also if it can only be moved.
  T&& operator*() const { return std::move(*v_); }
  ChanIterator& operator++() {
    v_.reset();
    Slot<T> slot;
    if (runtime::chanrecv2(c_, slot.address())) v_.emplace(slot.take());
    return *this;
  }
  void operator++(int) { ++*this; }
  friend bool operator==(const ChanIterator& i, std::default_sentinel_t) { return !i.v_.has_value(); }

 private:
  runtime::hchan* c_;
  mutable std::optional<T> v_;
};

template <class T, class Base>
class Receives : public Base {
 public:
  using value_type = Element<T>;

  // The next value, from the buffer or from a sender that waits; waits for one. No value: the channel is closed and
  // empty. Throws nothing of its own.
  std::optional<value_type> recv() const {
    checkElement<value_type>();
    Slot<value_type> slot;
    if (!runtime::chanrecv2(this->c_, slot.address())) return std::nullopt;
    return slot.take();
  }
  // The same into out. false: the channel is closed and empty; out is then value_type(), as in Go, if there is such a
  // value, else untouched. Throws what assigning to out does.
  bool recv(value_type& out) const {
    checkElement<value_type>();
    Slot<value_type> slot;
    bool received = runtime::chanrecv2(this->c_, slot.address());
    set(out, slot, received);
    return received;
  }

  // recv if that needs no waiting; no value: nothing to receive now, or never.
  std::optional<value_type> try_recv() const {
    checkElement<value_type>();
    Slot<value_type> slot;
    if (!runtime::selectnbrecv(slot.address(), this->c_).received) return std::nullopt;
    return slot.take();
  }
  // The same into out, which is untouched if there is nothing now, and as after recv if the channel is closed.
  TryRecv try_recv(value_type& out) const {
    checkElement<value_type>();
    Slot<value_type> slot;
    runtime::chanrecvResult r = runtime::selectnbrecv(slot.address(), this->c_);
    if (!r.selected) return TryRecv::Empty;
    set(out, slot, r.received);
    return r.received ? TryRecv::Value : TryRecv::Closed;
  }

  const Receives& operator>>(value_type& out) const {
    recv(out);
    return *this;
  }

  // for (auto v : c): receives until the channel is closed and empty. begin() waits for the first value. The channel
  // must have a handle while the loop runs: the one it was written with, say.
  ChanIterator<value_type> begin() const { return ChanIterator<value_type>(this->c_); }
  std::default_sentinel_t end() const { return {}; }

 protected:
  using Base::Base;
  Receives() = default;
  explicit Receives(const ChanRef& c) : Base(c) {}

 private:
  static void set(value_type& out, Slot<value_type>& slot, bool received) {
    if (received) {
      if constexpr (std::is_move_assignable_v<value_type>) {
        out = slot.take();
      } else {
        out.~value_type();
        ::new (static_cast<void*>(std::addressof(out))) value_type(slot.take());
      }
    } else if constexpr (std::default_initializable<value_type> && std::is_move_assignable_v<value_type>) {
      out = value_type();
    }
  }
};

}  // namespace internal

// A channel of T; T = void for signals.
template <class T>
class Chan : public internal::Receives<T, internal::Sends<T>> {
  using Base = internal::Receives<T, internal::Sends<T>>;

 public:
  using value_type = internal::Element<T>;

  // nil.
  Chan() = default;
  template <std::same_as<std::nullptr_t> N>
  Chan(N) {}
  // A new channel with room for n elements; 0: unbuffered, a send waits for its receiver. Throws RuntimeError
  // "makechan: size out of range" (also if n < 0), std::bad_alloc.
  explicit Chan(std::ptrdiff_t n) : Base(newChan(n)) {}
  // The same under a name.
  static Chan make(std::ptrdiff_t n = 0) { return Chan(n); }

 private:
  static runtime::hchan* newChan(std::ptrdiff_t n) {
    internal::checkElement<value_type>();
    return runtime::makechan(&runtime::typeOf<value_type>, n);
  }
  friend struct internal::ChanAccess;
};

// A handle to a channel of which the owner may only send, and close: Go's chan<- T. Every Chan<T> converts to it.
template <class T>
class SendChan : public internal::Sends<T> {
 public:
  SendChan() = default;
  template <std::same_as<std::nullptr_t> N>
  SendChan(N) {}
  SendChan(const Chan<T>& c) : internal::Sends<T>(static_cast<const internal::ChanRef&>(c)) {}

 private:
  friend struct internal::ChanAccess;
};

// A handle to a channel of which the owner may only receive: Go's <-chan T. Every Chan<T> converts to it.
template <class T>
class RecvChan : public internal::Receives<T, internal::ChanRef> {
 public:
  RecvChan() = default;
  template <std::same_as<std::nullptr_t> N>
  RecvChan(N) {}
  RecvChan(const Chan<T>& c) : internal::Receives<T, internal::ChanRef>(static_cast<const internal::ChanRef&>(c)) {}

 private:
  friend struct internal::ChanAccess;
};

namespace internal {

template <class C>
struct ChanTraits {
  static constexpr bool sends = false, receives = false;
};
template <class T>
struct ChanTraits<Chan<T>> {
  using type = T;
  static constexpr bool sends = true, receives = true;
};
template <class T>
struct ChanTraits<SendChan<T>> {
  using type = T;
  static constexpr bool sends = true, receives = false;
};
template <class T>
struct ChanTraits<RecvChan<T>> {
  using type = T;
  static constexpr bool sends = false, receives = true;
};

// Handles that one can send to, receive from, or do something with.
template <class C>
concept Sendable = ChanTraits<C>::sends;
template <class C>
concept Receivable = ChanTraits<C>::receives;
template <class C>
concept AnyChan = Sendable<C> || Receivable<C>;

}  // namespace internal

// Whether two handles mean the same channel, or both are nil.
template <internal::AnyChan A, internal::AnyChan B>
  requires std::same_as<typename internal::ChanTraits<A>::type, typename internal::ChanTraits<B>::type>
bool operator==(const A& a, const B& b) {
  return internal::ChanAccess::get(a) == internal::ChanAccess::get(b);
}

}  // namespace gort

template <gort::internal::AnyChan C>
struct std::hash<C> {
  std::size_t operator()(const C& c) const noexcept {
    return std::hash<void*>()(gort::internal::ChanAccess::get(c));
  }
};
