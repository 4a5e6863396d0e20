// Stacks: where goroutines get theirs from. Go's stack.go, for a language whose stacks cannot move.
//
// Go starts a goroutine on 2 KiB and copies the stack to a larger place when a function's prologue finds it too small.
// C++ keeps addresses of locals wherever it likes, so a stack stays where it is, and is large from the start: a range
// of addresses, 1 MiB unless somebody says otherwise, of which the system backs only the pages that were touched. A
// goroutine that parks near the top of its stack costs one page.
//
// A slot is a guard, the stack, and above the stack, in its top page, the gExtra and an offset:
//
//        slot                lo                                   hi
//         | guard (unusable) | .......... the stack ............. | gExtra | colour |
//
//   * Slots of one size stand side by side in arenas of 64 MiB, mapped without reserving memory. One arena is one
//     mapping: the system limits how many of those there may be (vm.max_map_count, 65530), and a million goroutines
//     want a million stacks.
//   * A slot is an odd number of pages, and its hi is shifted by a multiple of a cache line that differs from slot to
//     slot. Were all stacks a power of two apart, the hot top pages of all of them would meet in a handful of entries
//     of the TLB and sets of the cache.
//   * Guards. MADV_GUARD_INSTALL (Linux 6.13) makes a range fault on access without a mapping of its own; the marks
//     survive MADV_DONTNEED. Where the kernel does not know it, mprotect does the same at the price of two mappings a
//     stack, and is used until half of the permitted mappings are gone. Stacks made after that have no guard: the end
//     of the gap below them is looked at when the goroutine dies (it must still be zero), which tells of an overflow
//     late and perhaps never. See docs/limits.md.
//   * The guard is 15 pages and not one, since a C++ function may step over a page with one large frame. Below the
//     smallest stacks it is 3.
//   * How large by default: so that library code as it is works (std::regex goes deeper with each character). A page
//     table maps 2 MiB, so a stack of 1 MiB that is touched anywhere takes half of one, 2 KiB, and nothing helps:
//     the tops of stacks cannot lie closer than the stacks are long. Who parks a million goroutines and knows them to
//     be shallow asks for the smallest size.
//
// When a goroutine's stack begins to matter. Go writes the first frame when it makes the goroutine. Here the funcval
// goes into memory of the g's own (gWithStart), and the frame is made when the goroutine first runs (firstStack). If
// the P's last act was to end a goroutine, the new one trades its stack for that one's, whose top is still in the cache
// and in the TLB: a thousand goroutines that start and end in turn use the same few lines. Every goroutine has a
// stack from its making on, as in Go, and what lies on which free list is decided as there.
//
// Free stacks. A dead g keeps its stack on gFree (proc.cc), so that what happens here happens once for each new g and
// not for each goroutine: one lock for all is good enough. What is freed lies in a list of warm stacks, last in, first
// out; stackScavenge gives memory of warm stacks back and makes them cold; an arena in which all stacks are cold goes
// back to the system as a whole, page tables included. Who calls it when: Go frees the stacks of dead goroutines in a
// collection; the nearest thing here is the scavenger's goroutine, which sysmon wakes when the low-water mark of free
// stacks over a second says that some were of no use (stackScavengeDue).
//
// Invariants
//   * state of a slot: fresh (index >= arena.fresh) -> in use <-> warm -> cold -> in use. Fresh slots are cut several
//     at once, when there are many already; those that nobody wants yet are warm. A slot is on exactly the list that
//     its state names; links and states are in the arena's table, never in the stack's memory.
//   * a guard, once made, lasts as long as the arena.
//   * stackpool.lock protects all tables and lists; memory is given back and guards are made without it.
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "runtime/cxx.h"
#include "runtime/mgcmark.h"
#include "runtime/preempt.h"
#include "runtime/proc_decl.h"
#include "runtime/race.h"

