// The queues inside a Pool: a ring with one producer and many consumers, and a chain of such rings. Mirrors Go's
// sync/poolqueue.go. For pool.cc and its tests.
//
// A value is a pointer that is not null. The producer pushes and pops at the head; anybody pops at the tail.
#pragma once

#include <atomic>
#include <cstdint>

namespace gort::sync::internal {

class poolDequeue {
 public:
  // size: a power of 2, at most dequeueLimit. start: where the two indexes begin (for tests of their overflow).
  explicit poolDequeue(std::uint32_t size, std::uint32_t start = 0);
  ~poolDequeue();
  poolDequeue(const poolDequeue&) = delete;
  poolDequeue& operator=(const poolDequeue&) = delete;

  bool pushHead(void* val);  // the producer; false: full
  void* popHead();           // the producer; nullptr: empty
  void* popTail();           // anybody; nullptr: empty

  std::uint32_t size() const { return size_; }

  static constexpr int dequeueBits = 32;
  // Fullness is seen by the ring's indexes meeting, so they must not have gone all the way around themselves.
  static constexpr std::uint32_t dequeueLimit = 1u << (dequeueBits - 2);

 private:
  // head is where the next value goes, tail the oldest value; the slot of an index is its low bits.
  struct Indexes {
    std::uint32_t head;
    std::uint32_t tail;
  };
  static constexpr Indexes unpack(std::uint64_t ptrs) {
    return {static_cast<std::uint32_t>(ptrs >> dequeueBits), static_cast<std::uint32_t>(ptrs)};
  }
  static constexpr std::uint64_t pack(std::uint32_t head, std::uint32_t tail) {
    return static_cast<std::uint64_t>(head) << dequeueBits | tail;
  }
  std::atomic<void*>* slot(std::uint32_t i) { return &vals_[i & (size_ - 1)]; }

  std::atomic<std::uint64_t> headTail_;
  std::uint32_t size_;
  std::atomic<void*>* vals_;
};

struct poolChainElt : poolDequeue {
  using poolDequeue::poolDequeue;
  std::atomic<poolChainElt*> next{nullptr};  // the producer sets it, once
  std::atomic<poolChainElt*> prev{nullptr};  // a consumer clears it, once
  poolChainElt* dropped = nullptr;           // on the chain's list of those that it has left behind
};

// A chain of rings, each twice as long as the one before.
class poolChain {
 public:
  constexpr poolChain() = default;
  ~poolChain();  // nobody uses it any more; what is still in it is lost: popTail first
  poolChain(const poolChain&) = delete;
  poolChain& operator=(const poolChain&) = delete;

  void pushHead(void* val);  // the producer
  void* popHead();           // the producer; nullptr: empty
  void* popTail();           // anybody; nullptr: empty

 private:
  poolChainElt* head_ = nullptr;              // the producer's
  std::atomic<poolChainElt*> tail_{nullptr};
  std::atomic<poolChainElt*> dropped_{nullptr};
};

}  // namespace gort::sync::internal
