// select: one of several channel operations, whichever can take place.
//
//   gort::select(
//       gort::recv(jobs, [&](Job j) { ... }),                 // case j := <-jobs:
//       gort::recv(words, [&](std::optional<Word> w) {...}),  // case w, ok := <-words:
//       gort::send(results, std::move(r), [&] { ... }),       // case results <- r:
//       gort::recv(done),                                     // case <-done:
//       gort::otherwise([&] { ... }));                        // default:
//
// Without otherwise it waits until a case can take place; if several can, one of them is chosen at random, all with the
// same chance. Exactly one case takes place, then its handler runs, after everything of the select is over: a
// handler may select, block, throw. select returns the number of the case, counted from 0 as written:
//
//   switch (gort::select(gort::recv(c, v), gort::send(d, 1))) {
//     case 0: ...
//
// Cases on nil channels never take place; select() blocks for ever.
//
// recv(c, handler): c is a Chan or a RecvChan of T. The handler takes what it wants to know:
//   (T v)                   T() if the channel is closed and empty, as in Go
//   (T v, bool ok)          ok: a value was received
//   (std::optional<T> v)    no value: the channel is closed and empty
//   ()                      nothing; the value is dropped. No handler at all: the same
// For T = void: (), or (bool ok). A generic lambda is called as (v, ok) if it can be, else as (v).
// recv(c, out) and recv(c, out, handler) receive into a variable, T() if closed; that handler is () or (bool ok).
//
// send(c, v, handler): c is a Chan or a SendChan of T. An rvalue T stays where it is and is moved from only if this
// case takes place; anything else is copied or converted when the case is made. The handler, if any, is called as ().
//
// Cases are made in the call of select and not kept: they refer to their channels, values and handlers. All on a
// goroutine's stack; nothing is allocated. Throws RuntimeError "send on closed channel" if a send is chosen whose
// channel is closed, and what handlers throw. For a number of cases that is known at run time only: Select, below.
// Mirrors runtime's select.go, and package reflect's Select.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "api/chan.h"
#include "runtime/select.h"

namespace gort {

namespace internal {

struct NoHandler {
  void operator()() const {}
};

// The only parameter of a callable that is not a template, if it has one.
template <class F>
struct OnlyArg {
  using type = void;
};
template <class R, class A>
struct OnlyArg<R (*)(A)> {
  using type = A;
};
template <class R, class A>
struct OnlyArg<R (*)(A) noexcept> {
  using type = A;
};
template <class C, class R, class A>
struct OnlyArg<R (C::*)(A)> {
  using type = A;
};
template <class C, class R, class A>
struct OnlyArg<R (C::*)(A) const> {
  using type = A;
};
template <class C, class R, class A>
struct OnlyArg<R (C::*)(A) noexcept> {
  using type = A;
};
template <class C, class R, class A>
struct OnlyArg<R (C::*)(A) const noexcept> {
  using type = A;
};
template <class F>
  requires requires { &F::operator(); }
struct OnlyArg<F> : OnlyArg<decltype(&F::operator())> {};

// A generic lambda is not asked whether it takes an optional: it would say yes to anything.
template <class F, class T>
inline constexpr bool takesOptional =
    std::is_same_v<std::remove_cvref_t<typename OnlyArg<std::decay_t<F>>::type>, std::optional<T>>;

// Tells handler f what was received: slot has a value if ok.
template <class T, class F>
void tell(F& f, Slot<Element<T>>& slot, bool ok) {
  using V = Element<T>;
  if constexpr (std::is_void_v<T>) {
    if constexpr (std::is_invocable_v<F&, bool>) {
      f(ok);
    } else {
      static_assert(std::is_invocable_v<F&>, "a handler for Chan<void> is called as () or (bool ok)");
      f();
    }
  } else if constexpr (takesOptional<F, V>) {
    std::optional<V> v;
    if (ok) v.emplace(slot.take());
    f(std::move(v));
  } else if constexpr (std::is_invocable_v<F&, V, bool> || std::is_invocable_v<F&, V>) {
    static_assert(std::default_initializable<V>,
                  "this T has no zero value for a closed channel: let the handler take a std::optional<T>");
    auto call = [&](V&& v) {
      if constexpr (std::is_invocable_v<F&, V, bool>) {
        f(std::move(v), ok);
      } else {
        f(std::move(v));
      }
    };
    if (!ok) return call(V());
    struct Drop {
      Slot<V>& slot;
      ~Drop() { slot.drop(); }
    } drop{slot};
    call(std::move(slot.value));
  } else {
    static_assert(std::is_invocable_v<F&>,
                  "a handler is called as (T), (T, bool ok), (std::optional<T>) or ()");
    if (ok) slot.drop();
    f();
  }
}

// The same for a receive into out.
template <class V, class F>
void store(V& out, F& f, Slot<V>& slot, bool ok) {
  if (ok) {
    out = slot.take();
  } else if constexpr (std::default_initializable<V>) {
    out = V();
  }
  if constexpr (std::is_invocable_v<F&, bool>) {
    f(ok);
  } else {
    static_assert(std::is_invocable_v<F&>, "a handler beside a variable is called as () or (bool ok)");
    f();
  }
}

// A receive whose value nobody looks at needs no memory for it, if nothing has to be destroyed either.
template <class T, class F>
inline constexpr bool dropsValue =
    std::is_trivially_copyable_v<Element<T>> && !takesOptional<F, Element<T>> &&
    !std::is_invocable_v<F&, Element<T>> && !std::is_invocable_v<F&, Element<T>, bool>;

enum class CaseKind { Send, Recv, Default };

// What a case of the static select is made of: its kind, how it fills an scase, how it does alone, and what follows.
struct Case {
  Case() = default;
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;
};

template <class T, class F>
class RecvCase : Case {
 public:
  static constexpr CaseKind kind = CaseKind::Recv;
  RecvCase(runtime::hchan* c, F& f) : c_(c), f_(f) {}

