// Shared words of the scheduler in the lockstep world: plain words, since one thread runs everything. Each access of
// a named field waits for its turn in the log, is made, and is compared: operation, object, operands and result.
//
// A field with an empty tag is not observed. Sizes and alignments are Go's.
#pragma once

#include "runtime/internal/fixed_string.h"
#include "runtime/internal/goarch.h"
#include "worlds/facts/hooks.h"
#include "worlds/lockstep/world.h"

namespace runtime {
struct g;
struct m;
struct p;
template <class T>
struct uintptrTo;
}  // namespace runtime

namespace lockstep {

// The object that a field of g, m or p belongs to, as the log names it; seam/slog.h defines it for each tag.
template <runtime::fixed_string Field>
int64_t ownerOf(const void* field);

template <runtime::fixed_string Field>
inline constexpr bool hasOwner =
    Field.view().size() > 2 && Field.view()[1] == '.' &&
    (Field.view()[0] == 'g' || Field.view()[0] == 'm' || Field.view()[0] == 'p');

// The g whose goid this is changes its id: seam/slog.h has the body.
void renamed(void* goid, runtime::uint64 v);

// Somebody looks who runs on an M, to ask that to yield: seam/slog.h has the body.
void seesRunner(const void* curg, const runtime::g* gp);

// An M changes from one goroutine to another; either may be nullptr. Their stacks are looked after in stacks.cc.
void stackSwitch(runtime::g* old, runtime::g* gp);

// The log's name for a value.
inline int64_t wire(bool v) { return v; }
inline int64_t wire(runtime::uint8 v) { return v; }
inline int64_t wire(runtime::int32 v) { return v; }
inline int64_t wire(runtime::uint32 v) { return v; }
inline int64_t wire(runtime::int64 v) { return v; }
inline int64_t wire(runtime::uint64 v) { return static_cast<int64_t>(v); }
// Objects by id: seam/slog.h has the bodies, which need the structs.
int64_t wire(const runtime::g* gp);
int64_t wire(const runtime::p* pp);
int64_t wire(const runtime::m* mp);
template <class T>
int64_t wire(runtime::uintptrTo<T> v) {
  return wire(v.ptr());
}

template <runtime::fixed_string Field, runtime::fixed_string Op>
inline void begin() {
  await(KindOf<Field, Op>::kind);
}

template <runtime::fixed_string Field, runtime::fixed_string Op, class... V>
inline void end(const void* field, V... v) {
  if constexpr (hasOwner<Field>) {
    match(KindOf<Field, Op>::kind, ownerOf<Field>(field), wire(v)...);
  } else {
    match(KindOf<Field, Op>::kind, wire(v)...);
  }
}

}  // namespace lockstep

namespace runtime {

namespace atomic {

template <class T, class Delta, fixed_string Tag>
struct integer {
  T value = 0;

  integer() = default;
  integer(const integer&) = delete;
  integer& operator=(const integer&) = delete;

