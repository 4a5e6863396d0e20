// When memory that was taken out of a shared structure may be freed: what a collector knows, for one structure. For
// hashtriemap.h.
//
// Whoever follows the structure's pointers does so within a Reading. Whoever takes a node out, so that nobody can find
// it any more, retires it; it is freed when all Readings are over that may have found it before. A Reading may sleep or
// wait; it only puts off the freeing. On goroutines' stacks or any other.
#pragma once

#include <atomic>
#include <cstdint>

#include "sync/mutex.h"

namespace gort::sync::internal {

struct Retired {
  Retired* nextRetired = nullptr;
};

class Reclaimer {
 public:
  explicit Reclaimer(void (*free)(Retired*)) : free_(free) {}
  ~Reclaimer();  // frees all; nobody reads
  Reclaimer(const Reclaimer&) = delete;
  Reclaimer& operator=(const Reclaimer&) = delete;

  class Reading {
   public:
    explicit Reading(Reclaimer& r);
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

   private:
    std::atomic<std::uint64_t>* count_;
  };

  // n cannot be found any more. Its memory and what it holds are the Reclaimer's.
  void retire(Retired* n);

  // Frees what can be freed, if enough was retired to be worth a look. Calls free, and so the program's destructors;
  // not within a Reading, or little will be free.
  void reclaim();

 private:
  static constexpr std::uint32_t batch = 64;
  static constexpr unsigned numSlots = 8;
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> readers[2] = {};  // by the parity of the epoch in which they began
  };

  void freeAll(Retired* list);

  void (*free_)(Retired*);
  std::atomic<std::uint64_t> epoch_{2};
  std::atomic<Retired*> current_{nullptr};  // retired in this epoch
  std::atomic<std::uint32_t> retired_{0};   // how many, since the last look
  Retired* waiting_ = nullptr;              // retired before this epoch; under mu_
  Mutex mu_;
  Slot slots_[numSlots];
};

}  // namespace gort::sync::internal
