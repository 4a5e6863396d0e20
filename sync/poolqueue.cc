// poolqueue.cc mirrors Go's sync/poolqueue.go.
//
// The ring. Head and tail lie in one word, so a pop at either end moves its index and checks the other in one
// compare-and-swap. The slots from tail up to head hold values. A consumer that has moved the tail past a slot still
// owns it until it has stored null there; the producer, coming around, finds the slot in use and calls the ring full.
// The store of null (release) pairs with the producer's load (acquire), the producer's add to the head with a
// consumer's compare-and-swap.
//
// The chain. The producer works on the newest ring; when it is full, the next has twice its size. Consumers start at
// the oldest, and go on to the next when one is empty and has a next: then it stays empty, since nobody pushes there.
// Whoever moves the chain's tail over it drops it. Others may still be looking at it: in Go the collector waits for
// them. Here a dropped ring is kept until the chain ends. As each is half of the next, all of them together are smaller
// than the one in use.
#include "sync/poolqueue.h"

namespace gort::sync::internal {

poolDequeue::poolDequeue(std::uint32_t size, std::uint32_t start)
    : headTail_(pack(start, start)), size_(size), vals_(new std::atomic<void*>[size]()) {}

poolDequeue::~poolDequeue() { delete[] vals_; }

bool poolDequeue::pushHead(void* val) {
  auto [head, tail] = unpack(headTail_.load());
  if (tail + size_ == head) return false;
  std::atomic<void*>* s = slot(head);
  // Moved past by a consumer that has not finished with it.
  if (s->load(std::memory_order_acquire) != nullptr) return false;
  s->store(val, std::memory_order_relaxed);
  headTail_.fetch_add(std::uint64_t{1} << dequeueBits);
  return true;
}

void* poolDequeue::popHead() {
  std::uint64_t ptrs = headTail_.load();
  for (;;) {
    auto [head, tail] = unpack(ptrs);
    if (tail == head) return nullptr;
    head--;
    if (!headTail_.compare_exchange_strong(ptrs, pack(head, tail))) continue;
    // The slot is the producer's own again.
    std::atomic<void*>* s = slot(head);
    void* val = s->load(std::memory_order_relaxed);
    s->store(nullptr, std::memory_order_relaxed);
    return val;
  }
}

void* poolDequeue::popTail() {
  std::uint64_t ptrs = headTail_.load();
  for (;;) {
    auto [head, tail] = unpack(ptrs);
    if (tail == head) return nullptr;
    if (!headTail_.compare_exchange_strong(ptrs, pack(head, tail + 1))) continue;
    std::atomic<void*>* s = slot(tail);
    void* val = s->load(std::memory_order_relaxed);
    // From here on it is the producer's.
    s->store(nullptr, std::memory_order_release);
    return val;
  }
}

poolChain::~poolChain() {
  for (poolChainElt* d = tail_.load(); d != nullptr;) {
    poolChainElt* next = d->next.load();
    delete d;
    d = next;
  }
  for (poolChainElt* d = dropped_.load(); d != nullptr;) {
    poolChainElt* next = d->dropped;
    delete d;
    d = next;
  }
}

void poolChain::pushHead(void* val) {
  constexpr std::uint32_t initSize = 8;
  poolChainElt* d = head_;
  if (d == nullptr) {
    d = new poolChainElt(initSize);
    head_ = d;
    tail_.store(d);
  }
  if (d->pushHead(val)) return;

  std::uint32_t newSize = d->size() * 2;
  if (newSize >= poolDequeue::dequeueLimit) newSize = poolDequeue::dequeueLimit;
  poolChainElt* d2 = new poolChainElt(newSize);
  d2->prev.store(d);
  head_ = d2;
  d->next.store(d2);
  d2->pushHead(val);
}

void* poolChain::popHead() {
  // Older rings may have values that nobody has taken yet.
  for (poolChainElt* d = head_; d != nullptr; d = d->prev.load()) {
    if (void* val = d->popHead()) return val;
  }
  return nullptr;
}

void* poolChain::popTail() {
  poolChainElt* d = tail_.load();
  if (d == nullptr) return nullptr;
  for (;;) {
    // Before the pop: if there is a next and then nothing to pop, there never will be.
    poolChainElt* d2 = d->next.load();
    if (void* val = d->popTail()) return val;
    if (d2 == nullptr) return nullptr;
    if (poolChainElt* was = d; tail_.compare_exchange_strong(was, d2)) {
      // The producer need not come back to it.
      d2->prev.store(nullptr);
      d->dropped = dropped_.load();
      while (!dropped_.compare_exchange_weak(d->dropped, d)) {
      }
    }
    d = d2;
  }
}

}  // namespace gort::sync::internal
