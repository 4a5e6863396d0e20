// once.cc mirrors Go's sync/once.go.
//
// done_ is set after f is over, not before: a second caller must not return while f runs.
#include "sync/once.h"

#include <mutex>

namespace gort::sync {

void Once::doSlow(void (*f)(void*), void* arg) {
  std::lock_guard hold(m_);
  if (done_.load(std::memory_order_relaxed) != 0) return;
  // Also when f throws, or ends its goroutine.
  struct Done {
    std::atomic<std::uint32_t>& done;
    ~Done() { done.store(1, std::memory_order_release); }
  } done{done_};
  f(arg);
}

}  // namespace gort::sync
