// Stacks in a trace: Go's tracestack.go.
//
// Where Go follows frame pointers, which C++ code does not keep, the stack is walked by its call-frame information,
// with what each pc's says remembered (traceunwind.cc). A walk begins at what g.sched says: mcall and systemstack have
// just put it there, or the goroutine waits. What a thread has walked lately it knows again by the words that it read
// then: a loop of sends and receives leaves the same stack each time. Frames of the runtime's own are left out at once,
// and at the end those that dumps leave out (traceback.cc), for which the names must be known.
#include "runtime/tracestack.h"

#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/handoff.h"
#include "runtime/proc_decl.h"
#include "runtime/seam.h"
#include "runtime/symtab.h"
#include "runtime/trace.h"
#include "runtime/traceback.h"
#include "runtime/traceevent.h"
#include "runtime/traceunwind.h"

namespace runtime {

namespace {

// A stack that this thread has walked lately, and its number.
struct recentStack {
  uintptr gen = 0;  // of what trace's generation; 0: none
  traceFrom from = {};
  uint64 id = 0;
  traceSeen seen;

  bool is(uintptr g, const traceFrom& f) const {
    if (gen != g || from.sp != f.sp || from.pc != f.pc || from.fp != f.fp) return false;
    const auto* words = reinterpret_cast<const uintptr*>(f.sp);
    uintptr differ = 0;
    for (int i = 0; i < seen.n; i++) differ |= words[seen.at[i]] ^ seen.value[i];
    return differ == 0;
  }
};
constexpr uintptr recentStacks = 16;
thread_local recentStack recent[recentStacks];

// The stack of gp, which may go on at any moment, and its memory with it: then what is returned means nothing. So it is
// the kernel that reads, as far as the inner frames go.
uint64 otherStack(const g* gp, const traceFrom& from, const traceLocker& tl) {
  alignas(uintptr) uint8 copy[4096];
  const uintptr hi = gp->stack.hi;
  if (from.sp == 0 || from.sp >= hi || from.sp % sizeof(uintptr) != 0) return 0;
  iovec here{copy, std::min(sizeof copy, hi - from.sp)};
  iovec there{reinterpret_cast<void*>(from.sp), here.iov_len};
  const long n = syscall(SYS_process_vm_readv, getpid(), &here, 1, &there, 1, 0);
  if (n <= 0) return 0;
  uintptr pcs[traceStackSize];
  traceSeen seen;
  const int frames = traceUnwind(gp, from, pcs, traceStackSize, &seen, copy, static_cast<uintptr>(n));
  return tracer.stackTab[tl.gen % 2].put(pcs, frames);
}

}  // namespace

uint64 traceStack(g* gp, const traceLocker& tl) {
  const bool mine = gp == nullptr;
  if (mine) {
    gp = tl.mp->curg.plain();
    if (gp == nullptr || getg() == gp || gp->sched.sp == 0) return 0;
  } else if (isHandedOff(gp)) {
    return 0;
  }
  traceFrom from = {gp->sched.pc, gp->sched.sp, gp->sched.bp, true};
  if (!mine && gp->syscallsp != 0) from = {gp->syscallpc, gp->syscallsp, gp->syscallbp, false};

  if (!mine) return otherStack(gp, from, tl);

  recentStack& r = recent[((from.sp >> 4) ^ (from.sp >> 12) ^ (from.pc >> 2)) % recentStacks];
  if (r.is(tl.gen, from)) return r.id;
  uintptr pcs[traceStackSize];
  r.gen = 0;
  r.seen.n = 0;
  const int n = traceUnwind(gp, from, pcs, traceStackSize, &r.seen);
  r.id = tracer.stackTab[tl.gen % 2].put(pcs, n);
  r.from = from;
  if (r.seen.n <= traceSeen::most) r.gen = tl.gen;
  return r.id;
}

uint64 traceStackTable::put(const uintptr* pcs, int n) {
  return tab.put(pcs, static_cast<uintptr>(n) * sizeof(uintptr)).id;
}

namespace {

struct traceFrame {
  uintptr pc;
  uint64 funcID;
  uint64 fileID;
  uint64 line;
};

constexpr int nameLen = 1024;

// What the tables are written with: not on the stack, which may be a small one (a signal's handler's).
struct dumper {
  traceWriter w;
  traceFrame frames[traceStackSize];
  char name[nameLen];
  fileLine at;

