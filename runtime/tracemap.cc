// A table without locks: Go's tracemap.go.
#include "runtime/tracemap.h"

#include <cstring>

#include "runtime/stubs.h"

namespace runtime {

// Go's memhash: the upper bits count.
static uint64 memhash(const void* data, uintptr size) {
  constexpr uint64 k = 0x9e3779b97f4a7c15;
  const uint8* p = static_cast<const uint8*>(data);
  uint64 h = size * k;
  auto mix = [&](uint64 w) {
    h = (h ^ w) * k;
    h ^= h >> 32;
  };
  for (; size >= 8; p += 8, size -= 8) {
    uint64 w;
    std::memcpy(&w, p, 8);
    mix(w);
  }
  uint64 rest = 0;
  std::memcpy(&rest, p, size);
  mix(rest);
  return h * k;
}

traceMap::found traceMap::put(const void* data, uintptr size) {
  if (size == 0) return {0, false};
  const uint64 hash = memhash(data, size);
  traceMapNode* newNode = nullptr;
  atomic::Pointer<traceMapNode>* at = &root;
  for (uint64 bits = hash;; bits <<= 2) {
    traceMapNode* n = at->Load();
    if (n == nullptr) {
      // Of two threads that add the same one loses, and leaves its node unused.
      if (newNode == nullptr) newNode = newTraceMapNode(data, size, hash, seq.Add(1));
      if (at->CompareAndSwap(nullptr, newNode)) return {newNode->id, true};
      n = at->Load();
    }
    if (n->hash == hash && n->len == size && std::memcmp(n->data, data, size) == 0) return {n->id, false};
    at = &n->children[bits >> 62];
  }
}

traceMapNode* traceMap::newTraceMapNode(const void* data, uintptr size, uint64 hash, uint64 id) {
  traceMapNode* node = nullptr;
  systemstack([&] {
    node = static_cast<traceMapNode*>(mem.alloc(sizeof(traceMapNode)));
    auto* copy = static_cast<uint8*>(mem.alloc(size));
    std::memcpy(copy, data, size);
    node->hash = hash;
    node->id = id;
    node->data = copy;
    node->len = size;
  });
  return node;
}

void traceMap::reset() {
  root.Store(nullptr);
  seq.Store(0);
  mem.drop();
}

}  // namespace runtime
