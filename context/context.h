// Contexts: Go's package context. A context says when work on somebody's behalf should end, and carries what belongs to
// that work, from function to function and from goroutine to goroutine.
//
//   auto [ctx, cancel] = context::WithTimeout(context::Background(), 2s);
//   gort::Result<net::Conn> c = net::Dialer{}.DialContext(ctx, "tcp", "localhost:80");
//   select(recv(results, [&](auto r) { ... }),
//          recv(ctx.Done(), [&] { std::puts(ctx.Err().Error().c_str()); }));    // context deadline exceeded
//
// A Context is a handle: a copy means the same context. Functions take one as their first parameter. A default one is
// nil, which is good for nothing but to be assigned to.
//
// The ends of a context are the call of its CancelFunc, its deadline, and the end of its parent. Then its Done channel
// is closed, and so are those of all contexts that were made of it. A CancelFunc is a handle, too: when its last copy
// is gone the context ends with it, as if it had been called. So the scope that made a context ends it, what is `defer
// cancel()` in Go; who wants to keep the context keeps the CancelFunc.
//
// Who may call. A context's functions: any goroutine, all at once. The With functions, and a CancelFunc: a goroutine.
// Throw std::bad_alloc; a nil parent is a panic, "cannot create context from nil parent". Mirrors Go's context.go.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include "api/chan.h"
#include "errors/errors.h"
#include "time/sleep.h"
#include "time/time.h"

namespace gort::context {

extern const error Canceled;          // "context canceled"
extern const error DeadlineExceeded;  // "context deadline exceeded"; Timeout() is true

// The name of a value in contexts: an object of static storage, one for each name.
//
//   inline constexpr context::Key<std::string> userKey;
//   auto ctx = context::WithValue(parent, userKey, "ada");
//   if (const std::string* user = ctx.Value(userKey)) ...
template <class T>
struct Key {
  constexpr Key() = default;
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  char address = 0;  // two keys are never at one place
};

// What a context is made of. A program may derive one of its own.
class Impl {
 public:
  virtual ~Impl() = default;
  virtual std::optional<time::Time> Deadline() const = 0;
  virtual RecvChan<void> Done() const = 0;
  virtual error Err() const = 0;
  // The value of that key, as long as the context lives; or nullptr.
  virtual const void* Value(const void* key) const = 0;
};

class Context {
 public:
  Context() = default;
  explicit Context(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

  // When it will end; nothing: no time is set. Context.Deadline.
  std::optional<time::Time> Deadline() const { return impl_->Deadline(); }
  // A channel that is closed when it ends; nil: it never does. Context.Done.
  RecvChan<void> Done() const { return impl_->Done(); }
  // No error while it has not ended; then Canceled or DeadlineExceeded. Context.Err.
  error Err() const { return impl_->Err(); }
  // What WithValue has given it or one that it was made of; nullptr: nothing. As long as the context lives.
  // Context.Value.
  template <class T>
  const T* Value(const Key<T>& key) const {
    return static_cast<const T*>(impl_->Value(&key));
  }
  // Whether it is not nil.
  explicit operator bool() const { return impl_ != nullptr; }

  const std::shared_ptr<const Impl>& impl() const { return impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

namespace internal {
class cancelCtx;

// One for all copies of a CancelFunc: when it goes, so does the context.
class Canceler {
 public:
  explicit Canceler(std::shared_ptr<cancelCtx> c) : c_(std::move(c)) {}
  ~Canceler();
  void Cancel(const error& cause);

 private:
  std::shared_ptr<cancelCtx> c_;
};

Context withValue(const Context& parent, const void* key, std::shared_ptr<const void> value);
}  // namespace internal

// Ends its context with Canceled; a second call does nothing. Returns when its children have ended, too.
class CancelFunc {
 public:
  CancelFunc() = default;
  explicit CancelFunc(std::shared_ptr<internal::Canceler> c) : c_(std::move(c)) {}
  void operator()() const {
    if (c_) c_->Cancel({});
  }

 private:
  std::shared_ptr<internal::Canceler> c_;
};

// The same with a reason, which Cause tells.
class CancelCauseFunc {
 public:
  CancelCauseFunc() = default;
  explicit CancelCauseFunc(std::shared_ptr<internal::Canceler> c) : c_(std::move(c)) {}
  void operator()(const error& cause = {}) const {
    if (c_) c_->Cancel(cause);
  }

 private:
  std::shared_ptr<internal::Canceler> c_;
};

// Never ends, carries nothing. Any thread.
Context Background();

[[nodiscard]] std::pair<Context, CancelFunc> WithCancel(const Context& parent);
[[nodiscard]] std::pair<Context, CancelCauseFunc> WithCancelCause(const Context& parent);
// Ends at d, or with its parent; never later than the parent does.
[[nodiscard]] std::pair<Context, CancelFunc> WithDeadline(const Context& parent, time::Time d);
[[nodiscard]] std::pair<Context, CancelFunc> WithDeadlineCause(const Context& parent, time::Time d, const error& cause);
[[nodiscard]] std::pair<Context, CancelFunc> WithTimeout(const Context& parent, time::Duration timeout);
[[nodiscard]] std::pair<Context, CancelFunc> WithTimeoutCause(const Context& parent, time::Duration timeout,
                                                              const error& cause);
// The parent's values, but none of its ends.
Context WithoutCancel(const Context& parent);
// The parent, and a value by that key. The value must be safe for all goroutines that read it.
template <class T, class V>
Context WithValue(const Context& parent, const Key<T>& key, V&& value) {
  return internal::withValue(parent, &key, std::make_shared<const T>(std::forward<V>(value)));
}

// Why it ended: what was given to a CancelCauseFunc or a ...Cause function, else Err(). No error: it has not.
error Cause(const Context& ctx);

// Calls f on a goroutine of its own when ctx has ended (at once if it has). The returned function prevents that; true:
// f will not be called, false: it was or is being called, or was prevented before. context.AfterFunc.
std::function<bool()> AfterFunc(const Context& ctx, std::function<void()> f);

// A token whose stop is requested when ctx ends, on a goroutine, soon after.
std::stop_token StopToken(const Context& ctx);
// A context that ends with Canceled when a stop is requested of token, by any thread; or with parent.
[[nodiscard]] std::pair<Context, CancelFunc> WithStopToken(const Context& parent, std::stop_token token);

}  // namespace gort::context
