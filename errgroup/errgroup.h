// Groups of goroutines that work on one task: package errgroup of Go's x/sync.
//
//   auto [g, ctx] = errgroup::WithContext(context::Background());
//   g.SetLimit(4);
//   for (auto& url : urls) g.Go([&url, ctx = ctx] { return fetch(ctx, url); });
//   if (error err = g.Wait()) ...            // the first error; ctx has ended with it, so the others give up
//
// A Group is a handle: a copy means the same group. A function returns an error, or none. What it throws ends the
// program, as in every goroutine.
//
// Who may call: a goroutine. Throws std::bad_alloc.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "api/chan.h"
#include "api/go.h"
#include "api/panic.h"
#include "context/context.h"
#include "errors/errors.h"
#include "sync/once.h"
#include "sync/waitgroup.h"

namespace gort::errgroup {

class Group {
 public:
  // Without a context and without a limit.
  Group() : s_(std::make_shared<State>()) {}

  // Calls f on a goroutine of its own; waits until the limit allows it. The first error counts, and ends the group's
  // context. Group.Go.
  template <class F>
    requires std::same_as<std::invoke_result_t<std::decay_t<F>&>, error>
  void Go(F&& f) const {
    if (s_->sem) s_->sem.send();
    start(std::forward<F>(f));
  }

  // The same if the limit allows it at once; else false. Group.TryGo.
  template <class F>
    requires std::same_as<std::invoke_result_t<std::decay_t<F>&>, error>
  bool TryGo(F&& f) const {
    if (s_->sem && !s_->sem.try_send()) return false;
    start(std::forward<F>(f));
    return true;
  }

  // At most n goroutines at the same time; n < 0: any number. Panics if there are some now. Group.SetLimit.
  void SetLimit(int n) const {
    if (n < 0) {
      s_->sem = {};
      return;
    }
    if (std::size_t active = s_->sem.len(); active != 0) {
      panic("errgroup: modify limit while " + std::to_string(active) + " goroutines in the group are still active");
    }
    s_->sem = Chan<void>(static_cast<std::size_t>(n));
  }

  // Until all have returned: the first error, or none. The group's context has ended then. Group.Wait.
  error Wait() const {
    s_->wg.Wait();
    s_->cancel(s_->err);
    return s_->err;
  }

 private:
  friend std::pair<Group, context::Context> WithContext(const context::Context& parent);

  struct State {
    context::CancelCauseFunc cancel;
    sync::WaitGroup wg;
    Chan<void> sem;  // nil: no limit
    sync::Once first;
    error err;
  };

  template <class F>
  void start(F&& f) const {
    s_->wg.Add(1);
    go([s = s_, f = std::forward<F>(f)]() mutable {
      struct Done {
        State* s;
        ~Done() {
          if (s->sem) s->sem.recv();
          s->wg.Done();
        }
      } done{s.get()};
      if (error err = f()) {
        s->first.Do([&] {
          s->err = err;
          s->cancel(err);
        });
      }
    });
  }

  std::shared_ptr<State> s_;
};

// A group and a context that ends with its first error, which is the context's Cause, or when Wait returns.
inline std::pair<Group, context::Context> WithContext(const context::Context& parent) {
  Group g;
  context::Context ctx;
  std::tie(ctx, g.s_->cancel) = context::WithCancelCause(parent);
  return {g, ctx};
}

}  // namespace gort::errgroup