namespace runtime {

// MADV_GUARD_INSTALL of Linux 6.13, which the system's headers may not have yet.
constexpr int madvGuardInstall = 102;
constexpr int madvPopulateWrite = 23;  // of Linux 5.14
constexpr int pidfdSelf = -10001;      // PIDFD_SELF_THREAD_GROUP, of Linux 6.15

uintptr maxstacksize = 1 << 20;  // main sets it; here it is only printed
uintptr maxstackceiling = maxstacksize;
uint32 startingStackSize = defaultStackSize;
uintptr stackPage = 4096;
bool stackUnguarded;  // read without a lock

namespace {

constexpr uintptr arenaBytes = uintptr{64} << 20;
constexpr uintptr arenaSlots = 256;  // at least, of stacks of up to 1 MiB
constexpr uintptr guardPages = 15;
constexpr uintptr smallGuardPages = 3;
constexpr uint32 cutAtOnce = 64;  // slots
constexpr uintptr colours = 16;
constexpr uintptr colourBytes = 64;
constexpr int minOrder = 15;  // log2 of minStackSize
constexpr int maxOrder = 30;
constexpr uintptr canaryBytes = 512;  // looked at below a stack without a guard

static_assert(uintptr{1} << minOrder == minStackSize && uintptr{1} << maxOrder == maxStackSize);

// A goroutine and, so that its start touches no stack, room for the funcval that it is started with. The two live
// equally long. Eight cache lines.
struct alignas(64) gWithStart {
  g gp;
  alignas(16) char funcval[64];
};
static_assert(sizeof(gWithStart) == 512);

char* startRoom(g* gp) { return reinterpret_cast<gWithStart*>(gp)->funcval; }

enum slotState : uint8 { slotFresh, slotInUse, slotWarm, slotCold, slotLeaving };

struct stackArena;

struct slot {
  stackArena* nextArena = nullptr;
  uint32 nextIndex = 0;
  slotState state = slotFresh;
  bool guarded = false;
};

struct slotRef {
  stackArena* arena = nullptr;
  uint32 index = 0;
};

struct stackArena {
  uintptr base = 0;
  uintptr bytes = 0;   // of the mapping
  uintptr stride = 0;  // of a slot
  uint32 slots = 0;
  uint32 fresh = 0;  // slots from here on were never used
  uint32 cold = 0;   // slots in that state
  uint32 colour = 0;
  int order = 0;
  stackArena* next = nullptr;  // of this order
  slot slot_[];

  uintptr slotBase(uint32 i) const { return base + i * stride; }
};

struct slotList {
  slotRef head;
  uintptr n = 0;

