// Shared words of the scheduler in the explored world: plain words, for one thread runs everything; and in front of
// each access to a named one a point, at which another M may go first. Sequentially consistent, or with store buffers:
// point.h. Sizes and alignments are Go's.
#pragma once

#include "runtime/internal/fixed_string.h"
#include "runtime/internal/goarch.h"
#include "worlds/explore/point.h"

namespace runtime {

namespace atomic {

template <class T, class Delta, fixed_string Tag>
struct integer {
  T value = 0;

  integer() = default;
  integer(const integer&) = delete;
  integer& operator=(const integer&) = delete;

  T Load() const {
    explore::reads<Tag>(this);
    return explore::seen<Tag>(value);
  }
  T LoadAcquire() const { return Load(); }
  void Store(T v) {
    explore::writes<Tag>(this);
    value = v;
  }
  void StoreRelease(T v) {
    if (!explore::buffered<Tag>(&value, v)) Store(v);
  }
  T Add(Delta d) {
    explore::writes<Tag>(this);
    return value += static_cast<T>(d);
  }
  T Swap(T v) {
    explore::writes<Tag>(this);
    T old = value;
    value = v;
    return old;
  }
  bool CompareAndSwap(T old, T v) {
    explore::writes<Tag>(this);
    if (value != old) return false;
    value = v;
    return true;
  }
  bool CompareAndSwapRelease(T old, T v) { return CompareAndSwap(old, v); }
  bool CompareAndSwapOwned(T old, T v) {
    if (!explore::buffers) return CompareAndSwap(old, v);
    // As in the live world: a comparison and a release.
    if (Load() != old) return false;
    StoreRelease(v);
    return true;
  }
  void And(T v) {
    explore::writes<Tag>(this);
    value &= v;
  }
  void Or(T v) {
    explore::writes<Tag>(this);
    value |= v;
  }
};

template <fixed_string Tag = "">
struct Int32 : integer<int32, int32, Tag> {};
template <fixed_string Tag = "">
struct Uint32 : integer<uint32, int32, Tag> {};
template <fixed_string Tag = "">
struct Int64 : integer<int64, int64, Tag> {};
template <fixed_string Tag = "">
struct Uint64 : integer<uint64, int64, Tag> {};
template <fixed_string Tag = "">
struct Uint8 : integer<uint8, int32, Tag> {};
template <fixed_string Tag = "">
struct Uintptr : integer<uintptr, uintptr, Tag> {};

template <fixed_string Tag = "">
struct Bool {
  Uint8<Tag> u;

  bool Load() const { return u.Load() != 0; }
  void Store(bool v) { u.Store(v); }
};

template <class T, fixed_string Tag = "">
struct Pointer {
  T* value = nullptr;

  Pointer() = default;
  Pointer(const Pointer&) = delete;
  Pointer& operator=(const Pointer&) = delete;

  T* Load() const {
    explore::reads<Tag>(this);
    return value;
  }
  void Store(T* v) {
    explore::writes<Tag>(this);
    value = v;
  }
  T* Swap(T* v) {
    explore::writes<Tag>(this);
    T* old = value;
    value = v;
    return old;
  }
  bool CompareAndSwap(T* old, T* v) {
    explore::writes<Tag>(this);
    if (value != old) return false;
    value = v;
    return true;
  }
};

}  // namespace atomic

// racy is a field that Go declares as a plain word and yet reads and writes from several threads. plain and plainStore
// are accesses that no world observes: by the only owner, under the field's lock, with the world stopped.
template <class T, fixed_string Tag = "">
struct racy {
  T value{};

  racy() = default;
  racy(const racy&) = delete;
  racy& operator=(const racy&) = delete;

  T Load() const {
    explore::reads<Tag>(this);
    return explore::seen<Tag>(value);
  }
  T LoadAcq() const { return Load(); }
  void Store(T v) {
    explore::writes<Tag>(this);
    value = v;
  }
  void StoreRel(T v) {
    if (!explore::buffered<Tag>(&value, v)) Store(v);
  }
  bool Cas(T old, T v) {
    explore::writes<Tag>(this);
    if (value != old) return false;
    value = v;
    return true;
  }
  bool CasRel(T old, T v) { return Cas(old, v); }
  // Not atomic in Go: one thread at a time writes it.
  T Add(T d) {
    explore::writes<Tag>(this);
    return value = static_cast<T>(value + d);
  }

  T plain() const { return explore::seen<Tag>(value); }
  void plainStore(T v) {
    if (!explore::buffered<Tag>(&value, v)) value = v;
  }
};

}  // namespace runtime