  runtime::scase scase() { return {c_, address()}; }
  bool wait() { return runtime::chanrecv2(c_, address()); }
  runtime::chanrecvResult try_() { return runtime::selectnbrecv(address(), c_); }
  void won(bool ok) { tell<T>(f_, slot_, ok); }

 private:
  void* address() {
    if constexpr (dropsValue<T, F>) return nullptr;
    return slot_.address();
  }

  runtime::hchan* c_;
  F& f_;
  Slot<Element<T>> slot_;
};

template <class T, class F>
class RecvIntoCase : Case {
 public:
  static constexpr CaseKind kind = CaseKind::Recv;
  RecvIntoCase(runtime::hchan* c, Element<T>& out, F& f) : c_(c), out_(out), f_(f) {}

  runtime::scase scase() { return {c_, slot_.address()}; }
  bool wait() { return runtime::chanrecv2(c_, slot_.address()); }
  runtime::chanrecvResult try_() { return runtime::selectnbrecv(slot_.address(), c_); }
  void won(bool ok) { store(out_, f_, slot_, ok); }

 private:
  runtime::hchan* c_;
  Element<T>& out_;
  F& f_;
  Slot<Element<T>> slot_;
};

// V: Element<T>& for a value that stays where it is, Element<T> for one that the case keeps.
template <class V, class F>
class SendCase : Case {
 public:
  static constexpr CaseKind kind = CaseKind::Send;
  template <class U>
  SendCase(runtime::hchan* c, U&& v, F& f) : c_(c), v_(std::forward<U>(v)), f_(f) {}

  runtime::scase scase() { return {c_, address()}; }
  bool wait() {
    runtime::chansend1(c_, address());
    return false;
  }
  runtime::chanrecvResult try_() { return {runtime::selectnbsend(c_, address()), false}; }
  void won(bool) { f_(); }

 private:
  void* address() { return const_cast<void*>(static_cast<const volatile void*>(std::addressof(v_))); }

  runtime::hchan* c_;
  V v_;
  F& f_;
};

template <class F>
class DefaultCase : Case {
 public:
  static constexpr CaseKind kind = CaseKind::Default;
  explicit DefaultCase(F& f) : f_(f) {}

  runtime::scase scase() { return {}; }
  bool wait() { return false; }
  runtime::chanrecvResult try_() { return {true, false}; }
  void won(bool) { f_(); }

 private:
  F& f_;
};

inline constexpr NoHandler noHandler;

template <class C>
using TypeOf = typename ChanTraits<C>::type;
template <class C>
using ElementOf = Element<TypeOf<C>>;

// Where each case goes in the array for selectgo: sends from the front, receives from the back, as Go's compiler does.
template <CaseKind... Kinds>
struct Plan {
  static constexpr std::size_t n = sizeof...(Kinds);
  static constexpr std::size_t sends = (std::size_t{0} + ... + (Kinds == CaseKind::Send));
  static constexpr std::size_t recvs = (std::size_t{0} + ... + (Kinds == CaseKind::Recv));
  static constexpr std::size_t defaults = n - sends - recvs;
  static constexpr std::size_t ops = sends + recvs;

