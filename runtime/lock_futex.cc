// Notes, and the semaphore that an m sleeps on while it waits for a mutex: Go's lock_futex.go.
//
// A note's word is 0 (not yet) or 1 (happened). The exchange in notewakeup pairs with the loads of the sleeper: what
// the waker wrote before is seen after. A futex may return for no reason, so every sleeper looks again.
#include "runtime/exit.h"
#include "runtime/os_linux_decl.h"
#include "runtime/proc_decl.h"

namespace runtime {

namespace {

uint32* key32(uintptr* p) { return reinterpret_cast<uint32*>(p); }

bool woken(note* n) { return __atomic_load_n(key32(&n->key), __ATOMIC_SEQ_CST) != 0; }

}  // namespace

void noteclear(note* n) { n->key = 0; }

void notewakeup(note* n) {
  uint32 old = __atomic_exchange_n(key32(&n->key), 1u, __ATOMIC_SEQ_CST);
  if (old != 0) {
    print("notewakeup - double wakeup (", old, ")\n");
    throw_("notewakeup - double wakeup");
  }
  futexwakeup(key32(&n->key), 1);
}

void notesleep(note* n) {
  g* gp = getg();
  m* mp = gp->m;
  if (gp != mp->g0) throw_("notesleep not on g0");
  if (isExiting(mp)) [[unlikely]] {
    fatal("a destructor or a function of atexit waits for another goroutine, but the program has ended");
  }
  while (!woken(n)) {
    mp->blocked = true;
    futexsleep(key32(&n->key), 0, -1);
    mp->blocked = false;
  }
}

// May run without a p. The m does not change: the callers are on g0 or have none to lose.
static bool notetsleep_internal(note* n, int64 ns) {
  m* mp = getg()->m;
  if (ns < 0) {
    while (!woken(n)) {
      mp->blocked = true;
      futexsleep(key32(&n->key), 0, -1);
      mp->blocked = false;
    }
    return true;
  }
  if (woken(n)) return true;

  int64 deadline = nanotime() + ns;
  for (;;) {
    mp->blocked = true;
    futexsleep(key32(&n->key), 0, ns);
    mp->blocked = false;
    if (woken(n)) break;
    int64 now = nanotime();
    if (now >= deadline) break;
    ns = deadline - now;
  }
  return woken(n);
}

bool notetsleep(note* n, int64 ns) {
  g* gp = getg();
  if (gp != gp->m->g0 && gp->m->preemptoff.len != 0) throw_("notetsleep not on g0");
  return notetsleep_internal(n, ns);
}

bool notetsleepg(note* n, int64 ns) {
  g* gp = getg();
  if (gp == gp->m->g0) throw_("notetsleepg on g0");
  entersyscallblock();
  bool ok = notetsleep_internal(n, ns);
  exitsyscall();
  return ok;
}

// waitsema counts wakeups not yet used, and is -1 while its m sleeps. The exchange-and-add of either side pairs with
// the other's.
int32 semasleep(int64 ns) {
  m* mp = getg()->m;
  uint32 v = __atomic_add_fetch(&mp->mOS.waitsema, static_cast<uint32>(-1), __ATOMIC_SEQ_CST);
  for (;;) {
    if (static_cast<int32>(v) >= 0) return 0;
    futexsleep(&mp->mOS.waitsema, v, ns);
    v = __atomic_load_n(&mp->mOS.waitsema, __ATOMIC_SEQ_CST);
    if (ns >= 0) return static_cast<int32>(v) >= 0 ? 0 : -1;
  }
}

void semawakeup(m* mp) {
  uint32 v = __atomic_add_fetch(&mp->mOS.waitsema, 1u, __ATOMIC_SEQ_CST);
  if (v == 0) futexwakeup(&mp->mOS.waitsema, 1);
}

}  // namespace runtime
