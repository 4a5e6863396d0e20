// Shared words of the scheduler in the guided world: plain words. One thread runs everything, and leaves an M only
// where the M waits for its next event in the trace, so no access needs watching but the few that the guide answers
// itself. Sizes and alignments are Go's.
#pragma once

#include "runtime/internal/fixed_string.h"
#include "runtime/internal/goarch.h"
#include "worlds/facts/hooks.h"

namespace guided {

// sched.gcwaiting is read: the first thing that an M looks at when it looks for work, so this is where it waits until
// the trace says what it found. The answer.
bool gcwaitingIsRead(bool v);
// sched.nmspinning went down. If that was an M that has just given its P up, it looks once more, and waits here before.
void spinningWentDown();
// sched.lastpoll is read: 0 if somebody polls. The answer.
runtime::int64 lastpollIsRead(runtime::int64 v);
// A P's ring has one more, in front of place `tail`.
void ringGrew(void* tailField, runtime::uint32 tail);
// An M has another goroutine: old, which has left its stack, before, and gp, which will be entered, from now on.
void curgChanges(runtime::g* old, runtime::g* gp);
// The global queue, which was empty, has something.
void globalQueueFilled();

}  // namespace guided

namespace runtime {

namespace atomic {

template <class T, class Delta>
struct integer {
  T value = 0;

  integer() = default;
  integer(const integer&) = delete;
  integer& operator=(const integer&) = delete;

  T Load() const { return value; }
  T LoadAcquire() const { return value; }
  void Store(T v) { value = v; }
  void StoreRelease(T v) { value = v; }
  T Add(Delta d) { return value += static_cast<T>(d); }
  T Swap(T v) {
    T old = value;
    value = v;
    return old;
  }
  bool CompareAndSwap(T old, T v) {
    if (value != old) return false;
    value = v;
    return true;
  }
  bool CompareAndSwapRelease(T old, T v) { return CompareAndSwap(old, v); }
  bool CompareAndSwapOwned(T old, T v) { return CompareAndSwap(old, v); }
  void And(T v) { value &= v; }
  void Or(T v) { value |= v; }
};

template <fixed_string Tag = "">
struct Int32 : integer<int32, int32> {
  int32 Add(int32 d) {
    int32 now = integer::Add(d);
    facts::changed<Tag>(this, now - d, now);
    if constexpr (Tag.view() == "sched.nmspinning") {
      if (d < 0) guided::spinningWentDown();
    }
    return now;
  }
  bool CompareAndSwap(int32 old, int32 v) {
    bool won = integer::CompareAndSwap(old, v);
    if (won) facts::changed<Tag>(this, old, v);
    return won;
  }
};
template <fixed_string Tag = "">
struct Uint32 : integer<uint32, int32> {
  bool CompareAndSwap(uint32 old, uint32 v) {
    bool won = integer::CompareAndSwap(old, v);
    if (won) facts::changed<Tag>(this, old, v);
    return won;
  }
  bool CompareAndSwapOwned(uint32 old, uint32 v) { return CompareAndSwap(old, v); }
};
template <fixed_string Tag = "">
struct Int64 : integer<int64, int64> {
  int64 Load() const {
    if constexpr (Tag.view() == "sched.lastpoll") return guided::lastpollIsRead(value);
    return value;
  }
  void Store(int64 v) { Swap(v); }
  int64 Swap(int64 v) {
    int64 old = integer::Swap(v);
    facts::changed<Tag>(this, old, v);
    return old;
  }
};
template <fixed_string Tag = "">
struct Uint64 : integer<uint64, int64> {};
template <fixed_string Tag = "">
struct Uint8 : integer<uint8, int32> {};
template <fixed_string Tag = "">
struct Uintptr : integer<uintptr, uintptr> {};

template <fixed_string Tag = "">
struct Bool {
  Uint8<> u;

  bool Load() const {
    if constexpr (Tag.view() == "sched.gcwaiting") return guided::gcwaitingIsRead(u.Load() != 0);
    return u.Load() != 0;
  }
  void Store(bool v) {
    u.Store(v);
    facts::changed<Tag>(this, !v, v);
  }
};

template <class T, fixed_string Tag = "">
struct Pointer {
  T* value = nullptr;

  Pointer() = default;
  Pointer(const Pointer&) = delete;
  Pointer& operator=(const Pointer&) = delete;

  T* Load() const { return value; }
  void Store(T* v) { value = v; }
  T* Swap(T* v) {
    T* old = value;
    value = v;
    return old;
  }
  bool CompareAndSwap(T* old, T* v) {
    if (value != old) return false;
    value = v;
    return true;
  }
};

}  // namespace atomic

template <class T, fixed_string Tag = "">
struct racy {
  T value{};

  racy() = default;
  racy(const racy&) = delete;
  racy& operator=(const racy&) = delete;

  T Load() const { return value; }
  T LoadAcq() const { return value; }
  void Store(T v) {
    T old = value;
    if constexpr (Tag.view() == "m.curg") guided::curgChanges(old, v);
    value = v;
    facts::changed<Tag>(this, old, v);
  }
  void StoreRel(T v) {
    Store(v);
    if constexpr (Tag.view() == "p.runqtail") guided::ringGrew(this, v);
  }
  bool Cas(T old, T v) {
    if (value != old) return false;
    value = v;
    facts::changed<Tag>(this, old, v);
    return true;
  }
  bool CasRel(T old, T v) { return Cas(old, v); }
  T Add(T d) {
    T old = value;
    value = static_cast<T>(value + d);
    facts::changed<Tag>(this, old, value);
    if constexpr (Tag.view() == "sched.runqsize") {
      if (value == d) guided::globalQueueFilled();
    }
    return value;
  }
  T plain() const { return value; }
  void plainStore(T v) { value = v; }
};

}  // namespace runtime
