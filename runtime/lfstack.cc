// lfstack.cc mirrors lfstack.go.
//
// A pop reads the head, then the head's next, then swaps the one for the other. If in between the node was popped,
// another pushed, and the first pushed again, the address is the same but its next is not: so the head carries the
// count of the node's pushes as well, and the swap fails. 19 bits of it fit, which is enough for a thread that was kept
// away between two instructions.
#include "runtime/lfstack.h"

#include "runtime/seam.h"
#include "runtime/tagptr_64bit.h"

namespace runtime {

void lfstack::push(lfnode* node) {
  node->pushcnt++;
  uint64 packed = lfstackPack(node, node->pushcnt);
  if (lfnode* node1 = lfstackUnpack(packed); node1 != node) {
    print("runtime: lfstack.push invalid packing: node=", static_cast<void*>(node), " cnt=", hex(node->pushcnt),
          " packed=", hex(packed), " -> node=", static_cast<void*>(node1), "\n");
    throw_("lfstack.push");
  }
  uint64 old = __atomic_load_n(&value, __ATOMIC_SEQ_CST);
  do {
    // Relaxed on its own: the swap publishes it.
    __atomic_store_n(&node->next, old, __ATOMIC_RELAXED);
  } while (!__atomic_compare_exchange_n(&value, &old, packed, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
}

lfnode* lfstack::pop() {
  uint64 old = __atomic_load_n(&value, __ATOMIC_SEQ_CST);
  for (;;) {
    if (old == 0) return nullptr;
    lfnode* node = lfstackUnpack(old);
    // The node may be somebody else's by now; then what is read is garbage, and the swap fails.
    uint64 next = __atomic_load_n(&node->next, __ATOMIC_SEQ_CST);
    if (__atomic_compare_exchange_n(&value, &old, next, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return node;
  }
}

bool lfstack::empty() const { return __atomic_load_n(&value, __ATOMIC_SEQ_CST) == 0; }

void lfnodeValidate(lfnode* node) {
  if (lfstackUnpack(lfstackPack(node, ~uintptr{0})) != node) {
    print("runtime: bad lfnode address ", hex(reinterpret_cast<uintptr>(node)), "\n");
    throw_("bad lfnode address");
  }
}

uint64 lfstackPack(const lfnode* node, uintptr cnt) { return taggedPointerPack(node, cnt).value; }

lfnode* lfstackUnpack(uint64 val) { return static_cast<lfnode*>(taggedPointer{val}.pointer()); }

}  // namespace runtime