  void push(slotRef r) {
    slot& s = r.arena->slot_[r.index];
    s.nextArena = head.arena;
    s.nextIndex = head.index;
    head = r;
    n++;
  }
  slotRef pop() {
    slotRef r = head;
    slot& s = r.arena->slot_[r.index];
    head = {s.nextArena, s.nextIndex};
    n--;
    return r;
  }
};

struct stackOrder {
  slotList warm;
  slotList cold;
  uint64 cut = 0;  // slots that were fresh once
  stackArena* arenas = nullptr;  // the first one is where fresh slots come from
};

struct {
  mutex lock;
  stackOrder order[maxOrder + 1];
  uint64 inUse = 0;
  uint64 unguarded = 0;
  uint64 mapped = 0;
  uint64 guardsLeft = 0;  // how many more mprotect may make
  uint32 arenas = 0;
  bool scavenging = false;  // one at a time
  // Read without the lock.
  uint32 guards = static_cast<uint32>(stackGuardKind::markers);  // clang has no atomic operations on an enum
} stackpool;

// Which arena an address belongs to: two levels over all 48 bits, by 64 MiB. Arenas are aligned to that; one of a large
// order fills several entries.
constexpr int arenaShift = 26;
constexpr int leafBits = 11;
stackArena** arenaIndex[1 << (48 - arenaShift - leafBits)];

stackArena* arenaOf(uintptr addr) {
  uintptr i = addr >> arenaShift;
  if (i >> leafBits >= sizeof arenaIndex / sizeof arenaIndex[0]) return nullptr;
  stackArena** leaf = __atomic_load_n(&arenaIndex[i >> leafBits], __ATOMIC_ACQUIRE);
  return leaf == nullptr ? nullptr : __atomic_load_n(&leaf[i & ((1 << leafBits) - 1)], __ATOMIC_ACQUIRE);
}

void* sysMap(uintptr bytes) {
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? nullptr : p;
}

// Makes room for these addresses in the index. False: no memory. The caller has the lock.
bool growIndex(uintptr base, uintptr bytes) {
  for (uintptr i = base >> arenaShift; i <= (base + bytes - 1) >> arenaShift; i++) {
    stackArena**& leaf = arenaIndex[i >> leafBits];
    if (leaf != nullptr) continue;
    void* p = sysMap(sizeof(stackArena*) << leafBits);
    if (p == nullptr) return false;
    __atomic_store_n(&leaf, static_cast<stackArena**>(p), __ATOMIC_RELEASE);  // pairs with arenaOf
  }
  return true;
}

// The release pairs with arenaOf: who finds the arena finds its fields.
void setArenaOf(uintptr base, uintptr bytes, stackArena* a) {
  for (uintptr i = base >> arenaShift; i <= (base + bytes - 1) >> arenaShift; i++) {
    __atomic_store_n(&arenaIndex[i >> leafBits][i & ((1 << leafBits) - 1)], a, __ATOMIC_RELEASE);
  }
}

// Of a stack of that order. The smallest ones are for who has many: with the small guard 46 of them share a page table.
uintptr guardBytes(int order) { return (order == minOrder ? smallGuardPages : guardPages) * stackPage; }

uint32 roundStackSize(uint32 n) {
  if (n > maxStackSize) n = maxStackSize;
  if (n < minStackSize) n = minStackSize;
  return static_cast<uint32>(round2(static_cast<int32>(n)));
}

int orderOf(uintptr size) { return 63 - __builtin_clzl(size); }

// A new arena for stacks of that order, in front of the others; nullptr when the system has no room. Tries smaller ones
// before it gives up. The caller has the lock.
stackArena* newArena(int order) {
  const uintptr size = uintptr{1} << order;
  const uintptr stride = size + guardBytes(order);
  uintptr want = arenaBytes / stride;
  if (want < arenaSlots && order <= 20) want = arenaSlots;
  if (want == 0) want = 1;
  for (; want > 0; want /= 4) {
    uintptr bytes = want * stride;
    // Aligned to 64 MiB: by cutting off what is too much on both sides.
    uintptr total = bytes + arenaBytes;
    void* p = sysMap(total);
    if (p == nullptr && bytes <= arenaBytes / 4) {
      // Little is left: as it comes, if it lies within one entry of the index that is still empty.
      p = sysMap(bytes);
      if (p == nullptr) continue;
      uintptr at = reinterpret_cast<uintptr>(p);
      if (at >> arenaShift != (at + bytes - 1) >> arenaShift || arenaOf(at) != nullptr) {
        munmap(p, bytes);
        continue;
      }
      total = bytes;
    } else if (p == nullptr) {
      continue;
    }
    uintptr from = reinterpret_cast<uintptr>(p);
    uintptr base = total == bytes ? from : (from + arenaBytes - 1) & -arenaBytes;
    if (base > from) munmap(p, base - from);
    if (from + total > base + bytes) {
      munmap(reinterpret_cast<void*>(base + bytes), from + total - base - bytes);
    }
    // A page of 2 MiB for the first byte of a stack would make a goroutine cost that much.
    madvise(reinterpret_cast<void*>(base), bytes, MADV_NOHUGEPAGE);

    auto* a = static_cast<stackArena*>(std::calloc(1, sizeof(stackArena) + want * sizeof(slot)));
    if (a == nullptr || !growIndex(base, bytes)) {
      std::free(a);
      munmap(reinterpret_cast<void*>(base), bytes);
      return nullptr;
    }
    a->base = base;
    a->bytes = bytes;
    a->stride = stride;
    a->slots = static_cast<uint32>(want);
    a->order = order;
    a->colour = stackpool.arenas++;
    a->next = stackpool.order[order].arenas;
    stackpool.order[order].arenas = a;
    stackpool.mapped += bytes;
    setArenaOf(base, bytes, a);
    return a;
  }
  return nullptr;
}

// Makes the guard of a fresh slot. Returns whether there is one now.
bool makeGuard(uintptr base, int order) {
  void* p = reinterpret_cast<void*>(base);
  auto kind = static_cast<stackGuardKind>(__atomic_load_n(&stackpool.guards, __ATOMIC_RELAXED));
  if (kind == stackGuardKind::markers) {
    if (madvise(p, guardBytes(order), madvGuardInstall) == 0) return true;
    if (errno == EINVAL) {
      // An older kernel.
      setStackGuardKind(stackGuardKind::mprotect);
    }
    kind = stackGuardKind::mprotect;
  }
  if (kind == stackGuardKind::mprotect) {
    lock(&stackpool.lock);
    bool may = stackpool.guardsLeft > 0;
    if (may) stackpool.guardsLeft--;
    unlock(&stackpool.lock);
    if (may && mprotect(p, guardBytes(order), PROT_NONE) == 0) return true;
  }
  return false;
}

void setGuard(slot* s, bool guarded) {
  s->guarded = guarded;
  if (guarded) return;
  __atomic_fetch_add(&stackpool.unguarded, 1, __ATOMIC_RELAXED);
  __atomic_store_n(&stackUnguarded, true, __ATOMIC_RELAXED);
}

// The same advice for a piece, `bytes` long and `at` from the beginning, of each of n slots from first on, in one
// system call. Returns for how many of them the system took it: none where it does not know the call.
uint32 adviseSlots(const stackArena* a, uint32 first, uint32 n, uintptr at, uintptr bytes, int advice) {
  iovec pieces[cutAtOnce];
  for (uint32 i = 0; i < n; i++) pieces[i] = {reinterpret_cast<void*>(a->slotBase(first + i) + at), bytes};
  long done = syscall(SYS_process_madvise, pidfdSelf, pieces, n, advice, 0);
  return done <= 0 ? 0 : static_cast<uint32>(static_cast<uintptr>(done) / bytes);
}

// Makes n slots ready that were fresh a moment ago: their guards, and the first page of each, in which its goroutine
// begins (asking for it costs less than the fault). They are the caller's.
void prepareSlots(stackArena* a, uint32 first, uint32 n) {
  const uintptr guard = guardBytes(a->order), top = a->stride - stackPage;
  uint32 populated = 0, guarded = 0;
  if (n > 1) {
    populated = adviseSlots(a, first, n, top, stackPage, madvPopulateWrite);
    if (__atomic_load_n(&stackpool.guards, __ATOMIC_RELAXED) == static_cast<uint32>(stackGuardKind::markers)) {
      guarded = adviseSlots(a, first, n, 0, guard, madvGuardInstall);
    }
  }
  for (uint32 i = 0; i < n; i++) {
    const uintptr base = a->slotBase(first + i);
    if (i >= populated) madvise(reinterpret_cast<void*>(base + top), stackPage, madvPopulateWrite);
    setGuard(&a->slot_[first + i], i < guarded || makeGuard(base, a->order));
  }
}

uint64 freeCount() {
  uint64 n = 0;
  for (int o = minOrder; o <= maxOrder; o++) n += stackpool.order[o].warm.n;
  return n;
}

// Nobody wrote to what lies under a stack without a guard.
bool canaryIntact(const stackArena* a, uint32 index) {
  auto* p = reinterpret_cast<const uintptr*>(a->slotBase(index) + guardBytes(a->order) - canaryBytes);
  uintptr any = 0;
  for (uintptr i = 0; i < canaryBytes / sizeof(uintptr); i++) any |= p[i];
  return any == 0;
}

slotRef slotOf(uintptr lo) {
  stackArena* a = arenaOf(lo);
  if (a == nullptr) return {};
  uintptr off = lo - guardBytes(a->order) - a->base;
  if (off % a->stride != 0 || off / a->stride >= a->fresh) return {};
  return {a, static_cast<uint32>(off / a->stride)};
}

[[noreturn]] void overflowSeen(stack stk) {
  print("runtime: goroutine stack exceeds ", uint64{stackSize(stk)}, "-byte limit\n");
  print("runtime: stack=[", hex(stk.lo), ", ", hex(stk.hi), "]\n");
  printStackAdvice();
  throw_("stack overflow");
}

}  // namespace

void printStackAdvice() {
  print("runtime: for a larger one: gort::go(gort::StackSize{BYTES}, ...), or gort::SetStackSize(BYTES) for all\n");
}

// A goroutine has just died on stk, which may have no guard.
void stackCheckEnd(stack stk) {
  slotRef r = slotOf(stk.lo);
  if (r.arena != nullptr && !r.arena->slot_[r.index].guarded && !canaryIntact(r.arena, r.index)) overflowSeen(stk);
}

void stackinit() {
  stackPage = static_cast<uintptr>(sysconf(_SC_PAGESIZE));
  lockInit(&stackpool.lock, lockRankStackpool);

  // Half of the mappings that a process may have, two for each guard.
  uint64 maps = 65530;
  if (FILE* f = std::fopen("/proc/sys/vm/max_map_count", "re"); f != nullptr) {
    unsigned long n;
    if (std::fscanf(f, "%lu", &n) == 1) maps = n;
    std::fclose(f);
  }
  stackpool.guardsLeft = maps / 4;
}

namespace {

stack allocOrder(int order) {
  stackOrder& o = stackpool.order[order];
  slotRef r;
  uint32 fresh = 0;  // slots
  bool cold = false;
  lock(&stackpool.lock);
  if (o.warm.n > 0) {
    r = o.warm.pop();
  } else if (o.cold.n > 0) {
    r = o.cold.pop();
    r.arena->cold--;
    cold = true;
  } else {
    stackArena* a = o.arenas;
    if (a == nullptr || a->fresh == a->slots) a = newArena(order);
    if (a == nullptr) {
      uint64 mapped = stackpool.mapped;
      unlock(&stackpool.lock);
      print("runtime: out of memory: cannot allocate ", uint64{1} << order, "-byte block (", mapped, " in use)\n");
      throw_("out of memory");
    }
    // Who makes many wants more: an eighth of what there were so far, so that at most so much lies ready in vain.
    fresh = static_cast<uint32>(o.cut / 8);
    if (fresh > cutAtOnce) fresh = cutAtOnce;
    if (fresh > a->slots - a->fresh) fresh = a->slots - a->fresh;
    if (fresh == 0) fresh = 1;
    r = {a, a->fresh};
    a->fresh += fresh;
    o.cut += fresh;
    for (uint32 i = 1; i < fresh; i++) a->slot_[r.index + i].state = slotInUse;
  }
  r.arena->slot_[r.index].state = slotInUse;
  stackpool.inUse++;
  unlock(&stackpool.lock);

  const uintptr base = r.arena->slotBase(r.index);
  if (cold) madvise(reinterpret_cast<void*>(base + r.arena->stride - stackPage), stackPage, madvPopulateWrite);
  if (fresh > 0) prepareSlots(r.arena, r.index, fresh);
  if (fresh > 1) {
    lock(&stackpool.lock);
    for (uint32 i = fresh - 1; i > 0; i--) {
      r.arena->slot_[r.index + i].state = slotWarm;
      o.warm.push({r.arena, r.index + i});
    }
    unlock(&stackpool.lock);
  }
  const uintptr colour = (r.arena->colour + r.index * 7) % colours;
  stack stk;
  stk.lo = base + guardBytes(order);
  stk.hi = base + r.arena->stride - colour * colourBytes - sizeof(gExtra);
  return stk;
}

}  // namespace

// A stack of n bytes, a power of two, or of startingStackSize if that is more. Must run on the system stack: what is
// called here may need more room than a goroutine has left.
stack stackalloc(uint32 n) {
  g* thisg = getg();
  if (thisg != thisg->m->g0) throw_("stackalloc not on scheduler stack");
  if ((n & (n - 1)) != 0) throw_("stack size not a power of 2");
  uint32 least = __atomic_load_n(&startingStackSize, __ATOMIC_RELAXED);
  if (n < least) n = least;
  if (n > maxStackSize) throw_("stackalloc: bad size");
  return allocOrder(orderOf(n));
}

// Gives a stack of stackalloc back. Nobody stands on it any more, but for a thread that is about to leave its signal
// stack.
void stackfree(stack stk) {
  slotRef r = slotOf(stk.lo);
  if (r.arena == nullptr) throw_("stackfree: bad stack");
  slot& s = r.arena->slot_[r.index];
  if (!s.guarded && !canaryIntact(r.arena, r.index)) overflowSeen(stk);
  lock(&stackpool.lock);
  if (s.state != slotInUse) throw_("stackfree: stack is free already");
  s.state = slotWarm;
  stackpool.order[r.arena->order].warm.push(r);
  stackpool.inUse--;
  unlock(&stackpool.lock);
}

uintptr gMemory() { return sizeof(gWithStart); }

uintptr stackSizeOf(const g* gp) { return stackSize(gp->stack); }

uint32 setStartingStackSize(uint32 n) {
  return __atomic_exchange_n(&startingStackSize, roundStackSize(n), __ATOMIC_RELAXED);
}

void setNextStackSize(uint32 n) { extraOf(getg())->nextStackSize = n == 0 ? 0 : roundStackSize(n); }

void setStackGuardKind(stackGuardKind kind) {
  __atomic_store_n(&stackpool.guards, static_cast<uint32>(kind), __ATOMIC_RELAXED);
}

bool stackOverflowed(const g* gp, uintptr addr) {
  return gp->stack.lo != 0 && addr < gp->stack.lo && addr >= gp->stack.lo - guardBytes(orderOf(stackSize(gp->stack)));
}

stackStats readStackStats() {
  stackStats st{};
  systemstack([&] {
    lock(&stackpool.lock);
    st.inUse = stackpool.inUse;
    st.freeWarm = freeCount();
    for (int o = minOrder; o <= maxOrder; o++) st.freeCold += stackpool.order[o].cold.n;
    st.unguarded = __atomic_load_n(&stackpool.unguarded, __ATOMIC_RELAXED);
    st.mapped = stackpool.mapped;
    unlock(&stackpool.lock);
  });
  return st;
}

// The next goroutine that the current one starts gets its funcval, of n bytes, copied to memory of its own: by move, or
// byte for byte if that is nullptr. move runs inside newproc and must neither throw nor call the runtime.
void setNextStart(uint32 n, void (*move)(void* to, void* from)) {
  gExtra* extra = extraOf(getg());
  extra->nextStartSize = n;
  extra->nextStartMove = move;
}

namespace {

// Nothing has happened on gp's stack yet.
void clearExtra(g* gp) {
  gExtra* extra = extraOf(gp);
  extra->eh = {};
  extra->goexiting = nullptr;
  extra->nextStackSize = 0;
  extra->nextStartSize = 0;  // nextStartMove means nothing then
}

}  // namespace

// newg->sched: enter fn, with the funcval as its argument, and return to goexit. sp stays 0 until firstStack, unless
// the funcval is so large that it goes to the stack. For the goroutine that is m->curg, on its stack; on g0 where a
// timer or the like starts one, for nobody.
void gostart(g* newg, funcval* fn) {
  uint32 size = 0;
  uint32 copied = 0;
  void (*move)(void*, void*) = nullptr;
  if (fn == &mainPC) {
    size = mainStackSize;
  } else if (g* callergp = getg()->m->curg.plain(); callergp != nullptr && callergp->stack.hi != 0) {
    gExtra* extra = extraOf(callergp);
    size = extra->nextStackSize;
    copied = extra->nextStartSize;
    move = extra->nextStartMove;
    extra->nextStackSize = 0;
    extra->nextStartSize = 0;
  }
  if (size != 0 && size != stackSize(newg->stack)) [[unlikely]] {
    stackfree(newg->stack);
    newg->stack = allocOrder(orderOf(size));
    newg->stackguard0 = newg->stack.lo + stackGuard;
  }
  newg->nocgocallback = isRuntimeText(fn->fn);
  newg->sched.pc = fn->fn;
  newg->sched.ctxt = fn;
  if (copied == 0) return;
  if (copied <= sizeof(gWithStart::funcval)) [[likely]] {
    newg->sched.ctxt = startRoom(newg);
  } else {
    uintptr sp = newg->stack.hi - ((copied + 15) & ~uint32{15});
    racestack(newg);
    clearExtra(newg);
    gostartcall(&newg->sched, reinterpret_cast<void*>(fn->fn), reinterpret_cast<void*>(sp), sp);
  }
  if (move != nullptr) {
    move(newg->sched.ctxt, fn);
  } else if (16 <= copied && copied <= 32) {
    // Most are: two copies, which overlap, are less than a call.
    char* to = static_cast<char*>(newg->sched.ctxt);
    const char* from = reinterpret_cast<char*>(fn);
    std::memcpy(to, from, 16);
    std::memcpy(to + copied - 16, from + copied - 16, 16);
  } else {
    std::memcpy(newg->sched.ctxt, fn, copied);
  }
}

const uintptr* copiedFuncval(const g* gp) {
  const uintptr at = reinterpret_cast<uintptr>(gp->sched.ctxt);
  const bool inRoom = at == reinterpret_cast<uintptr>(startRoom(const_cast<g*>(gp)));
  return inRoom || (gp->stack.lo <= at && at < gp->stack.hi) ? reinterpret_cast<const uintptr*>(at) : nullptr;
}

// gp is about to run for the first time, its status still _Grunnable or _Gwaiting: nobody else looks at its stack or at
// that of a dead g on this P's list. A dead one ended just now if it did in this tick of the P (stackFitsStart). The
// stacks differ in their colour, not in their size.
void firstStack(g* gp) {
  if (gp->stktopsp != 0) throw_("firstStack: the goroutine runs already");
  const p* pp = getg()->m->p.ptr();
  g* dead = pp->gFree.gList.head.ptr();
  if (dead != nullptr && dead->sched.ret == pp->schedtick.plain() && dead->stack.lo != 0 &&
      stackSize(dead->stack) == stackSize(gp->stack)) {
    std::swap(gp->stack, dead->stack);
    gp->stackguard0 = gp->stack.lo + stackGuard;
    dead->stackguard0 = dead->stack.lo + stackGuard;
    dead->sched.ret = ~uintptr{0};  // what it has now is as cold as any
  }
  racestack(gp);
  clearExtra(gp);
  gostartcall(&gp->sched, reinterpret_cast<void*>(gp->sched.pc), gp->sched.ctxt, gp->stack.hi);
  gp->stktopsp = gp->sched.sp;
}

// ---- Giving memory back.

namespace {

struct leaving {
  slotRef head;
  uintptr n = 0;
};

// The warm stacks of an order but the first `keep`, in state slotLeaving. The caller has the lock.
leaving takeWarm(stackOrder& o, uintptr keep) {
  leaving l;
  if (o.warm.n <= keep) return l;
  l.n = o.warm.n - keep;
  if (keep == 0) {
    l.head = o.warm.head;
    o.warm.head = {};
  } else {
    slotRef last = o.warm.head;
    for (uintptr i = 1; i < keep; i++) {
      slot& s = last.arena->slot_[last.index];
      last = {s.nextArena, s.nextIndex};
    }
    slot& s = last.arena->slot_[last.index];
    l.head = {s.nextArena, s.nextIndex};
    s.nextArena = nullptr;
  }
  o.warm.n = keep;
  slotRef r = l.head;
  for (uintptr i = 0; i < l.n; i++) {
    slot& s = r.arena->slot_[r.index];
    s.state = slotLeaving;
    r = {s.nextArena, s.nextIndex};
  }
  return l;
}

// Returns arenas to the system in which nothing is in use, and puts the rest of what left onto the cold list. The
// caller has the lock; the arenas are unmapped by it later.
stackArena* settle(int order, leaving l) {
  stackOrder& o = stackpool.order[order];
  slotRef r = l.head;
  for (uintptr i = 0; i < l.n; i++) {
    slot& s = r.arena->slot_[r.index];
    slotRef next{s.nextArena, s.nextIndex};
    s.state = slotCold;
    r.arena->cold++;
    r = next;
  }
  stackArena* gone = nullptr;
  for (stackArena** prev = &o.arenas; *prev != nullptr;) {
    stackArena* a = *prev;
    if (a->cold == a->fresh) {
      setArenaOf(a->base, a->bytes, nullptr);
      stackpool.mapped -= a->bytes;
      *prev = a->next;
      a->next = gone;
      gone = a;
    } else {
      prev = &a->next;
    }
  }
  // The cold list anew: what lay in arenas that are gone must not stay on it.
  o.cold = {};
  for (stackArena* a = o.arenas; a != nullptr; a = a->next) {
    for (uint32 i = a->fresh; i-- > 0;) {
      if (a->slot_[i].state == slotCold) o.cold.push({a, i});
    }
  }
  return gone;
}

}  // namespace

uintptr stackScavenge(uintptr keep) {
  lock(&stackpool.lock);
  bool busy = stackpool.scavenging;
  stackpool.scavenging = true;
  unlock(&stackpool.lock);
  if (busy) return 0;

  uintptr total = 0;
  for (int order = minOrder; order <= maxOrder; order++) {
    lock(&stackpool.lock);
    leaving l = takeWarm(stackpool.order[order], keep);
    unlock(&stackpool.lock);
    if (l.n == 0) continue;

    // Neighbours leave by one call, made for the first of a row. Only settle takes a stack out of slotLeaving.
    slotRef r = l.head;
    for (uintptr i = 0; i < l.n; i++) {
      stackArena* a = r.arena;
      slot* s = a->slot_;
      auto isLeaving = [s](uint32 k) { return __atomic_load_n(&s[k].state, __ATOMIC_RELAXED) == slotLeaving; };
      if (r.index == 0 || !isLeaving(r.index - 1)) {
        uint32 end = r.index + 1;
        while (end < a->slots && isLeaving(end)) end++;
        uintptr from = a->slotBase(r.index) + guardBytes(a->order);
        madvise(reinterpret_cast<void*>(from), a->slotBase(end) - from, MADV_DONTNEED);
      }
      r = {s[r.index].nextArena, s[r.index].nextIndex};
    }

    lock(&stackpool.lock);
    stackArena* gone = settle(order, l);
    unlock(&stackpool.lock);
    while (gone != nullptr) {
      stackArena* next = gone->next;
      munmap(reinterpret_cast<void*>(gone->base), gone->bytes);
      std::free(gone);
      gone = next;
    }
    total += l.n;
  }
  lock(&stackpool.lock);
  stackpool.scavenging = false;
  unlock(&stackpool.lock);
  return total;
}

namespace {

constexpr int64 scavengePeriod = 1000000000;  // ns over which stacks must have been idle
constexpr int64 scavengeSample = 10000000;
constexpr uintptr scavengePiece = 16384;
constexpr int64 scavengeMin = 256;  // fewer idle stacks are not worth a thought

// sysmon's own, but for idleLow, which it hands to the scavenger.
struct {
  int64 nextSample = 0;
  int64 nextPeriod = 0;
  int64 low = 0;
  int64 idleLow = 0;
} scavenge;

// About how many stacks nobody stands on: free ones, and those of dead goroutines on the central list.
int64 idleStacks() {
  lock(&stackpool.lock);
  int64 n = static_cast<int64>(stackpool.inUse + freeCount());
  unlock(&stackpool.lock);
  return n - gcount() - sched.ngsys.Load() - mcount() - 64 * int64{gomaxprocs.plain()};
}

}  // namespace

bool stackScavengeDue(int64 now) {
  if (now < scavenge.nextSample) return false;
  scavenge.nextSample = now + scavengeSample;
  int64 idle = idleStacks();
  if (idle < scavenge.low) scavenge.low = idle;
  if (now < scavenge.nextPeriod) return false;
  scavenge.nextPeriod = now + scavengePeriod;
  int64 low = scavenge.low;
  scavenge.low = idle;
  if (low < scavengeMin) return false;
  __atomic_store_n(&scavenge.idleLow, low, __ATOMIC_RELAXED);
  return true;
}

void stackScavengeDueNow() {
  int64 low = __atomic_load_n(&scavenge.idleLow, __ATOMIC_RELAXED);
  uintptr keep = 0;
  systemstack([&] {
    markrootFreeGStacks();
    lock(&stackpool.lock);
    int64 warm = static_cast<int64>(freeCount());
    unlock(&stackpool.lock);
    if (low < warm) keep = static_cast<uintptr>(warm - low);
  });
  // Piece by piece: a burst may have left many, and others want the p.
  for (uintptr given = 1; given > 0; Gosched()) {
    systemstack([&] {
      lock(&stackpool.lock);
      uintptr warm = freeCount();
      unlock(&stackpool.lock);
      given = warm <= keep ? 0 : stackScavenge(warm > keep + scavengePiece ? warm - scavengePiece : keep);
    });
  }
}

// ---- gs. Those of goroutines live for ever (allgs), those of threads until their thread is gone. Where there are
// many, they lie in large pages: whoever wakes a thousand goroutines has a thousand gs to look at.

namespace {

constexpr uintptr largePage = 2 << 20;
constexpr uintptr smallChunk = 64 << 10;

struct {
  mutex lock;
  // All under lock.
  guintptr free;  // through schedlink
  gWithStart* next;
  gWithStart* end;
  uintptr mapped;  // bytes
} gpool;

// A large page; nullptr when the system has none.
void* mapLargePage() {
  void* p = sysMap(2 * largePage);
  if (p == nullptr) return nullptr;
  uintptr from = reinterpret_cast<uintptr>(p), base = (from + largePage - 1) & -largePage;
  if (base > from) munmap(p, base - from);
  if (base < from + largePage) munmap(reinterpret_cast<void*>(base + largePage), from + largePage - base);
  madvise(reinterpret_cast<void*>(base), largePage, MADV_HUGEPAGE);
  return reinterpret_cast<void*>(base);
}

// More room. The caller has the lock.
void growPool() {
  void* p = nullptr;
  uintptr bytes = largePage;
  if (gpool.mapped >= largePage) p = mapLargePage();
  if (p == nullptr) {
    bytes = smallChunk;
    p = sysMap(bytes);
  }
  if (p == nullptr) {
    print("runtime: out of memory: cannot allocate ", uint64{bytes}, "-byte block\n");
    throw_("out of memory");
  }
  gpool.mapped += bytes;
  gpool.next = static_cast<gWithStart*>(p);
  gpool.end = gpool.next + bytes / sizeof(gWithStart);
}

}  // namespace

g* newg() {
  lock(&gpool.lock);
  g* gp = gpool.free.ptr();
  if (gp != nullptr) {
    gpool.free = gp->schedlink;
  } else {
    if (gpool.next == gpool.end) growPool();
    gp = &gpool.next->gp;
    gpool.next++;
  }
  unlock(&gpool.lock);
  gp = new (gp) g();
  gp->raceignore = 1;  // not in the program's code before goexit says so (boundary.h)
  return gp;
}

static void freeg(g* gp) {
  lock(&gpool.lock);
  gp->schedlink = gpool.free;
  gpool.free.set(gp);
  unlock(&gpool.lock);
}

mcache* allocmcache() { return new mcache; }
void freemcache(mcache* c) { delete c; }

// A thread that ended: its g0 and m can go; the stack was the thread's (os_linux.cc). In Go the collector sees to it
// that nobody has the m any more: sysmon may have read it from a p a moment ago, to send it a signal. So it goes when
// as many others have ended after it as nobody stays behind.
void freedeadm(m* mp, bool) {
  static m* late[256];
  static uint32 next;
  m*& slot = late[next++ % (sizeof late / sizeof late[0])];  // sched.lock is held
  m* old = slot;
  slot = mp;
  if (old == nullptr) return;
  freeg(old->g0);
  deleteobject(old);
}

// gsignal's stack was freed by mexit.
void deletegsignal(m* mp) {
  freeg(mp->gsignal);
  mp->gsignal = nullptr;
}

}  // namespace runtime
