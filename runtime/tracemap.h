// A table from bytes to numbers that only grows, for stacks and strings: Go's tracemap.go.
#pragma once

#include "runtime/traceregion.h"

namespace runtime {

// A node of a trie over the bits of the hash, four children each, filled from the top. Once it can be seen it does not
// change, except that children come to it. Keys whose hashes are equal end up in a list of first children.
struct traceMapNode {
  atomic::Pointer<traceMapNode> children[4];
  uint64 hash;
  uint64 id;
  const uint8* data;
  uintptr len;
};

// Without locks, but for the memory of new entries. reset only when nobody else is there.
struct traceMap {
  atomic::Pointer<traceMapNode> root;
  alignas(64) atomic::Uint64<> seq;
  alignas(64) traceRegionAlloc mem;

  struct found {
    uint64 id;   // 0: data is empty
    bool added;  // it was not there
  };
  found put(const void* data, uintptr size);
  uint64 stealID() { return seq.Add(1); }  // a number for what is not in the table
  void reset();

 private:
  traceMapNode* newTraceMapNode(const void* data, uintptr size, uint64 hash, uint64 id);
};

}  // namespace runtime
