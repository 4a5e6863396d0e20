// WaitGroup: waits until a number of things are done. Mirrors Go's sync/waitgroup.go.
//
//   gort::sync::WaitGroup wg;
//   for (...) { wg.Add(1); gort::go([&] { ...; wg.Done(); }); }
//   wg.Wait();
//
// Every function is called on a goroutine's stack. The group must live until every Wait has returned; after that
// nothing touches it, so it may stand on the stack of the goroutine that waits.
#pragma once

#include <atomic>
#include <cstdint>

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

  // Waits until the count is 0. Panics: "sync: WaitGroup is reused before previous Wait has returned".
  void Wait();

 private:
  std::atomic<std::uint64_t> state_{0};  // high half: the count; low half: how many wait
  std::uint32_t sema_ = 0;
};

}  // namespace gort::sync
