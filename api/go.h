// gort::go: the go statement.
//
//   gort::go([=] { ... });
//   gort::go(worker, std::move(queue), 7);
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

#include "runtime/boundary.h"

namespace runtime {
struct funcval;
void newproc(funcval* fn);
void setNextStart(unsigned n, void (*move)(void* to, void* from));
void setNextStackSize(unsigned n);
unsigned setStartingStackSize(unsigned n);
}  // namespace runtime

namespace gort {

namespace internal {

// What a new goroutine gets: the address of its code, which is entered with the address of this struct.
struct Start {
  uintptr_t code;
};

template <class F>
struct Body : Start {
  F f;

  template <class A>
  explicit Body(A&& a) : Start{reinterpret_cast<uintptr_t>(&Body::run)}, f(std::forward<A>(a)) {}

  // On the new goroutine. Nothing here catches: an exception that f lets out finds no handler, and the program ends
  // with the stack as it was at the throw.
  static void run(Body* self) {
    F f = std::move(self->f);
    delete self;
    std::move(f)();
  }
};

// The same for what is small and moves without exceptions: the runtime moves it to where the new goroutine has room for
// it, and no memory is allocated.
template <class F>
struct SmallBody : Start {
  F f;

  template <class A>
  explicit SmallBody(A&& a) : Start{reinterpret_cast<uintptr_t>(&SmallBody::run)}, f(std::forward<A>(a)) {}

  static void run(SmallBody* self) {
    struct Drop {
      SmallBody* self;
      ~Drop() { self->~SmallBody(); }
    } drop{self};
    std::move(self->f)();
  }

  static void move(void* to, void* from) { ::new (to) SmallBody(std::move(static_cast<SmallBody*>(from)->f)); }
};

// Not under ThreadSanitizer, which takes the room for one variable of all goroutines that ever have it.
template <class F>
inline constexpr bool isSmall = std::is_nothrow_move_constructible_v<F> && sizeof(SmallBody<F>) <= 256 &&
                                alignof(SmallBody<F>) <= 16 && !PROGRAM_TSAN;

// A null function pointer, an empty std::function.
template <class F>
bool isNil(const F& f) {
  if constexpr (std::is_constructible_v<F, std::nullptr_t> && requires { f == nullptr; }) {
    return f == nullptr;
  } else {
    return false;
  }
}

// Part of its caller, whatever the compiler thinks of it, as all of go is: a trace says which function created a
// goroutine, by the address that newproc returns to.
template <class F, class A>
[[gnu::always_inline]] inline void start(A&& f) {
  if (isNil(f)) runtime::newproc(nullptr);
  if constexpr (isSmall<F>) {
    SmallBody<F> body(std::forward<A>(f));
    runtime::fromProgram here;
    runtime::setNextStart(sizeof body, std::is_trivially_copyable_v<F> ? nullptr : &SmallBody<F>::move);
    runtime::newproc(reinterpret_cast<runtime::funcval*>(static_cast<Start*>(&body)));
  } else {
    auto* body = new Body<F>(std::forward<A>(f));
    runtime::fromProgram here;
    runtime::newproc(reinterpret_cast<runtime::funcval*>(static_cast<Start*>(body)));
  }
}

}  // namespace internal

// Starts a goroutine that calls f() and ends when f returns. f is moved or copied into it and destroyed at its end; it
// may be move-only. If f moves without exceptions, its move constructor may run inside the runtime, as that of a
// channel's element does: it must not call gort. The goroutine may run on any thread, and may move to another at any
// call into gort (docs/limits.md).
//
// From a goroutine only, on its own stack. Throws what copying f throws, std::bad_alloc included; what f itself
// throws and does not catch ends the program as a panic does (api/panic.h). Ends the program with Go's fatal text when
// there is no memory for a stack, or when f is a null function pointer or an empty std::function. Mirrors the go
// statement: runtime.newproc.
template <class F>
  requires std::is_invocable_v<std::decay_t<F>>
[[gnu::always_inline]] inline void go(F&& f) {
  internal::start<std::decay_t<F>>(std::forward<F>(f));
}

// The same for f(args...); the arguments are copied or moved into the goroutine, as std::thread does.
template <class F, class A, class... Args>
  requires std::is_invocable_v<std::decay_t<F>, std::decay_t<A>, std::decay_t<Args>...>
[[gnu::always_inline]] inline void go(F&& f, A&& a, Args&&... args) {
  using Kept = std::tuple<std::decay_t<A>, std::decay_t<Args>...>;
  go([f = std::forward<F>(f), args = Kept(std::forward<A>(a), std::forward<Args>(args)...)]() mutable {
    std::apply(std::move(f), std::move(args));
  });
}

// The stack of a goroutine, in bytes of addresses: rounded up to a power of two, at least 32 KiB, at most 1 GiB. Memory
// is taken page by page as it is touched, so a generous size costs addresses only. Without it: SetStackSize's.
//
//   gort::go(gort::StackSize{1 << 20}, [=] { ... });
struct StackSize {
  unsigned bytes;
};

template <class F>
  requires std::is_invocable_v<std::decay_t<F>>
[[gnu::always_inline]] inline void go(StackSize stack, F&& f) {
  runtime::setNextStackSize(stack.bytes);
  internal::start<std::decay_t<F>>(std::forward<F>(f));
}

// The stack of every goroutine from now on (1 MiB if nobody says otherwise); returns the size before. Any thread.
inline unsigned SetStackSize(unsigned bytes) { return runtime::setStartingStackSize(bytes); }

}  // namespace gort
