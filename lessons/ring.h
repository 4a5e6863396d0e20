// ring.h: the queue of a P. 256 slots; its owner puts at the tail, and everybody takes from the head.
//
// There is no lock. Only the owner moves the tail, so it may fill the slot behind it in peace; who moves the head by a
// compare-and-swap owns what was in the slots that it has passed. They are read before, since the owner may fill them
// again right after: if the swap fails, what was read is forgotten.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "lessons/sched.h"

namespace lessons {

class Ring {
 public:
  static constexpr uint32_t kSize = 256;

  // By anybody. Sequentially consistent: who goes idle adds to npidle and then asks this (lesson3.cc).
  bool empty() const { return head_.load() == tail_.load(); }

  // By the owner. False: it is full.
  bool put(G* g) {
    const uint32_t h = head_.load(std::memory_order_acquire);  // the slots before it were read
    const uint32_t t = tail_.load(std::memory_order_relaxed);
    if (t - h == kSize) return false;
    slot(t).store(g, std::memory_order_relaxed);
    tail_.store(t + 1);
    return true;
  }

  // By the owner.
  G* get() {
    for (;;) {
      uint32_t h = head_.load(std::memory_order_acquire);
      if (h == tail_.load(std::memory_order_relaxed)) return nullptr;
      G* g = slot(h).load(std::memory_order_relaxed);
      if (head_.compare_exchange_strong(h, h + 1)) return g;
    }
  }

  // By the owner: the older half of what is there, or nothing if others have taken some meanwhile.
  std::vector<G*> getHalf() {
    uint32_t h = head_.load(std::memory_order_acquire);
    const uint32_t n = (tail_.load(std::memory_order_relaxed) - h) / 2;
    std::vector<G*> half(n);
    for (uint32_t i = 0; i < n; i++) half[i] = slot(h + i).load(std::memory_order_relaxed);
    if (!head_.compare_exchange_strong(h, h + n)) half.clear();
    return half;
  }

  // Moves half of what `from` has, rounded up, into this ring, which is empty; returns the last of it instead of
  // moving it, or nullptr. By this ring's owner.
  G* steal(Ring& from) {
    const uint32_t tail = tail_.load(std::memory_order_relaxed);
    for (;;) {
      uint32_t h = from.head_.load(std::memory_order_acquire);
      uint32_t n = from.tail_.load(std::memory_order_acquire) - h;
      n -= n / 2;
      if (n == 0) return nullptr;
      if (n > kSize / 2) continue;  // head and tail of different moments
      for (uint32_t i = 0; i < n; i++) {
        slot(tail + i).store(from.slot(h + i).load(std::memory_order_relaxed), std::memory_order_relaxed);
      }
      if (!from.head_.compare_exchange_strong(h, h + n)) continue;
      G* g = slot(tail + n - 1).load(std::memory_order_relaxed);
      tail_.store(tail + n - 1);
      return g;
    }
  }

 private:
  std::atomic<G*>& slot(uint32_t at) { return slots_[at % kSize]; }

  std::atomic<uint32_t> head_{0}, tail_{0};
  std::atomic<G*> slots_[kSize];
};

}  // namespace lessons
