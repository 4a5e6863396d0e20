// Map: a map for many goroutines at once. Mirrors Go's sync.Map, with types.
//
//   gort::sync::Map<std::string, int> m;
//   m.Store("a", 1);
//   if (std::optional<int> v = m.Load("a")) ...
//
// For keys that are written once and read often, or goroutines that use different keys; else a std::unordered_map under
// a Mutex is simpler. K needs a hash and ==, both can be given; K and V are copied. Whatever K's hash and ==, V's ==
// and their copies throw comes out of the call, and leaves the map as it was. Every function is called on a goroutine's
// stack, none waits but for others that change keys nearby. What a write stored is seen, with all that was done before
// it, by whoever loads it.
#pragma once

#include "sync/hashtriemap.h"

namespace gort::sync {

template <class K, class V, class Hash = std::hash<K>, class Equal = std::equal_to<K>>
using Map = HashTrieMap<K, V, Hash, Equal>;

}  // namespace gort::sync