  T Load() const {
    if constexpr (!Tag.empty()) {
      lockstep::begin<Tag, ".Load">();
      // Written by the assembly of a thread's end, which is outside: the log's answer counts.
      if constexpr (Tag.view() == "m.freeWait") const_cast<integer*>(this)->value = static_cast<T>(lockstep::head.a[1]);
      T v = value;
      lockstep::end<Tag, ".Load">(this, v);
      return v;
    }
    return value;
  }
  T LoadAcquire() const { return Load(); }
  void Store(T v) {
    if constexpr (!Tag.empty()) lockstep::begin<Tag, ".Store">();
    const T old = value;
    value = v;
    if constexpr (!Tag.empty()) lockstep::end<Tag, ".Store">(this, v);
    facts::changed<Tag>(this, old, v);
  }
  void StoreRelease(T v) { Store(v); }
  T Add(Delta d) {
    if constexpr (!Tag.empty()) lockstep::begin<Tag, ".Add">();
    const T old = value;
    T now = value += static_cast<T>(d);
    if constexpr (!Tag.empty()) lockstep::end<Tag, ".Add">(this, d, now);
    facts::changed<Tag>(this, old, now);
    return now;
  }
  T Swap(T v) {
    if constexpr (!Tag.empty()) lockstep::begin<Tag, ".Swap">();
    T old = value;
    value = v;
    if constexpr (!Tag.empty()) lockstep::end<Tag, ".Swap">(this, v, old);
    facts::changed<Tag>(this, old, v);
    return old;
  }
  bool CompareAndSwap(T old, T v) {
    if constexpr (!Tag.empty()) lockstep::begin<Tag, ".Cas">();
    bool won = value == old;
    if (won) value = v;
    if constexpr (!Tag.empty()) lockstep::end<Tag, ".Cas">(this, old, v, won);
    if (won) facts::changed<Tag>(this, old, v);
    return won;
  }
  bool CompareAndSwapRelease(T old, T v) { return CompareAndSwap(old, v); }
  bool CompareAndSwapOwned(T old, T v) { return CompareAndSwap(old, v); }
  void And(T v) { value &= v; }
  void Or(T v) { value |= v; }
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
  Uint8<> u;

  bool Load() const {
    if constexpr (!Tag.empty()) lockstep::begin<Tag, ".Load">();
    bool v = u.Load() != 0;
    if constexpr (!Tag.empty()) lockstep::end<Tag, ".Load">(this, v);
    return v;
  }
  void Store(bool v) {
    if constexpr (!Tag.empty()) lockstep::begin<Tag, ".Store">();
    u.Store(v);
    if constexpr (!Tag.empty()) lockstep::end<Tag, ".Store">(this, v);
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

// racy is a field that Go declares as a plain word and yet reads and writes from several threads. plain and
// plainStore are accesses that no world observes: by the only owner, under the field's lock, with the world stopped.
template <class T, fixed_string Tag = "">
struct racy {
  T value{};

  racy() = default;
  racy(const racy&) = delete;
  racy& operator=(const racy&) = delete;

  T Load() const {
    if constexpr (!Tag.empty()) lockstep::begin<Tag, ".Load">();
    T v = value;
    if constexpr (Tag.view() == "m.curg") lockstep::seesRunner(this, v);
    if constexpr (!Tag.empty()) lockstep::end<Tag, ".Load">(this, v);
    return v;
  }
  T LoadAcq() const { return Load(); }
  void Store(T v) {
    if constexpr (!Tag.empty()) lockstep::begin<Tag, ".Store">();
    if constexpr (Tag.view() == "g.goid") {
      // The record calls the g by the id that it has until now.
      lockstep::compare(lockstep::KindOf<Tag, ".Store">::kind, lockstep::ownerOf<Tag>(this), lockstep::wire(v));
      lockstep::renamed(this, v);
      value = v;
      lockstep::advance();
      return;
    }
    if constexpr (Tag.view() == "m.curg") lockstep::stackSwitch(value, v);
    const T old = value;
    value = v;
    if constexpr (!Tag.empty()) lockstep::end<Tag, ".Store">(this, v);
    facts::changed<Tag>(this, old, v);
  }
  void StoreRel(T v) { Store(v); }
  bool Cas(T old, T v) {
    if constexpr (!Tag.empty()) lockstep::begin<Tag, ".Cas">();
    bool won = value == old;
    if (won) value = v;
    if constexpr (!Tag.empty()) lockstep::end<Tag, ".Cas">(this, old, v, won);
    if (won) facts::changed<Tag>(this, old, v);
    return won;
  }
  bool CasRel(T old, T v) { return Cas(old, v); }
  T Add(T d) {
    if constexpr (!Tag.empty()) lockstep::begin<Tag, ".Add">();
    const T old = value;
    value = static_cast<T>(value + d);
    if constexpr (!Tag.empty()) lockstep::end<Tag, ".Add">(this, d, value);
    facts::changed<Tag>(this, old, value);
    return value;
  }

  T plain() const { return value; }
  void plainStore(T v) { value = v; }
};

}  // namespace runtime