  void dump(traceMapNode* node);

 private:
  int expand(const uintptr* pcs, uintptr n, bool hidden);
  int expandStart(const uintptr* pcs);
};

// The end of what is too long says more than the start.
std::string_view shortened(std::string_view s) {
  return s.size() <= maxTraceStringLen ? s : s.substr(s.size() - maxTraceStringLen);
}

traceFrame makeTraceFrame(uintptr gen, uintptr pc, std::string_view name, const fileLine& at) {
  traceStringTable& strings = tracer.stringTab[gen % 2];
  return {pc, strings.put(gen, shortened(name)), strings.put(gen, shortened(at.file)),
          static_cast<uint64>(at.line < 0 ? 0 : at.line)};
}

// Go's reader takes a pc for the name of a frame. Functions that the compiler put into others share one: those around
// the innermost get addresses that no code has.
constexpr int inlinedShift = 48;

// The functions at the pcs, the innermost first; hidden: also those that dumps leave out.
int dumper::expand(const uintptr* pcs, uintptr n, bool hidden) {
  int count = 0;
  for (uintptr i = 0; i < n; i++) {
    inlineUnwinder iu(pcs[i] - 1);
    for (uintptr depth = 0; iu.valid() && count < traceStackSize; iu.next(), depth++) {
      std::string_view function = bareName(iu.name(name, nameLen));
      if (!hidden && isHiddenFrame(function, iu.func())) continue;
      iu.fileLine(&at);
      frames[count++] = makeTraceFrame(w.tl.gen, pcs[i] + (depth << inlinedShift), function, at);
    }
  }
  return count;
}

// The one function that a goroutine begins with.
int dumper::expandStart(const uintptr* pcs) {
  const auto kind = static_cast<startKind>(pcs[1]);
  programStart start{kind, pcs[2]};
  if (kind == startKind::function && findfunc(start.pc).entry != start.pc) start = {startKind::unknown, pcs[3]};
  at.line = 0;
  std::string_view function = startName(start, name, nameLen, &at);
  frames[0] = makeTraceFrame(w.tl.gen, start.pc + 1, function, at);
  return 1;
}

void dumper::dump(traceMapNode* node) {
  const uintptr* pcs = reinterpret_cast<const uintptr*>(node->data);
  const uintptr n = node->len / sizeof(uintptr);
  int count;
  if (pcs[0] == traceStackStart) {
    count = expandStart(pcs);
  } else {
    count = expand(pcs, n, false);
    if (count == 0) count = expand(pcs, n, true);
  }

  const auto most = static_cast<uintptr>(2 + 4 * count) * traceBytesPerNumber;
  if (w.ensure(2 + most)) w.buf->byte(traceEvStacks);
  w.buf->byte(traceEvStack);
  w.buf->varint(node->id);
  w.buf->varint(static_cast<uint64>(count));
  for (int i = 0; i < count; i++) {
    w.buf->varint(frames[i].pc);
    w.buf->varint(frames[i].funcID);
    w.buf->varint(frames[i].fileID);
    w.buf->varint(frames[i].line);
  }
  w.buf->whole = w.buf->pos;

  for (auto& child : node->children) {
    if (traceMapNode* c = child.Load(); c != nullptr) dump(c);
  }
}

}  // namespace

void traceStackTable::dump(uintptr gen) {
  auto* d = static_cast<dumper*>(traceSysAlloc(sizeof(dumper)));
  d->w = unsafeTraceWriter(gen, nullptr);
  // A goroutine that ends a trace may have the smallest of stacks.
  systemstack([&] {
    if (traceMapNode* root = tab.root.Load(); root != nullptr) d->dump(root);
  });
  d->w.flush();
  traceSysFree(d, sizeof(dumper));
  tab.reset();
}

int startPCForTrace(const g* newg, uintptr pc, uintptr (&pcs)[4]) {
  const programStart start = programStartOf(newg, pc);
  pcs[0] = traceStackStart;
  pcs[1] = static_cast<uintptr>(start.kind);
  pcs[2] = start.pc;
  pcs[3] = pc;
  return 4;
}

}  // namespace runtime
