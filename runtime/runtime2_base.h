// The small types of runtime2.go that the structs of every other file are made of. Apart
// from runtime2.h only so that chan.h, time.h and the rest can hold them by value, and
// runtime2.h can in turn hold theirs.
#pragma once

#include <type_traits>

#include "runtime/internal/goarch.h"
#include "runtime/lockrank.h"
#include "runtime/lockrank_off.h"
#include "runtime/note_other.h"

namespace runtime {

struct g;
struct m;
struct p;
struct sudog;
struct hchan;
struct timer;
struct timers;
struct coro;
struct synctestGroup;
struct _panic;
struct _defer;
struct mcache;
struct mspan;
struct pinner;
struct cgoCallers;
struct workbuf;
struct traceBuf;
struct notInHeap;
struct _type;
struct itab;

// mutex excludes threads, not goroutines: whoever holds one must not park. Zero is unlocked.
struct mutex {
  runtime::lockRankStruct lockRankStruct;
  uintptr key = 0;  // lock_spinbit: state bits below, the M on top of the waiters above
};

static_assert(sizeof(mutex) == 8);

// funcval is what a Go func value points to: the code, then whatever the function captured.
// Where only top-level functions are ever stored, the port's fields are C++ function
// pointers, which are as wide.
struct funcval {
  uintptr fn = 0;
};

static_assert(sizeof(funcval) == 8);

// iface is a non-empty interface value, eface an empty one (Go's any).
struct iface {
  itab* tab = nullptr;
  void* data = nullptr;
};
struct eface {
  runtime::_type* _type = nullptr;
  void* data = nullptr;
};

static_assert(sizeof(eface) == 16);

// guintptr, puintptr and muintptr are pointers that Go's collector does not follow. Here
// they are pointers with Go's three verbs, so that the port reads like Go:
// ptr(), set(), and a comparison with 0 or with each other.
template <class T>
struct uintptrTo {
  uintptr value = 0;

  constexpr uintptrTo() = default;
  constexpr uintptrTo(uintptr v) : value(v) {}
  template <class P>
    requires std::is_same_v<P, T*>
  explicit uintptrTo(P v) : value(reinterpret_cast<uintptr>(v)) {}

  T* ptr() const { return reinterpret_cast<T*>(value); }
  void set(T* v) { value = reinterpret_cast<uintptr>(v); }
  // Sequentially consistent, as Go's; for words that are otherwise read and written plainly.
  bool cas(uintptrTo old, uintptrTo v) {
    return __atomic_compare_exchange_n(&value, &old.value, v.value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  }
  friend constexpr bool operator==(uintptrTo, uintptrTo) = default;
};

using guintptr = uintptrTo<g>;
using puintptr = uintptrTo<p>;
using muintptr = uintptrTo<m>;

static_assert(sizeof(guintptr) == 8 && std::is_trivially_copyable_v<guintptr>);

// stack is the range [lo, hi) of a goroutine's stack. Nothing is kept below or above it.
struct stack {
  uintptr lo = 0;
  uintptr hi = 0;
};

static_assert(sizeof(stack) == 16);

}  // namespace runtime
