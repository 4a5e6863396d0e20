// Locker: anything with Lock and Unlock, as Go's interface sync.Locker; and its C++ spelling.
#pragma once

namespace gort::sync {

// A Locker points at a lock and owns nothing: the lock must outlive it. Copies point at the same lock.
class Locker {
 public:
  // For any type with Lock() and Unlock().
  template <class L>
    requires requires(L& l) {
      l.Lock();
      l.Unlock();
    }
  explicit Locker(L* l)
      : lock_(l),
        doLock_([](void* p) { static_cast<L*>(p)->Lock(); }),
        doUnlock_([](void* p) { static_cast<L*>(p)->Unlock(); }) {}

  // For a lock whose verbs have other names.
  Locker(void* l, void (*lock)(void*), void (*unlock)(void*)) : lock_(l), doLock_(lock), doUnlock_(unlock) {}

  void Lock() { doLock_(lock_); }
  void Unlock() { doUnlock_(lock_); }
  void lock() { Lock(); }
  void unlock() { Unlock(); }

 private:
  void* lock_;
  void (*doLock_)(void*);
  void (*doUnlock_)(void*);
};

}  // namespace gort::sync
