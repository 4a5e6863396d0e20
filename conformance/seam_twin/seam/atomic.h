// The shared words of the scheduler once more, written with the standard library: what conformance/seam_test.cc holds
// the live world's seam/atomic.h against. Operation for operation the same orders, std::atomic_ref in the place of the
// compiler's builtins. Nothing is linked from this.
#pragma once

#include <atomic>

#include "runtime/internal/fixed_string.h"
#include "runtime/internal/goarch.h"

namespace runtime {

inline bool onlyP();

namespace twin {

inline constexpr auto seqCst = std::memory_order_seq_cst;
inline constexpr auto acquire = std::memory_order_acquire;
inline constexpr auto release = std::memory_order_release;
inline constexpr auto relaxed = std::memory_order_relaxed;

template <class T>
std::atomic_ref<T> ref(const T& word) {
  return std::atomic_ref<T>(const_cast<T&>(word));
}

}  // namespace twin

namespace atomic {

template <class T, class Delta>
struct integer {
  T value = 0;

  integer() = default;
  integer(const integer&) = delete;
  integer& operator=(const integer&) = delete;

  T Load() const { return twin::ref(value).load(twin::seqCst); }
  T LoadAcquire() const { return twin::ref(value).load(twin::acquire); }
  void Store(T v) { twin::ref(value).store(v, twin::seqCst); }
  void StoreRelease(T v) { twin::ref(value).store(v, twin::release); }
  T Add(Delta d) { return static_cast<T>(twin::ref(value).fetch_add(static_cast<T>(d)) + static_cast<T>(d)); }
  T Swap(T v) { return twin::ref(value).exchange(v); }
  bool CompareAndSwap(T old, T v) { return twin::ref(value).compare_exchange_strong(old, v); }
  bool CompareAndSwapOwned(T old, T v) {
    if (twin::ref(value).load(twin::relaxed) != old) return false;
    StoreRelease(v);
    return true;
  }
  bool CompareAndSwapRelease(T old, T v) {
    return twin::ref(value).compare_exchange_strong(old, v, twin::release, twin::relaxed);
  }
  void And(T v) { twin::ref(value).fetch_and(v); }
  void Or(T v) { twin::ref(value).fetch_or(v); }
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

  T* Load() const { return twin::ref(value).load(); }
  void Store(T* v) { twin::ref(value).store(v); }
  T* Swap(T* v) { return twin::ref(value).exchange(v); }
  bool CompareAndSwap(T* old, T* v) { return twin::ref(value).compare_exchange_strong(old, v); }
};

}  // namespace atomic

// What Go writes by plain assignments: a release store. The live world's list of them is part of what is compared.
template <fixed_string Tag>
inline constexpr bool plainlyWritten = Tag.view() == "m.curg" || Tag.view() == "p.m" || Tag.view() == "sched.pidle" ||
                                       Tag.view() == "sched.freem" || Tag.view() == "gomaxprocs";

// And with one P its queue needs no atomic operation.
template <fixed_string Tag>
inline constexpr bool onlyPsContend = Tag.view() == "p.runnext" || Tag.view() == "p.runqhead";

template <class T, fixed_string Tag = "">
struct racy {
  T value{};

  racy() = default;
  racy(const racy&) = delete;
  racy& operator=(const racy&) = delete;

  T Load() const { return twin::ref(value).load(twin::seqCst); }
  T LoadAcq() const { return twin::ref(value).load(twin::acquire); }
  void Store(T v) { twin::ref(value).store(v, plainlyWritten<Tag> ? twin::release : twin::seqCst); }
  void StoreRel(T v) { twin::ref(value).store(v, twin::release); }
  bool Cas(T old, T v) {
    if constexpr (onlyPsContend<Tag>) {
      if (onlyP()) return plainCas(old, v);
    }
    return twin::ref(value).compare_exchange_strong(old, v);
  }
  bool CasRel(T old, T v) {
    if constexpr (onlyPsContend<Tag>) {
      if (onlyP()) return plainCas(old, v);
    }
    return twin::ref(value).compare_exchange_strong(old, v, twin::release, twin::relaxed);
  }
  T Add(T d) {
    T now = static_cast<T>(twin::ref(value).load(twin::relaxed) + d);
    twin::ref(value).store(now, twin::release);
    return now;
  }
  T plain() const { return twin::ref(value).load(twin::relaxed); }
  void plainStore(T v) { twin::ref(value).store(v, twin::relaxed); }

 private:
  bool plainCas(T old, T v) {
    if (plain() != old) return false;
    StoreRel(v);
    return true;
  }
};

}  // namespace runtime
