// Once: a thing that is done once. Mirrors Go's sync/once.go.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "sync/mutex.h"

namespace gort::sync {

class Once {
 public:
  constexpr Once() = default;
  Once(const Once&) = delete;
  Once& operator=(const Once&) = delete;

  // The first call calls f(); the others, with whatever f, wait until that call is over. Then everything that it did is
  // seen. If f throws or calls Goexit, that counts as done, and the exception leaves this call only. f must not call Do
  // of the same Once: that waits for ever. On a goroutine's stack.
  template <class F>
    requires std::is_invocable_v<F&>
  void Do(F&& f) {
    // Acquire pairs with the release in doSlow.
    if (done_.load(std::memory_order_acquire) != 0) return;
    using Fn = std::remove_reference_t<F>;
    doSlow([](void* arg) { (*static_cast<Fn*>(arg))(); },
           const_cast<void*>(static_cast<const volatile void*>(std::addressof(f))));
  }

 private:
  void doSlow(void (*f)(void*), void* arg);

  std::atomic<std::uint32_t> done_{0};
  Mutex m_;
};

}  // namespace gort::sync
