// pool.cc mirrors Go's sync/pool.go.
//
// Each P has a poolLocal: one private object and a chain of further ones. A goroutine that is pinned to its P is the
// only one to use the private object and the head of the chain; the others' goroutines may take from the tail. So the
// usual Get and Put cost no locked instruction but the one that pops or pushes the chain's head, and none for the
// private object.
//
// Emptying. cleanup runs with the world stopped, when nobody is pinned: what was the pool becomes the victim, and the
// last victim is dropped. A Get that finds nothing looks through the victim, so an object lives for one to two periods
// without use. What was dropped is destroyed afterwards with the world running (destroyDropped), for destructors are
// the program's code. runtime/mgc.cc calls both.
//
// What must hold: local_ and the list of pools change under allPoolsMu by a pinned goroutine, or with the world
// stopped; an array that a pinned goroutine may still see is freed after a stop of the world only, or when the pool
// ends. While pinned a goroutine neither parks nor waits for a Mutex, and calls no code of the program's.
#include "sync/pool.h"

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

#include "runtime/boundary.h"
#include "runtime/mgc_decl.h"
#include "runtime/proc_decl.h"
#include "runtime/race.h"
#include "sync/mutex.h"
#include "sync/poolqueue.h"

namespace gort::sync::internal {

// Two cache lines: what one P uses does not share a line, nor a pair of lines that is fetched together, with another's.
struct alignas(128) poolLocal {
  void* priv = nullptr;
  poolChain shared;
};

struct poolLocals {
  poolLocals(std::size_t n, void (*destroy)(void*)) : size(n), destroy(destroy), locals(new poolLocal[n]) {}

  // Objects and all. Nobody uses the pool's array any more.
  ~poolLocals() {
    for (std::size_t i = 0; i < size; i++) {
      if (locals[i].priv != nullptr) destroy(locals[i].priv);
      while (void* x = locals[i].shared.popTail()) destroy(x);
    }
  }

  const std::size_t size;
  void (*const destroy)(void*);
  const std::unique_ptr<poolLocal[]> locals;
  poolLocals* next = nullptr;  // on a list of arrays that are no longer used
};

namespace {

constinit Mutex allPoolsMu;
constinit PoolBase* allPools = nullptr;     // those that may have objects
constinit poolLocals* droppedLocals = nullptr;  // written with the world stopped

void push(poolLocals** list, poolLocals* l) {
  l->next = *list;
  *list = l;
}

void destroyAll(poolLocals* list) {
  while (list != nullptr) delete std::exchange(list, list->next);
}

constinit bool registered = false;  // under allPoolsMu

}  // namespace

// The mark first: between the look at the P and the count that keeps it nobody may take it.
static int pin() {
  runtime::fromProgram here;
  int pid = runtime::sync_runtime_procPin();
  // What really orders the uses of a P's array, that there is one P of a number, ThreadSanitizer cannot see.
  runtime::raceacquire(&allPools);
  return pid;
}
static void unpin() {
  runtime::racerelease(&allPools);
  runtime::sync_runtime_procUnpin();
}

// The goroutine stays on its P while this lives; local is the pool's array for that P.
class PoolBase::Pinned {
 public:
  explicit Pinned(PoolBase* p) : pid(pin()) {
    // The array is complete before it is published (pinSlow), so acquire is enough.
    poolLocals* l = p->local_.load(std::memory_order_acquire);
    if (l != nullptr && static_cast<std::size_t>(pid) < l->size) {
      local = &l->locals[static_cast<std::size_t>(pid)];
      return;
    }
    pinSlow(p);
  }
  ~Pinned() { unpin(); }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

  int pid;
  poolLocal* local;

