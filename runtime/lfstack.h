// A stack without locks: any thread may push and pop at any time, in a signal handler too.
//
// It is intrusive: whoever uses it derives the elements from lfnode, or has an lfnode first. A node that was ever
// pushed must stay mapped for good, for a pop that lost its race may still read its next.
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

struct lfnode {
  uint64 next = 0;      // packed like the head
  uintptr pushcnt = 0;  // how often it was pushed
};

static_assert(sizeof(lfnode) == 16);

// The head: the address of the top node and its pushcnt in one word. 0 is empty.
struct lfstack {
  uint64 value = 0;

  void push(lfnode* node);
  lfnode* pop();  // nullptr: empty
  bool empty() const;
};

static_assert(sizeof(lfstack) == 8);

// Throws if the stack could not hold node's address. For whoever makes nodes.
void lfnodeValidate(lfnode* node);
uint64 lfstackPack(const lfnode* node, uintptr cnt);
lfnode* lfstackUnpack(uint64 val);

}  // namespace runtime
