// Types as the runtime sees them: what a channel must know of its elements. Go's type.go has much more, for the
// collector and for reflection; C++ needs what a compiler knows and a channel does not.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "runtime/internal/goarch.h"

namespace runtime {

// _type describes a C++ type. move and destroy are called with a channel's lock held: they must not call the runtime.
struct _type {
  uintptr Size_;   // bytes; 0 for a type without content
  uintptr Align_;  // a power of two
  // move constructs *to, which is raw memory, from *from, which stays an object that somebody destroys; destroy ends
  // an object. Both are nullptr for a type whose copies are made byte by byte and whose end needs nothing.
  void (*move)(void* to, void* from) noexcept;
  void (*destroy)(void* obj) noexcept;
};

// typeOf<T> is the one _type of T.
template <class T>
inline constexpr _type typeOf = [] {
  if constexpr (std::is_trivially_copyable_v<T>) {
    return _type{std::is_empty_v<T> ? 0 : sizeof(T), alignof(T), nullptr, nullptr};
  } else {
    return _type{sizeof(T), alignof(T),
                 [](void* to, void* from) noexcept { ::new (to) T(std::move(*static_cast<T*>(from))); },
                 [](void* obj) noexcept { static_cast<T*>(obj)->~T(); }};
  }
}();

}  // namespace runtime
