// Defer: something to be done at the end of a scope, however it is left.
//
//   mu.Lock();
//   GORT_DEFER { mu.Unlock(); };
//
//   gort::Defer undo([&] { map.erase(key); });
//   ...
//   undo.Cancel();  // all went well
//
// Go's defer statement, but for three things: it belongs to its scope, not to the function; what it calls is called
// with the values of that moment; and there is no recover: that is a catch block. The last one of a scope comes first.
// It runs when an exception or Goexit passes by. When nobody catches an exception it does not, for C++ looks for the
// handler before it leaves anything, and the program ends with the stack as it was at the throw (api/panic.h).
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

namespace gort {

// Calls f() once, at the end of its life. On the stack only, of the goroutine or thread that made it.
template <class F>
  requires std::invocable<F&>
class [[nodiscard("it does its work at once unless it has a name")]] Defer {
 public:
  // If copying f throws, f is not called.
  explicit Defer(F f) noexcept(std::is_nothrow_move_constructible_v<F>) : f_(std::move(f)) {}
  Defer(const Defer&) = delete;
  Defer& operator=(const Defer&) = delete;

  // Throws what f throws. While an exception or Goexit is on its way out that is not possible in C++: the program ends,
  // with both in its report. Nor may f itself call Goexit then.
  ~Defer() noexcept(noexcept(std::declval<F&>()())) {
    if (on_) f_();
  }

  // f is not called at the end.
  void Cancel() noexcept { on_ = false; }

 private:
  F f_;
  bool on_ = true;
};

namespace internal {
struct DeferHere {
  template <class F>
  friend Defer<std::decay_t<F>> operator+(DeferHere, F&& f) {
    return Defer<std::decay_t<F>>(std::forward<F>(f));
  }
};
}  // namespace internal

}  // namespace gort

#define GORT_DEFER_NAME2(line) gort_defer_##line
#define GORT_DEFER_NAME(line) GORT_DEFER_NAME2(line)
// GORT_DEFER { statements };   They see the variables of the scope by reference. One a line.
#define GORT_DEFER \
  [[maybe_unused]] auto GORT_DEFER_NAME(__LINE__) = ::gort::internal::DeferHere() + [&]() -> void