  static constexpr std::array<std::size_t, n + 1> place = [] {
    std::array<std::size_t, n + 1> a{};
    std::size_t i = 0, s = 0, r = 0;
    ((a[i++] = Kinds == CaseKind::Send ? s++ : Kinds == CaseKind::Recv ? ops - ++r : 0), ...);
    return a;
  }();
  static constexpr std::array<std::size_t, ops + 1> caseAt = [] {
    std::array<std::size_t, ops + 1> a{};
    std::size_t i = 0;
    ((Kinds == CaseKind::Default ? void(i++) : void(a[place[i]] = i), Kinds == CaseKind::Default ? 0 : i++), ...);
    return a;
  }();
  static constexpr std::size_t defaultCase = [] {
    std::size_t i = 0, d = n;
    ((d = Kinds == CaseKind::Default ? i : d, i++), ...);
    return d;
  }();
};

}  // namespace internal

// case v := <-c: with a handler, or with none.
template <internal::Receivable C, class F>
  requires(!std::same_as<std::remove_cvref_t<F>, internal::ElementOf<C>>)
[[nodiscard]] auto recv(const C& c, F&& f) {
  internal::checkElement<internal::ElementOf<C>>();
  return internal::RecvCase<internal::TypeOf<C>, std::remove_reference_t<F>>(internal::ChanAccess::get(c), f);
}
template <internal::Receivable C>
[[nodiscard]] auto recv(const C& c) {
  return recv(c, internal::noHandler);
}
// case out = <-c:
template <internal::Receivable C, class F>
[[nodiscard]] auto recv(const C& c, internal::ElementOf<C>& out, F&& f) {
  internal::checkElement<internal::ElementOf<C>>();
  return internal::RecvIntoCase<internal::TypeOf<C>, std::remove_reference_t<F>>(internal::ChanAccess::get(c), out, f);
}
template <internal::Receivable C>
[[nodiscard]] auto recv(const C& c, internal::ElementOf<C>& out) {
  return recv(c, out, internal::noHandler);
}

// case c <- v:
template <internal::Sendable C, class U, class F>
  requires std::constructible_from<internal::ElementOf<C>, U> && std::is_invocable_v<F&>
[[nodiscard]] auto send(const C& c, U&& v, F&& f) {
  using T = internal::ElementOf<C>;
  internal::checkElement<T>();
  if constexpr (std::same_as<U, T>) {
    return internal::SendCase<T&, std::remove_reference_t<F>>(internal::ChanAccess::get(c), v, f);
  } else {
    return internal::SendCase<T, std::remove_reference_t<F>>(internal::ChanAccess::get(c), std::forward<U>(v), f);
  }
}
template <internal::Sendable C, class U>
  requires std::constructible_from<internal::ElementOf<C>, U>
[[nodiscard]] auto send(const C& c, U&& v) {
  return send(c, std::forward<U>(v), internal::noHandler);
}
// The same for a Chan<void>.
template <internal::Sendable C, class F = const internal::NoHandler&>
  requires std::is_void_v<internal::TypeOf<C>> && std::is_invocable_v<F&>
[[nodiscard]] auto send(const C& c, F&& f = internal::noHandler) {
  return internal::SendCase<std::monostate, std::remove_reference_t<F>>(internal::ChanAccess::get(c), std::monostate(),
                                                                         f);
}

// default:
template <class F = const internal::NoHandler&>
  requires std::is_invocable_v<F&>
[[nodiscard]] auto otherwise(F&& f = internal::noHandler) {
  return internal::DefaultCase<std::remove_reference_t<F>>(f);
}

// See the head of this file.
template <class... Cases>
std::size_t select(Cases&&... cases) {
  using P = internal::Plan<std::remove_reference_t<Cases>::kind...>;
  static_assert(P::defaults <= 1, "a select has at most one otherwise");
  std::size_t chosen = P::defaultCase;
  bool ok = false;
  if constexpr (P::ops == 0) {
    if constexpr (P::defaults == 0) runtime::block();
  } else if constexpr (P::ops == 1) {
    // As Go's compiler does: one operation alone is no select.
    chosen = P::caseAt[0];
    if constexpr (P::defaults == 0) {
      ((ok = cases.wait()), ...);
    } else {
      auto one = [&](auto& c) {
        if constexpr (std::remove_reference_t<decltype(c)>::kind != internal::CaseKind::Default) {
          runtime::chanrecvResult r = c.try_();
          if (!r.selected) chosen = P::defaultCase;
          ok = r.received;
        }
      };
      (one(cases), ...);
    }
  } else {
    runtime::scase scases[P::ops];
    std::uint16_t order[2 * P::ops];
    std::size_t i = 0;
    auto fill = [&](auto& c) {
      if constexpr (std::remove_reference_t<decltype(c)>::kind != internal::CaseKind::Default) {
        scases[P::place[i]] = c.scase();
      }
      i++;
    };
    (fill(cases), ...);
    runtime::selectgoResult r = runtime::selectgo(scases, order, P::sends, P::recvs, P::defaults == 0);
    if (P::defaults == 0 || r.casi >= 0) chosen = P::caseAt[static_cast<std::size_t>(r.casi)];
    ok = r.recvOK;
  }
  std::size_t i = 0;
  [[maybe_unused]] auto finish = [&](auto& c) {
    if (i++ != chosen) return false;
    c.won(ok);
    return true;
  };
  (void)(finish(cases) || ...);
  return chosen;
}

// Select is a select over any number of cases, which can run many times: a loop that serves a set of channels.
//
//   gort::Select s;
//   for (auto& c : inputs) s.recv(c, [&](Job j) { ... });
//   std::size_t stop = s.recv(done);
//   while (s.run() != stop) {}
//
// It keeps a handle to each channel, and its handlers. One goroutine uses it at a time. Mirrors reflect.Select.
class Select {
 public:
  Select() = default;
  Select(Select&&) = default;
  Select& operator=(Select&&) = default;