 private:
  // The first use of the pool since it was emptied, or since GOMAXPROCS grew. What throws here is not pinned.
  void pinSlow(PoolBase* p) {
    // Who waits for a lock must not be pinned.
    unpin();
    std::lock_guard hold(allPoolsMu);
    std::unique_ptr<poolLocals> fresh;
    for (;;) {
      pid = pin();
      std::size_t id = static_cast<std::size_t>(pid);
      if (poolLocals* l = p->local_.load(std::memory_order_relaxed); l != nullptr && id < l->size) {
        local = &l->locals[id];
        return;
      }
      if (fresh != nullptr && id < fresh->size) break;
      unpin();
      fresh = std::make_unique<poolLocals>(static_cast<std::size_t>(runtime::gomaxprocs.Load()), p->destroy_);
    }
    if (!registered) {
      registered = true;
      runtime::sync_runtime_registerPoolCleanup(cleanup, destroyDropped);
    }
    if (!p->linked_) {
      p->linked_ = true;
      p->next_ = allPools;
      if (allPools != nullptr) allPools->prev_ = p;
      allPools = p;
    }
    if (poolLocals* old = p->local_.load(std::memory_order_relaxed)) push(&p->outgrown_, old);
    local = &fresh->locals[static_cast<std::size_t>(pid)];
    p->local_.store(fresh.release(), std::memory_order_release);
  }
};

void PoolBase::put(void* x) {
  Pinned pinned(this);
  if (pinned.local->priv == nullptr) {
    pinned.local->priv = x;
  } else {
    pinned.local->shared.pushHead(x);
  }
}

void* PoolBase::get() {
  Pinned pinned(this);
  if (void* x = std::exchange(pinned.local->priv, nullptr)) return x;
  // The head first: what was put last is in this processor's cache.
  if (void* x = pinned.local->shared.popHead()) return x;
  return getSlow(pinned.pid);
}

// From the others, then from the victim. Pinned.
void* PoolBase::getSlow(int pid) {
  std::size_t id = static_cast<std::size_t>(pid);
  poolLocals* l = local_.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < l->size; i++) {
    if (void* x = l->locals[(id + i + 1) % l->size].shared.popTail()) return x;
  }

  // Last, so that what is in the victim grows old if it can.
  if (victimEmpty_.load(std::memory_order_acquire)) return nullptr;
  l = victim_;
  if (id >= l->size) return nullptr;
  if (void* x = std::exchange(l->locals[id].priv, nullptr)) return x;
  for (std::size_t i = 0; i < l->size; i++) {
    if (void* x = l->locals[(id + i) % l->size].shared.popTail()) return x;
  }
  // Nobody else need look. The private objects of the other Ps are the exception; they go with the victim.
  victimEmpty_.store(true, std::memory_order_release);
  return nullptr;
}

void PoolBase::unlink() {
  (prev_ != nullptr ? prev_->next_ : allPools) = next_;
  if (next_ != nullptr) next_->prev_ = prev_;
  next_ = prev_ = nullptr;
  linked_ = false;
}

PoolBase::~PoolBase() {
  if (linked_) {
    std::lock_guard hold(allPoolsMu);
    pin();
    if (linked_) unlink();
    unpin();
  }
  delete local_.load(std::memory_order_relaxed);
  delete victim_;
  destroyAll(outgrown_);
}

void PoolBase::cleanup() {
  runtime::raceacquire(&allPools);
  for (PoolBase* p = allPools; p != nullptr;) {
    PoolBase* next = p->next_;
    if (p->victim_ != nullptr) push(&droppedLocals, p->victim_);
    while (p->outgrown_ != nullptr) push(&droppedLocals, std::exchange(p->outgrown_, p->outgrown_->next));
    p->victim_ = p->local_.load(std::memory_order_relaxed);
    p->victimEmpty_.store(p->victim_ == nullptr, std::memory_order_relaxed);
    p->local_.store(nullptr, std::memory_order_relaxed);
    if (p->victim_ == nullptr) p->unlink();
    p = next;
  }
  runtime::racerelease(&allPools);
}

void PoolBase::destroyDropped() { destroyAll(__atomic_exchange_n(&droppedLocals, nullptr, __ATOMIC_ACQ_REL)); }

}  // namespace gort::sync::internal
