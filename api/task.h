// Task: a goroutine whose end can be waited for, with what it returns.
//
//   gort::Task<int> t = gort::spawn([=] { return count(words); });
//   ...
//   int n = t.Get();
//
// What the function throws comes out of Get, on the goroutine that calls it. No exception is lost: one that nobody has
// got when the handle goes ends the program as it would without a handle (api/panic.h); its trace is of that moment.
//
// The handle does not wait in its destructor, and does not stop the goroutine: that goes on by itself, as one of
// gort::go does. To wait there might wait for ever, in the middle of an exception, for a goroutine that in turn waits
// for what this scope would have sent; whose closure refers to the scope says Wait in time, or makes gort::Defer
// wait([&] { t.Wait(); }).
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "api/chan.h"
#include "api/go.h"
#include "api/panic.h"
#include "api/select.h"

namespace gort {

namespace internal {

// What a task's goroutine and its handle share. The goroutine writes, then closes done; the handle reads behind that.
template <class T>
struct TaskState {
  using Value = std::conditional_t<std::is_void_v<T>, std::monostate,
                                   std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, T>>;

  Chan<void> done{0};
  std::optional<Value> value;
  std::exception_ptr error;

  // Which of the two was there first: the function's end, or that the handle went.
  enum : int { kRunning, kEnded, kLeft };
  std::atomic<int> first{kRunning};

  // On the task's goroutine.
  template <class F>
  void run(F&& given) {
    struct Close {
      Chan<void>& done;
      ~Close() { done.close(); }
    } close{done};
    F f(std::move(given));  // gone before done says so
    try {
      if constexpr (std::is_void_v<T>) {
        std::move(f)();
        value.emplace();
      } else if constexpr (std::is_reference_v<T>) {
        value.emplace(std::addressof(std::move(f)()));
      } else {
        value.emplace(std::move(f)());
      }
    } catch (...) {
      error = std::current_exception();
      if (error == nullptr || first.exchange(kEnded) == kLeft) throw;  // Goexit passes by; or nobody will get it
    }
  }

  // The handle goes. noexcept: what is thrown here ends the program, as what the goroutine throws does.
  void leave() noexcept {
    if (first.exchange(kLeft) == kEnded) std::rethrow_exception(error);
  }
};

}  // namespace internal

// The handle. Moved, not copied; used by one goroutine at a time, though Done's channel may be given to any. Its
// members but for Valid want a task, else they panic: "gort: empty Task".
template <class T>
class [[nodiscard("the result and the exceptions of the goroutine come by it")]] Task {
 public:
  // Of no goroutine, as one that was moved from, detached or got is.
  Task() = default;
  Task(Task&&) noexcept = default;
  Task& operator=(Task&& t) noexcept {
    if (this != &t) {
      leave();
      state_ = std::move(t.state_);
    }
    return *this;
  }
  ~Task() { leave(); }

  // For spawn.
  explicit Task(std::shared_ptr<internal::TaskState<T>> state) : state_(std::move(state)) {}

  bool Valid() const { return state_ != nullptr; }

  // Waits until the goroutine's function has returned, thrown, or ended it by Goexit. As often as one likes.
  void Wait() const { state().done.recv(); }

  // Closed at that moment: for select.
  RecvChan<void> Done() const { return state().done; }

  // Whether it has come.
  bool Ready() const {
    internal::TaskState<T>& s = state();
    bool ready = false;
    select(recv(s.done, [&](bool) { ready = true; }), otherwise([] {}));
    return ready;
  }

  // Waits, and gives what the function returned, or throws what it threw; gort::Error "gort: the task called Goexit" if
  // it did that. Leaves the handle empty.
  T Get() {
    Wait();
    std::shared_ptr<internal::TaskState<T>> s = std::move(state_);
    if (s->error != nullptr) std::rethrow_exception(s->error);
    if (!s->value.has_value()) throw Error("gort: the task called Goexit");
    if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(**s->value);
    } else if constexpr (!std::is_void_v<T>) {
      return std::move(*s->value);
    }
  }

  // Lets the goroutine go on by itself; nobody gets what it returns. An exception of it ends the program.
  void Detach() {
    state();
    leave();
  }

 private:
  internal::TaskState<T>& state() const {
    if (state_ == nullptr) panic("gort: empty Task");
    return *state_;
  }

  void leave() noexcept {
    if (state_ != nullptr) state_->leave();
    state_ = nullptr;
  }

  std::shared_ptr<internal::TaskState<T>> state_;
};

// Starts a goroutine that calls f(args...), which are copied or moved into it and destroyed before the task is done.
// From a goroutine only; throws what copying them throws, and std::bad_alloc.
template <class F, class... Args>
  requires std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>
[[gnu::always_inline]] inline auto spawn(F&& f, Args&&... args) {
  using T = std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>;
  auto state = std::make_shared<internal::TaskState<T>>();
  auto call = [f = std::decay_t<F>(std::forward<F>(f)),
               args = std::tuple<std::decay_t<Args>...>(std::forward<Args>(args)...)]() mutable -> T {
    return std::apply(std::move(f), std::move(args));
  };
  go([state, call = std::move(call)]() mutable { state->run(std::move(call)); });
  return Task<T>(std::move(state));
}

}  // namespace gort
