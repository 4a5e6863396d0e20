// OnceFunc, OnceValue and OnceValues: functions that compute once. Mirrors Go's sync/oncefunc.go.
//
//   auto config = gort::sync::OnceValue([] { return Load(); });
//   ... config() ...
//
// What they return can be copied; the copies share the one computation. It may be called by many goroutines at once, on
// their stacks. f is destroyed after it was called. If f throws, every call throws the same exception. If f ended its
// goroutine (Goexit), the later calls panic as Go's panic(nil) does.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "sync/once.h"

namespace gort::sync {

namespace internal {

// Calls f(arg). An exception that leaves f leaves this, too, and is kept in *thrown. This is no handler: if there is
// none further up, the program's report shows the stack as it was at the throw.
void callAndKeep(void (*f)(void*), void* arg, std::exception_ptr* thrown);

// Throws the panic of a function that neither returned nor threw.
[[noreturn]] void panicNil();

template <class F, class R>
class OnceFunction {
 public:
  template <class A>
    requires(!std::is_same_v<std::remove_cvref_t<A>, OnceFunction>)
  explicit OnceFunction(A&& f) : state_(std::make_shared<State>(std::forward<A>(f))) {}

  // For a value: a reference to the one result, good as long as a copy of this function lives.
  std::add_lvalue_reference_t<const R> operator()() const {
    State& s = *state_;
    s.once.Do([&s] { s.run(); });
    if (!s.valid) {
      if (s.thrown) std::rethrow_exception(s.thrown);
      panicNil();
    }
    if constexpr (!std::is_void_v<R>) return *s.result;
  }

 private:
  struct None {};
  struct State {
    template <class A>
    explicit State(A&& a) : f(std::forward<A>(a)) {}

    void run() {
      callAndKeep([](void* self) { static_cast<State*>(self)->compute(); }, this, &thrown);
      f.reset();
      valid = true;
    }

    void compute() {
      if constexpr (std::is_void_v<R>) {
        (*f)();
      } else {
        result.emplace((*f)());
      }
    }

    Once once;
    bool valid = false;
    std::exception_ptr thrown;
    std::optional<F> f;
    std::optional<std::conditional_t<std::is_void_v<R>, None, R>> result;
  };

  std::shared_ptr<State> state_;
};

}  // namespace internal

// A function that calls f the first time and does nothing afterwards.
template <class F>
  requires std::is_invocable_v<std::decay_t<F>&>
auto OnceFunc(F&& f) {
  return internal::OnceFunction<std::decay_t<F>, void>(std::forward<F>(f));
}

// A function that returns, as a const reference, what f returned the first time.
template <class F>
  requires std::is_invocable_v<std::decay_t<F>&>
auto OnceValue(F&& f) {
  using Result = std::decay_t<std::invoke_result_t<std::decay_t<F>&>>;
  return internal::OnceFunction<std::decay_t<F>, Result>(std::forward<F>(f));
}

// The same for an f that returns a pair or a tuple: auto& [a, b] = once();
template <class F>
  requires std::is_invocable_v<std::decay_t<F>&> &&
           (std::tuple_size<std::decay_t<std::invoke_result_t<std::decay_t<F>&>>>::value > 0)
auto OnceValues(F&& f) {
  return OnceValue(std::forward<F>(f));
}

}  // namespace gort::sync
