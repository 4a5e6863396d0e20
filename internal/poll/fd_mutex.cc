// internal/poll's fd_mutex.go.
//
// A number that was a descriptor is another one after a close. So nobody may close it while somebody uses it, and
// nobody may begin to use it once somebody wants to close it. Besides, reads come one after the other, and so do
// writes, or two goroutines could tear each other's data apart.
//
// All of it in one word: a bit that says closed, one lock for reading and one for writing, the number of users, and the
// numbers of those that wait for either lock. Every change is one compare-and-swap; who must wait sleeps on a
// semaphore, after it has counted itself, and is counted out by whoever wakes it. A close wakes all of them.
#include "internal/poll/fd_mutex.h"

#include "api/panic.h"
#include "runtime/boundary.h"
#include "runtime/sema.h"

namespace gort::poll {

namespace {

constexpr std::uint64_t mutexClosed = 1 << 0;
constexpr std::uint64_t mutexRLock = 1 << 1;
constexpr std::uint64_t mutexWLock = 1 << 2;
constexpr std::uint64_t mutexRef = 1 << 3;
constexpr std::uint64_t mutexRefMask = ((1ull << 20) - 1) << 3;
constexpr std::uint64_t mutexRWait = 1ull << 23;
constexpr std::uint64_t mutexRMask = ((1ull << 20) - 1) << 23;
constexpr std::uint64_t mutexWWait = 1ull << 43;
constexpr std::uint64_t mutexWMask = ((1ull << 20) - 1) << 43;

[[noreturn, gnu::cold]] void overflow() {
  panic("too many concurrent operations on a single file or socket (max 1048575)");
}
[[noreturn, gnu::cold]] void inconsistent() { panic("inconsistent poll.fdMutex"); }

void runtime_Semacquire(std::uint32_t* sema) {
  runtime::fromProgram here;
  runtime::poll_runtime_Semacquire(sema);
}
void runtime_Semrelease(std::uint32_t* sema) {
  runtime::fromProgram here;
  runtime::poll_runtime_Semrelease(sema);
}

bool isLast(std::uint64_t state) { return (state & (mutexClosed | mutexRefMask)) == mutexClosed; }

}  // namespace

bool fdMutex::incref() {
  std::uint64_t old = state_.load();
  for (;;) {
    if ((old & mutexClosed) != 0) return false;
    std::uint64_t now = old + mutexRef;
    if ((now & mutexRefMask) == 0) overflow();
    if (state_.compare_exchange_weak(old, now)) return true;
  }
}

bool fdMutex::increfAndClose() {
  std::uint64_t old = state_.load();
  for (;;) {
    if ((old & mutexClosed) != 0) return false;
    std::uint64_t now = (old | mutexClosed) + mutexRef;
    if ((now & mutexRefMask) == 0) overflow();
    now &= ~(mutexRMask | mutexWMask);
    if (!state_.compare_exchange_weak(old, now)) continue;
    // They find it closed.
    for (; (old & mutexRMask) != 0; old -= mutexRWait) runtime_Semrelease(&rsema_);
    for (; (old & mutexWMask) != 0; old -= mutexWWait) runtime_Semrelease(&wsema_);
    return true;
  }
}

bool fdMutex::decref() {
  std::uint64_t old = state_.load();
  for (;;) {
    if ((old & mutexRefMask) == 0) inconsistent();
    std::uint64_t now = old - mutexRef;
    if (state_.compare_exchange_weak(old, now)) return isLast(now);
  }
}

bool fdMutex::rwlock(bool read) {
  const std::uint64_t bit = read ? mutexRLock : mutexWLock;
  const std::uint64_t wait = read ? mutexRWait : mutexWWait;
  const std::uint64_t mask = read ? mutexRMask : mutexWMask;
  std::uint64_t old = state_.load();
  for (;;) {
    if ((old & mutexClosed) != 0) return false;
    const bool isFree = (old & bit) == 0;
    std::uint64_t now = isFree ? (old | bit) + mutexRef : old + wait;
    if ((now & (isFree ? mutexRefMask : mask)) == 0) overflow();
    if (!state_.compare_exchange_weak(old, now)) continue;
    if (isFree) return true;
    runtime_Semacquire(read ? &rsema_ : &wsema_);
    // Whoever woke us has taken `wait` off.
    old = state_.load();
  }
}

bool fdMutex::rwunlock(bool read) {
  const std::uint64_t bit = read ? mutexRLock : mutexWLock;
  const std::uint64_t wait = read ? mutexRWait : mutexWWait;
  const std::uint64_t mask = read ? mutexRMask : mutexWMask;
  std::uint64_t old = state_.load();
  for (;;) {
    if ((old & bit) == 0 || (old & mutexRefMask) == 0) inconsistent();
    const bool wakes = (old & mask) != 0;
    std::uint64_t now = (old & ~bit) - mutexRef - (wakes ? wait : 0);
    if (!state_.compare_exchange_weak(old, now)) continue;
    if (wakes) runtime_Semrelease(read ? &rsema_ : &wsema_);
    return isLast(now);
  }
}

}  // namespace gort::poll
