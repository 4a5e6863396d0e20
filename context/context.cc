// Go's context.go.
//
// The contexts that can end form a tree beside the one that values form: each knows those below it that end when it
// does. A context that ends takes its children along, under its own lock, so that whoever called its CancelFunc knows
// that they have ended when the call returns. Locks are taken from parent to child only.
//
// Who owns whom: a child its parent, for good; a parent its child until one of the two ends. A circle, which a
// collector would not mind; here the end of a context's CancelFunc ends the context, and so the circle.
#include "context/context.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <unordered_map>

#include "api/go.h"
#include "api/panic.h"
#include "api/select.h"
#include "internal/poll/fd_unix.h"
#include "sync/mutex.h"

namespace gort::context {

namespace {

class DeadlineExceededError final : public error::Value {
 public:
  std::string Error() const override { return "context deadline exceeded"; }
  bool Timeout() const override { return true; }
  bool Temporary() const override { return true; }
  std::error_code code() const override { return make_error_code(errors::Code::DeadlineExceeded); }
};

constinit const errors::Sentinel canceled("context canceled", errors::Code::Canceled);
constinit const DeadlineExceededError deadlineExceeded;

// By this key a context answers with the nearest one that can end, itself or one above.
const char cancelCtxKey = 0;

const Chan<void>& closedChan() {
  static const Chan<void> closed = [] {
    Chan<void> c(0);
    c.close();
    return c;
  }();
  return closed;
}

void checkParent(const Context& parent) {
  if (!parent) panic("cannot create context from nil parent");
}

class backgroundCtx final : public Impl {
 public:
  std::optional<time::Time> Deadline() const override { return std::nullopt; }
  RecvChan<void> Done() const override { return {}; }
  error Err() const override { return {}; }
  const void* Value(const void*) const override { return nullptr; }
};

// What every context has that is made of another.
class derivedCtx : public Impl {
 public:
  explicit derivedCtx(const Context& parent) : parent_(parent) {}
  std::optional<time::Time> Deadline() const override { return parent_.Deadline(); }
  RecvChan<void> Done() const override { return parent_.Done(); }
  error Err() const override { return parent_.Err(); }
  const void* Value(const void* key) const override { return parent_.impl()->Value(key); }

 protected:
  const Context parent_;
};

class valueCtx final : public derivedCtx {
 public:
  valueCtx(const Context& parent, const void* key, std::shared_ptr<const void> value)
      : derivedCtx(parent), key_(key), value_(std::move(value)) {}
  const void* Value(const void* key) const override {
    return key == key_ ? value_.get() : derivedCtx::Value(key);
  }

 private:
  const void* key_;
  std::shared_ptr<const void> value_;
};

class withoutCancelCtx final : public derivedCtx {
 public:
  using derivedCtx::derivedCtx;
  std::optional<time::Time> Deadline() const override { return std::nullopt; }
  RecvChan<void> Done() const override { return {}; }
  error Err() const override { return {}; }
  const void* Value(const void* key) const override {
    return key == &cancelCtxKey ? nullptr : derivedCtx::Value(key);
  }
};

}  // namespace

constinit const error Canceled = error::Named(&canceled);
constinit const error DeadlineExceeded = error::Named(&deadlineExceeded);

namespace internal {

// One that can end. After construction it must be told of its parent: propagateCancel.
class cancelCtx : public derivedCtx, public std::enable_shared_from_this<cancelCtx> {
 public:
  using derivedCtx::derivedCtx;

  const void* Value(const void* key) const override { return key == &cancelCtxKey ? this : derivedCtx::Value(key); }

  RecvChan<void> Done() const override {
    std::lock_guard hold(mu_);
    if (!done_) done_ = Chan<void>(0);
    return done_;
  }
  error Err() const override {
    std::lock_guard hold(mu_);
    return err_;
  }
  error cause() const {
    std::lock_guard hold(mu_);
    return cause_;
  }

  // The nearest context at or above c that can end, if c ends when that does; else nullptr.
  static cancelCtx* nearest(const Context& c) {
    RecvChan<void> done = c.Done();
    if (!done) return nullptr;
    auto* p = static_cast<const cancelCtx*>(c.impl()->Value(&cancelCtxKey));
    // A program's own context in between may have another channel.
    if (p == nullptr || p->Done() != done) return nullptr;
    return const_cast<cancelCtx*>(p);
  }

