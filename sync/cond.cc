// cond.cc mirrors Go's sync/cond.go. The list of those that wait is the runtime's (runtime/sema.cc); a ticket is drawn
// before L is given up, so that no Signal from then on is missed.
#include "sync/cond.h"

#include "api/panic.h"
#include "runtime/sema.h"

namespace gort::sync {

namespace {

runtime::notifyList* list(unsigned char* bytes) {
  static_assert(sizeof(runtime::notifyList) == 32 && alignof(runtime::notifyList) == 8);
  return reinterpret_cast<runtime::notifyList*>(bytes);
}

}  // namespace

void Cond::Wait() {
  check();
  std::uint32_t t = runtime::notifyListAdd(list(notify_));
  L.Unlock();
  runtime::notifyListWait(list(notify_), t);
  L.Lock();
}

void Cond::Signal() {
  check();
  runtime::notifyListNotifyOne(list(notify_));
}

void Cond::Broadcast() {
  check();
  runtime::notifyListNotifyAll(list(notify_));
}

// C++ forbids the copy, but bytes can be moved without asking.
void Cond::check() {
  auto self = reinterpret_cast<std::uintptr_t>(&checker_);
  std::uintptr_t seen = __atomic_load_n(&checker_, __ATOMIC_RELAXED);
  if (seen == self) return;
  if (seen == 0) {
    // Several first users may come at once.
    if (__atomic_compare_exchange_n(&checker_, &seen, self, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) return;
    if (seen == self) return;
  }
  gort::panic("sync.Cond is copied");
}

}  // namespace gort::sync
