// Semaphores for sync.Mutex and its kin: a hash table of addresses, each bucket a treap of
// the distinct addresses slept on, each node a list of the sleepers of its address.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/runtime2_base.h"
#include "seam/atomic.h"

namespace runtime {

inline constexpr intptr semTabSize = 251;  // prime, so that regular addresses spread

struct semaRoot {
  mutex lock;
  sudog* treap = nullptr;  // under lock
  atomic::Uint32<> nwait;  // sleepers on all addresses; semrelease reads it without lock
};

static_assert(sizeof(semaRoot) == 24);

// notifyList is sync.Cond's: tickets in order of arrival.
struct notifyList {
  atomic::Uint32<> wait;  // next waiter's ticket
  uint32 notify = 0;      // next ticket to be notified; under lock, read without it
  mutex lock;
  sudog* head = nullptr;  // under lock
  sudog* tail = nullptr;
};

static_assert(sizeof(notifyList) == 32);

}  // namespace runtime