  // Each of these adds a case and returns its number, counted from 0. Throws std::bad_alloc.

  // The handlers are those of gort::recv.
  template <internal::Receivable C, class F = internal::NoHandler>
  std::size_t recv(const C& c, F f = {}) {
    internal::checkElement<internal::ElementOf<C>>();
    return add(std::make_unique<Recv<C, F>>(c, std::move(f)));
  }
  // Sends v once: then the case is disabled.
  template <internal::Sendable C, class F = internal::NoHandler>
  std::size_t send(const C& c, std::type_identity_t<internal::ElementOf<C>> v, F f = {}) {
    internal::checkElement<internal::ElementOf<C>>();
    return add(std::make_unique<Send<C, F>>(c, std::move(v), std::move(f)));
  }
  // Sends *v, as it is when the case takes place, and moves from it. The handler may give it its next value.
  template <internal::Sendable C, class F = internal::NoHandler>
  std::size_t send(const C& c, std::type_identity_t<internal::ElementOf<C>>* v, F f = {}) {
    internal::checkElement<internal::ElementOf<C>>();
    return add(std::make_unique<SendFrom<C, F>>(c, v, std::move(f)));
  }
  // Takes place if no other can. One at most: throws std::logic_error.
  template <class F = internal::NoHandler>
  std::size_t otherwise(F f = {}) {
    checkOtherwise();
    return add(std::make_unique<Default<F>>(std::move(f)));
  }

  // A disabled case is as if its channel were nil. Throws std::out_of_range.
  void disable(std::size_t i) { nodes_.at(i)->on = false; }
  void enable(std::size_t i) { nodes_.at(i)->on = true; }

  // Waits until one case can take place, lets it, calls its handler, returns its number. Without cases: blocks for
  // ever. On a goroutine's stack. Throws as gort::select, std::bad_alloc, and RuntimeError "reflect.Select: too many
  // cases (max 65536)". The handler may add and disable cases.
  std::size_t run();

 private:
  struct Node {
    virtual ~Node() = default;
    virtual runtime::runtimeSelect begin() = 0;
    virtual void won(bool ok) = 0;
    bool on = true;
  };

  template <class C, class F>
  struct Recv final : Node {
    Recv(const C& c, F f) : c(c), f(std::move(f)) {}
    runtime::runtimeSelect begin() override {
      return {runtime::selectRecv, internal::ChanAccess::get(c), slot.address()};
    }
    void won(bool ok) override { internal::tell<internal::TypeOf<C>>(f, slot, ok); }
    C c;
    F f;
    internal::Slot<internal::ElementOf<C>> slot;
  };
  template <class C, class F>
  struct Send final : Node {
    Send(const C& c, internal::ElementOf<C> v, F f) : c(c), v(std::move(v)), f(std::move(f)) {}
    runtime::runtimeSelect begin() override {
      return {runtime::selectSend, internal::ChanAccess::get(c), std::addressof(v)};
    }
    void won(bool) override {
      this->on = false;
      f();
    }
    C c;
    internal::ElementOf<C> v;
    F f;
  };
  template <class C, class F>
  struct SendFrom final : Node {
    SendFrom(const C& c, internal::ElementOf<C>* v, F f) : c(c), v(v), f(std::move(f)) {}
    runtime::runtimeSelect begin() override { return {runtime::selectSend, internal::ChanAccess::get(c), v}; }
    void won(bool) override { f(); }
    C c;
    internal::ElementOf<C>* v;
    F f;
  };
  template <class F>
  struct Default final : Node {
    explicit Default(F f) : f(std::move(f)) {}
    runtime::runtimeSelect begin() override { return {runtime::selectDefault, nullptr, nullptr}; }
    void won(bool) override { f(); }
    F f;
  };

  std::size_t add(std::unique_ptr<Node> node);
  void checkOtherwise();

  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<runtime::runtimeSelect> cases_;
  bool hasOtherwise_ = false;
};

}  // namespace gort