  // Has this end when the parent does.
  void propagateCancel() {
    RecvChan<void> done = parent_.Done();
    if (!done) return;  // it never ends
    if (error err = parent_.Err()) {
      cancel(false, err, Cause(parent_));
      return;
    }
    if (cancelCtx* p = nearest(parent_)) {
      std::unique_lock hold(p->mu_);
      if (!p->err_) {
        p->children_.emplace(this, shared_from_this());
        return;
      }
      error err = p->err_, why = p->cause_;
      hold.unlock();
      cancel(false, err, why);
      return;
    }
    // A program's own: somebody must wait for it.
    go([self = shared_from_this()] {
      select(recv(self->parent_.Done(), [&] { self->cancel(false, self->parent_.Err(), Cause(self->parent_)); }),
             recv(self->Done()));
    });
  }

  // Ends it, once. removeFromParent: the parent may forget it.
  virtual void cancel(bool removeFromParent, const error& err, const error& cause) {
    std::unordered_map<cancelCtx*, std::shared_ptr<cancelCtx>> children;  // freed without the lock
    {
      std::lock_guard hold(mu_);
      if (err_) return;
      err_ = err;
      cause_ = cause ? cause : err;
      if (done_) {
        done_.close();
      } else {
        done_ = closedChan();
      }
      children.swap(children_);
      for (auto& [child, held] : children) child->cancel(false, err_, cause_);
    }
    if (removeFromParent) removeChild();
  }

 protected:
  void removeChild() {
    cancelCtx* p = nearest(parent_);
    if (p == nullptr) return;
    std::shared_ptr<cancelCtx> held;  // freed without the lock
    std::lock_guard hold(p->mu_);
    if (auto it = p->children_.find(this); it != p->children_.end()) {
      held = std::move(it->second);
      p->children_.erase(it);
    }
  }

  mutable sync::Mutex mu_;          // guards what follows
  mutable Chan<void> done_;         // made when somebody asks
  std::unordered_map<cancelCtx*, std::shared_ptr<cancelCtx>> children_;
  error err_;
  error cause_;
};

namespace {

class timerCtx final : public cancelCtx {
 public:
  timerCtx(const Context& parent, time::Time deadline) : cancelCtx(parent), deadline_(deadline) {}

  std::optional<time::Time> Deadline() const override { return deadline_; }

  void start(time::Duration in, const error& cause) {
    std::lock_guard hold(mu_);
    if (err_) return;
    timer_ = time::AfterFunc(in, [self = std::static_pointer_cast<timerCtx>(shared_from_this()), cause] {
      self->cancel(true, DeadlineExceeded, cause);
    });
    running_ = true;
  }

  void cancel(bool removeFromParent, const error& err, const error& cause) override {
    cancelCtx::cancel(removeFromParent, err, cause);
    time::Timer old;  // lets go of us, without the lock
    std::lock_guard hold(mu_);
    if (!running_) return;
    running_ = false;
    timer_.Stop();
    std::swap(old, timer_);
  }

 private:
  const time::Time deadline_;
  time::Timer timer_;     // under mu_
  bool running_ = false;  // under mu_
};

class afterFuncCtx final : public cancelCtx {
 public:
  afterFuncCtx(const Context& parent, std::function<void()> f) : cancelCtx(parent), f_(std::move(f)) {}

  void cancel(bool removeFromParent, const error& err, const error& cause) override {
    cancelCtx::cancel(removeFromParent, err, cause);
    if (claim()) go(std::move(f_));
  }
  // Whether it is the caller's to run f, or to prevent it.
  bool claim() { return !claimed_.exchange(true); }

