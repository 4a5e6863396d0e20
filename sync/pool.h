// Pool: objects for use again, kept near the processor that used them last. Mirrors Go's sync/pool.go.
//
//   gort::sync::Pool<Buffer> pool([] { return std::make_unique<Buffer>(); });
//   std::unique_ptr<Buffer> b = pool.Get();
//   ...
//   pool.Put(std::move(b));
//
// What is in a pool may be destroyed at any time. Go's collector empties the pools: an object that nobody takes out
// lives from one collection to the end of the next. Here there is no collector, but its clock: every two minutes at
// least (Go's longest time between collections) the runtime stops the world for a moment, and the objects that have
// been in the pool for a whole period are then destroyed by a goroutine of the runtime. Their destructors must not
// throw.
//
// Get and Put are called on a goroutine's stack, by any number of goroutines. The pool owns what is in it and destroys
// it at its own end, when nobody may use it any more.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

namespace gort::sync {

namespace internal {

struct poolLocals;

// Pool for objects of any type.
class PoolBase {
 public:
  explicit PoolBase(void (*destroy)(void*)) : destroy_(destroy) {}
  ~PoolBase();
  PoolBase(const PoolBase&) = delete;
  PoolBase& operator=(const PoolBase&) = delete;

  void* get();         // nullptr: there is none
  void put(void* x);   // not null

  // The two halves of emptying all pools: with the world stopped; then, running, on a goroutine.
  static void cleanup();
  static void destroyDropped();

 private:
  class Pinned;
  void* getSlow(int pid);
  void unlink();

  void (*destroy_)(void*);
  std::atomic<poolLocals*> local_{nullptr};  // a poolLocal for each P; written under allPoolsMu by a pinned goroutine
  poolLocals* victim_ = nullptr;             // local_ before the last cleanup
  std::atomic<bool> victimEmpty_{true};      // nothing is left in it
  poolLocals* outgrown_ = nullptr;           // local_ before GOMAXPROCS changed; their objects are lost, not leaked
  PoolBase* next_ = nullptr;                 // on allPools
  PoolBase* prev_ = nullptr;
  bool linked_ = false;
};

}  // namespace internal

template <class T>
class Pool {
 public:
  Pool() = default;
  // newObject makes what Get returns when the pool has nothing; it may be changed (New) while nobody uses the pool.
  explicit Pool(std::function<std::unique_ptr<T>()> newObject) : New(std::move(newObject)) {}

  // An object that was Put, or what New returns, or null if there is no New. Throws what New throws.
  std::unique_ptr<T> Get() {
    if (void* x = base_.get()) return std::unique_ptr<T>(static_cast<T*>(x));
    return New ? New() : nullptr;
  }

  // Gives x to the pool; null is ignored. Throws std::bad_alloc, and x is destroyed then.
  void Put(std::unique_ptr<T> x) {
    if (x == nullptr) return;
    base_.put(x.get());
    static_cast<void>(x.release());
  }

  std::function<std::unique_ptr<T>()> New;

 private:
  internal::PoolBase base_{[](void* x) { delete static_cast<T*>(x); }};
};

}  // namespace gort::sync
