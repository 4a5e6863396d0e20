// Walking stacks for the tracer, which wants the stack of most events.
//
// A walk as crash reports do it (libunwind) takes some microseconds, most of which are spent to find and interpret the
// call-frame information of each pc. But what it says is nearly always the same kind of thing: the caller's sp is so
// far from sp or the frame pointer, the return address lies right under it, and the frame pointer lies so far under it
// or has not changed. That fits into a word, and a program has few places that call something. So the word for each pc
// is kept in a table (a rule, cfi.h), and a step is a look into the table and two loads from the stack.
//
// The table is written by whoever misses in it, without locks: an entry's pc is claimed by a compare-and-swap, then its
// rule is stored. Whoever comes in between works the rule out as well. A full table forgets nothing and takes no more.
#include "runtime/traceunwind.h"

#include <dlfcn.h>

#include "runtime/cfi.h"
#include "runtime/preempt.h"
#include "runtime/seam.h"

namespace runtime {

namespace {

constexpr uintptr tableSize = 1 << 13;
constexpr uintptr probes = 8;

struct entry {
  atomic::Uintptr<> pc;    // 0: free
  atomic::Uint64<> rule;   // 0: not yet known
};
constinit entry table[tableSize];

// What the call-frame information says of pc, of the executable or of a library.
cfiRule findRule(uintptr pc) {
  dl_find_object object;
  if (_dl_find_object(reinterpret_cast<void*>(pc), &object) != 0 || object.dlfo_eh_frame == nullptr) return {};
  cfiText text;
  text.header = static_cast<const uint8*>(object.dlfo_eh_frame);
  return cfiReadRule(text, pc);
}

uintptr homeOf(uintptr pc) {
  static_assert(uintptr{1} << (64 - 51) == tableSize);
  return (pc * 0x9e3779b97f4a7c15) >> 51;
}

[[gnu::noinline]] cfiRule ruleOfNew(uintptr pc) {
  const uintptr home = homeOf(pc);
  entry* mine = nullptr;
  for (uintptr i = 0; i < probes && mine == nullptr; i++) {
    entry& e = table[(home + i) % tableSize];
    const uintptr has = e.pc.LoadAcquire();
    if (has == pc) {
      if (uint64 rule = e.rule.LoadAcquire(); rule != 0) return {rule};
      break;
    }
    if (has == 0 && e.pc.CompareAndSwap(0, pc)) mine = &e;
    if (has == 0 && mine == nullptr) break;  // somebody else is about to fill it
  }
  const cfiRule rule = findRule(pc);
  if (mine != nullptr) mine->rule.StoreRelease(rule.word);
  return rule;
}

inline cfiRule ruleOf(uintptr pc) {
  const entry& e = table[homeOf(pc)];
  if (e.pc.LoadAcquire() == pc) [[likely]] {
    if (uint64 rule = e.rule.LoadAcquire(); rule != 0) [[likely]] return {rule};
  }
  return ruleOfNew(pc);
}

}  // namespace

int traceUnwind(const g* gp, traceFrom at, uintptr* pcs, int n, traceSeen* seen, const void* copy, uintptr bytes) {
  const uintptr end = goexitPC();
  const uintptr hi = (copy != nullptr ? at.sp + bytes : gp->stack.hi) - sizeof(uintptr);
  const uintptr base = copy != nullptr ? reinterpret_cast<uintptr>(copy) : at.sp;  // where the words lie
  uintptr sp = at.sp, fp = at.fp, pc = at.exact ? at.pc : at.pc - 1;
  if (sp > hi || (copy == nullptr && sp < gp->stack.lo)) return 0;
  int all = 0, programs = 0;  // of the former, those that are not the runtime's, in front
  // Whether a word lies at `where` that belongs to the frames which are left.
  auto isWord = [&](uintptr where) { return where >= sp && where <= hi && where % sizeof(uintptr) == 0; };
  auto load = [&](uintptr where) {
    const uintptr value = *reinterpret_cast<const uintptr*>(base + (where - at.sp));
    if (seen->n < traceSeen::most) {
      seen->at[seen->n] = static_cast<uint32>((where - at.sp) / sizeof(uintptr));
      seen->value[seen->n++] = value;
    } else {
      seen->n = traceSeen::most + 1;
    }
    return value;
  };
  for (bool label = at.exact; all < n; label = false) {
    if (!isRuntimeText(pc)) {
      pcs[programs++] = pc + 1;
      all = programs;
    } else if (programs == 0 && !label) {
      pcs[all++] = pc + 1;
    }

    const cfiRule rule = ruleOf(pc);
    if (!rule.known() || (rule.fromFP() && fp == 0)) break;
    uintptr cfa = static_cast<uintptr>(static_cast<intptr>(rule.fromFP() ? fp : sp) + rule.cfaOffset());
    if (rule.deref()) {
      if (!isWord(cfa)) break;
      cfa = load(cfa);
    }
    const uintptr ret = cfa + static_cast<uintptr>(rule.retOffset());
    if (cfa <= sp || !isWord(ret)) break;
    if (rule.fpSaved()) {
      const uintptr saved = (rule.fpAtFP() ? fp : cfa) + static_cast<uintptr>(rule.fpOffset());
      if (!isWord(saved)) break;
      fp = load(saved);
    } else if (rule.fpLost()) {
      fp = 0;
    }
    const uintptr caller = load(ret);
    if (caller == end || caller == 0) break;
    pc = caller - 1;
    sp = cfa;
  }
  return all;
}

}  // namespace runtime