 private:
  std::function<void()> f_;
  std::atomic<bool> claimed_{false};
};

std::shared_ptr<cancelCtx> newCancelCtx(const Context& parent) {
  checkParent(parent);
  auto c = std::make_shared<cancelCtx>(parent);
  c->propagateCancel();
  return c;
}

}  // namespace

Canceler::~Canceler() { c_->cancel(true, Canceled, {}); }
void Canceler::Cancel(const error& cause) { c_->cancel(true, Canceled, cause); }

Context withValue(const Context& parent, const void* key, std::shared_ptr<const void> value) {
  checkParent(parent);
  return Context(std::make_shared<valueCtx>(parent, key, std::move(value)));
}

}  // namespace internal

using internal::cancelCtx;
using internal::Canceler;

Context Background() {
  static const Context background(std::make_shared<backgroundCtx>());
  return background;
}

std::pair<Context, CancelFunc> WithCancel(const Context& parent) {
  auto c = internal::newCancelCtx(parent);
  return {Context(c), CancelFunc(std::make_shared<Canceler>(c))};
}

std::pair<Context, CancelCauseFunc> WithCancelCause(const Context& parent) {
  auto c = internal::newCancelCtx(parent);
  return {Context(c), CancelCauseFunc(std::make_shared<Canceler>(c))};
}

std::pair<Context, CancelFunc> WithDeadline(const Context& parent, time::Time d) {
  return WithDeadlineCause(parent, d, {});
}

std::pair<Context, CancelFunc> WithDeadlineCause(const Context& parent, time::Time d, const error& cause) {
  checkParent(parent);
  if (auto earlier = parent.Deadline(); earlier && *earlier < d) return WithCancel(parent);
  auto c = std::make_shared<internal::timerCtx>(parent, d);
  c->propagateCancel();
  if (time::Duration in = time::Until(d); in.count() <= 0) {
    c->cancel(true, DeadlineExceeded, cause);
  } else {
    c->start(in, cause);
  }
  return {Context(c), CancelFunc(std::make_shared<Canceler>(c))};
}

std::pair<Context, CancelFunc> WithTimeout(const Context& parent, time::Duration timeout) {
  return WithDeadline(parent, time::Now() + timeout);
}

std::pair<Context, CancelFunc> WithTimeoutCause(const Context& parent, time::Duration timeout, const error& cause) {
  return WithDeadlineCause(parent, time::Now() + timeout, cause);
}

Context WithoutCancel(const Context& parent) {
  checkParent(parent);
  return Context(std::make_shared<withoutCancelCtx>(parent));
}

error Cause(const Context& ctx) {
  if (auto* c = static_cast<const cancelCtx*>(ctx.impl()->Value(&cancelCtxKey))) return c->cause();
  return ctx.Err();
}

std::function<bool()> AfterFunc(const Context& ctx, std::function<void()> f) {
  checkParent(ctx);
  auto c = std::make_shared<internal::afterFuncCtx>(ctx, std::move(f));
  c->propagateCancel();
  return [c] {
    if (!c->claim()) return false;
    c->cancel(true, Canceled, {});
    return true;
  };
}

std::stop_token StopToken(const Context& ctx) {
  std::stop_source source;
  AfterFunc(ctx, [source]() mutable { source.request_stop(); });
  return source.get_token();
}

namespace {

// A stop can be requested by any thread, which may not call gort. It can write to a descriptor, though, and a goroutine
// waits for that.
struct StopBridge {
  struct Request {
    int fd;
    void operator()() const noexcept {
      std::uint64_t one = 1;
      [[maybe_unused]] ssize_t n = write(fd, &one, sizeof one);
    }
  };

  explicit StopBridge(std::stop_token token) : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), token_(std::move(token)) {
    if (fd_ < 0) panic("context: no descriptor for a stop_token: " + error(errno).Error());
    poll_.Sysfd = fd_;
    (void)poll_.Init(true, true);
    callback_.emplace(token_, Request{fd_});
  }
  // Waits for a request; false: ended.
  bool wait() {
    std::byte count[8];
    return bool(poll_.Read(count));
  }
  void end() {
    callback_.reset();  // nobody writes any more
    (void)poll_.Close();
  }

 private:
  int fd_;
  std::stop_token token_;
  poll::FD poll_;
  std::optional<std::stop_callback<Request>> callback_;
};

}  // namespace

std::pair<Context, CancelFunc> WithStopToken(const Context& parent, std::stop_token token) {
  auto c = internal::newCancelCtx(parent);
  if (token.stop_requested()) {
    c->cancel(true, Canceled, {});
  } else if (token.stop_possible()) {
    auto bridge = std::make_shared<StopBridge>(std::move(token));
    go([bridge, c] {
      if (bridge->wait()) c->cancel(true, Canceled, {});
    });
    AfterFunc(Context(c), [bridge] { bridge->end(); });
  }
  return {Context(c), CancelFunc(std::make_shared<Canceler>(c))};
}

}  // namespace gort::context
