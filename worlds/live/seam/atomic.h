// Shared words of the scheduler in the live world: thin dress over the compiler's atomic
// builtins, one instruction (or one LL/SC loop) an operation, nothing recorded.
//
// The tag names the field for the worlds that watch it; here it costs nothing. Every type
// has the size and alignment of its Go counterpart and starts as zero.
//
// Memory orders. Go's atomics are sequentially consistent, and the scheduler leans on
// that: whoever publishes work stores it and then reads the idle counts, whoever goes idle
// stores the counts and then looks for work, and at least one of them must see the other.
// So Load and Store are seq_cst and every read-modify-write is as well. The exceptions
// carry their order in the name:
//   LoadAcquire, LoadAcq   acquire, pairs with the StoreRelease/StoreRel/CasRel of the same
//                          word by its owner (a P's run queue: tail by the owner, head by
//                          the thieves).
//   StoreRelease, StoreRel release. Also the store for what Go writes plainly: on amd64 it
//                          is a plain mov.
//   CompareAndSwapOwned    the caller alone may change the word from old (a g's status: casgstatus says
//                          why), so a comparison and a release store. What it publishes is published by
//                          what follows: a lock's release, a queue's Cas. It is no fence.
//   CasRel                 release on success, pairs with LoadAcq.
//   plain, plainStore      relaxed: the caller owns the word, holds its lock, or has
//                          stopped the world.
#pragma once

#include "runtime/internal/fixed_string.h"
#include "runtime/internal/goarch.h"

namespace runtime {

inline bool onlyP();  // seam/inline.h

namespace atomic {

// A shared integer. Add, Swap, And and Or as Go's types of the same width have them.
template <class T, class Delta>
struct integer {
  T value = 0;

  integer() = default;
  integer(const integer&) = delete;
  integer& operator=(const integer&) = delete;

  T Load() const { return __atomic_load_n(&value, __ATOMIC_SEQ_CST); }
  T LoadAcquire() const { return __atomic_load_n(&value, __ATOMIC_ACQUIRE); }
  void Store(T v) { __atomic_store_n(&value, v, __ATOMIC_SEQ_CST); }
  void StoreRelease(T v) { __atomic_store_n(&value, v, __ATOMIC_RELEASE); }
  // Add gives the new value.
  T Add(Delta d) { return __atomic_add_fetch(&value, static_cast<T>(d), __ATOMIC_SEQ_CST); }
  // Swap gives the old value.
  T Swap(T v) { return __atomic_exchange_n(&value, v, __ATOMIC_SEQ_CST); }
  bool CompareAndSwap(T old, T v) {
    return __atomic_compare_exchange_n(&value, &old, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  }
  bool CompareAndSwapOwned(T old, T v) {
    if (__atomic_load_n(&value, __ATOMIC_RELAXED) != old) return false;
    StoreRelease(v);
    return true;
  }
  bool CompareAndSwapRelease(T old, T v) {
    return __atomic_compare_exchange_n(&value, &old, v, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
  }
  void And(T v) { __atomic_fetch_and(&value, v, __ATOMIC_SEQ_CST); }
  void Or(T v) { __atomic_fetch_or(&value, v, __ATOMIC_SEQ_CST); }
};

template <fixed_string Tag = "">
struct Int32 : integer<int32, int32> {};
template <fixed_string Tag = "">
struct Uint32 : integer<uint32, int32> {};
template <fixed_string Tag = "">
struct Int64 : integer<int64, int64> {};
template <fixed_string Tag = "">
struct Uint64 : integer<uint64, int64> {};
template <fixed_string Tag = "">
struct Uint8 : integer<uint8, int32> {};
template <fixed_string Tag = "">
struct Uintptr : integer<uintptr, uintptr> {};

template <fixed_string Tag = "">
struct Bool {
  Uint8<> u;

  bool Load() const { return u.Load() != 0; }
  void Store(bool v) { u.Store(v); }
};

template <class T, fixed_string Tag = "">
struct Pointer {
  T* value = nullptr;

  Pointer() = default;
  Pointer(const Pointer&) = delete;
  Pointer& operator=(const Pointer&) = delete;

  T* Load() const { return __atomic_load_n(&value, __ATOMIC_SEQ_CST); }
  void Store(T* v) { __atomic_store_n(&value, v, __ATOMIC_SEQ_CST); }
  T* Swap(T* v) { return __atomic_exchange_n(&value, v, __ATOMIC_SEQ_CST); }
  bool CompareAndSwap(T* old, T* v) {
    return __atomic_compare_exchange_n(&value, &old, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  }
};

}  // namespace atomic

// Fields that Go writes by plain assignments, so that a release store does: one thread at a time writes them (the M
// that they belong to, or whoever holds sched.lock), and those that peek act on an old value as on a new one. What of
// the other fields is written by atomic.Store in Go is sequentially consistent here as well.
template <fixed_string Tag>
inline constexpr bool plainlyWritten = Tag.view() == "m.curg" || Tag.view() == "p.m" || Tag.view() == "sched.pidle" ||
                                       Tag.view() == "sched.freem" || Tag.view() == "gomaxprocs";

// A P's queue: Cas by its owner and by thieves. With one P in the program there are no thieves, for who steals holds
// another P, and the owner's Cas is a comparison and a store. The P passes from thread to thread by atomic operations
// of other words; how many there are changes while the world is stopped.
template <fixed_string Tag>
inline constexpr bool onlyPsContend = Tag.view() == "p.runnext" || Tag.view() == "p.runqhead";

// racy is a field that Go declares as a plain word and yet reads and writes from several
// threads, plainly or by the atomic package's functions. T is an integer, a pointer, or a
// guintptr, puintptr or muintptr.
template <class T, fixed_string Tag = "">
struct racy {
  T value{};

  racy() = default;
  racy(const racy&) = delete;
  racy& operator=(const racy&) = delete;

  T Load() const { return load<__ATOMIC_SEQ_CST>(); }
  T LoadAcq() const { return load<__ATOMIC_ACQUIRE>(); }
  void Store(T v) { __atomic_store(&value, &v, plainlyWritten<Tag> ? __ATOMIC_RELEASE : __ATOMIC_SEQ_CST); }
  void StoreRel(T v) { __atomic_store(&value, &v, __ATOMIC_RELEASE); }
  bool Cas(T old, T v) {
    if constexpr (onlyPsContend<Tag>) {
      if (onlyP()) return plainCas(old, v);
    }
    return __atomic_compare_exchange(&value, &old, &v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  }
  bool CasRel(T old, T v) {
    if constexpr (onlyPsContend<Tag>) {
      if (onlyP()) return plainCas(old, v);
    }
    return __atomic_compare_exchange(&value, &old, &v, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
  }
  // Add gives the new value; for integers only. Go's ++ and += on a plain word: one thread at a time writes it, others
  // peek.
  T Add(T d) {
    T now = static_cast<T>(plain() + d);
    __atomic_store(&value, &now, __ATOMIC_RELEASE);
    return now;
  }

  // Accesses that no world watches: see the head of this file for who may use them.
  T plain() const { return load<__ATOMIC_RELAXED>(); }
  void plainStore(T v) { __atomic_store(&value, &v, __ATOMIC_RELAXED); }

 private:
  bool plainCas(T old, T v) {
    if (plain() != old) return false;
    StoreRel(v);
    return true;
  }
  template <int Order>
  T load() const {
    T v;
    __atomic_load(&value, &v, Order);
    return v;
  }
};

}  // namespace runtime
