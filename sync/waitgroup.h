// WaitGroup: waits until a number of things are done. Mirrors Go's sync/waitgroup.go.
//
//   gort::sync::WaitGroup wg;
//   for (...) wg.Go([&] { ...; });  // or: wg.Add(1); gort::go([&] { ...; wg.Done(); });
//   wg.Wait();
//
// Every function is called on a goroutine's stack. The group must live until every Wait has returned; after that
// nothing touches it, so it may stand on the stack of the goroutine that waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "api/go.h"

namespace gort::sync {

class WaitGroup {
 public:
  constexpr WaitGroup() = default;
  WaitGroup(const WaitGroup&) = delete;
  WaitGroup& operator=(const WaitGroup&) = delete;

  // Adds delta, which may be negative, to the count; at 0 all that Wait go on. An Add that raises the count from 0 must
  // come before the Wait that is to see it: before the goroutine is started, mostly.
  // Panics: "sync: negative WaitGroup counter"; "sync: WaitGroup misuse: Add called concurrently with Wait".
  void Add(int delta);

  // Takes one off the count. Panics as Add does.
  void Done() { Add(-1); }

  // Adds one, starts a goroutine that calls f(), and takes one off when f has returned or the goroutine has ended by
  // Goexit. f is moved or copied into the goroutine and destroyed before the count goes down; it should not throw: as
  // with gort::go, what it does not catch ends the program. An Add as far as Wait is concerned: panics as it does, and
  // throws what copying f throws, the count being as before then. As in Go 1.25.
  template <class F>
    requires std::is_invocable_v<std::decay_t<F>>
  [[gnu::always_inline]] void Go(F&& f) {
    gort::go(CountedCall<std::decay_t<F>>(this, std::forward<F>(f)));
  }

  // Waits until the count is 0. Panics: "sync: WaitGroup is reused before previous Wait has returned".
  void Wait();

 private:
  // Counted from its beginning until the last of it is gone.
  class Counted {
   public:
    explicit Counted(WaitGroup* wg) : wg_(wg) { wg->Add(1); }
    Counted(Counted&& c) noexcept : wg_(std::exchange(c.wg_, nullptr)) {}
    ~Counted() {
      if (wg_ != nullptr) wg_->Done();
    }

   private:
    WaitGroup* wg_;
  };

  // What Go starts. The count is the first member, so it goes last.
  template <class F>
  struct CountedCall {
    Counted counted;
    F f;

    template <class A>
    CountedCall(WaitGroup* wg, A&& a) : counted(wg), f(std::forward<A>(a)) {}
    void operator()() { std::move(f)(); }
  };

  std::atomic<std::uint64_t> state_{0};  // high half: the count; low half: how many wait
  std::uint32_t sema_ = 0;
};

}  // namespace gort::sync
