// Linux: threads, futexes, sleeping, the clock. Go's os_linux.go, and what sys_linux_*.s and time_nofake.go have.
//
// A thread is a pthread and not a bare clone: C++ needs libc's thread-local storage, and libc does not know a thread
// that it did not make. So libc owns the stack of a thread, on which its g0 runs: newosproc gives the stack that allocm
// made for g0 back and lets mstart0 find its bounds (g0.stack.lo == 0 is how Go says "the system's stack"); at the end
// mexit returns instead of leaving the process's thread by itself.
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "runtime/asan.h"
#include "runtime/exit.h"
#include "runtime/os_linux_decl.h"
#include "runtime/proc_decl.h"
#include "runtime/race.h"
#include "runtime/signal_unix_decl.h"

namespace runtime {

// A thread's own stack: virtual memory, touched as far as it is used. Reports on a crash (stack walks, symbols) run
// here.
constexpr uintptr threadStackSize = 1 << 20;
// Less what libc keeps at its end: static thread-local storage and the thread's descriptor.
constexpr uintptr threadStackForLibc = 64 << 10;

void futexsleep(uint32* addr, uint32 val, int64 ns) {
  // The result does not matter: callers look again.
  if (ns < 0) {
    syscall(SYS_futex, addr, FUTEX_WAIT_PRIVATE, val, nullptr, nullptr, 0);
    return;
  }
  timespec ts{ns / 1000000000, ns % 1000000000};
  syscall(SYS_futex, addr, FUTEX_WAIT_PRIVATE, val, &ts, nullptr, 0);
}

void futexwakeup(uint32* addr, uint32 cnt) {
  long ret = syscall(SYS_futex, addr, FUTEX_WAKE_PRIVATE, cnt, nullptr, nullptr, 0);
  if (ret >= 0) return;
  int err = errno;
  systemstack([=] { print("futexwakeup addr=", static_cast<void*>(addr), " returned ", int32{-err}, "\n"); });
  abort();
}

// The processors that this process may run on.
static int32 getproccount() {
  cpu_set_t* set = CPU_ALLOC(64 * 1024);
  size_t bytes = CPU_ALLOC_SIZE(64 * 1024);
  int32 n = 1;
  if (set != nullptr && sched_getaffinity(0, bytes, set) == 0) n = CPU_COUNT_S(bytes, set);
  CPU_FREE(set);
  return n < 1 ? 1 : n;
}

static void* threadStart(void* arg) {
  m* mp = static_cast<m*>(arg);
  setg(mp->g0);
  mstart();
  // g0 may be freed from here on; what libc still runs for this thread is no g's business.
  setg(nullptr);
  return nullptr;
}

// Starts mp's thread. May run without a p; on g0 or in the only goroutine that there is.
void newosproc(m* mp) {
  stackfree(mp->g0->stack);
  mp->g0->stack = stack{0, threadStackSize - threadStackForLibc};

  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attr, threadStackSize);

  // The new thread starts with every signal blocked, and opens up in minit.
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  // A limit may be hit only for a moment: try for some milliseconds, as Go does.
  int ret = 0;
  for (int tries = 0; tries < 20; tries++) {
    pthread_t thread;
    ret = pthread_create(&thread, &attr, threadStart, mp);
    if (ret != EAGAIN) break;
    usleep_no_g(static_cast<uint32>(tries + 1) * 1000);
  }
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  pthread_attr_destroy(&attr);

  if (ret != 0) {
    print("runtime: failed to create new OS thread (have ", mcount(), " already; errno=", int32{ret}, ")\n");
    if (ret == EAGAIN) print("runtime: may need to increase max user processes (ulimit -u)\n");
    throw_("newosproc");
  }
}

// ---- Threads of others. Who waits may be waited for by a thread that gort does not know, and then nothing is dead.

// The runtime's own threads that are no m any more and may not have left the system's list yet: the last few.
static uint32 going[256];
static uint32 nextGoing;

static void threadGoes(uint32 tid) {
  uint32 i = __atomic_fetch_add(&nextGoing, 1, __ATOMIC_RELAXED);
  __atomic_store_n(&going[i % std::size(going)], tid, __ATOMIC_RELAXED);
}

static bool isOurThread(uint32 tid) {
  for (const m* mp = allm; mp != nullptr; mp = mp->alllink) {
    if (mp->procid == tid) return true;
  }
  for (const uint32& t : going) {
    if (__atomic_load_n(&t, __ATOMIC_RELAXED) == tid) return true;
  }
  return false;
}

// f(tid) for each thread of the process, until it returns true. Whether it did. Neither allocates nor locks.
template <class F>
static bool anyThread(F f) {
  struct dirent64 {
    uint64 ino;
    int64 off;
    unsigned short reclen;
    unsigned char type;
    char name[1];
  };
  int fd = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  bool found = false;
  alignas(8) char buf[2048];
  for (long n; !found && (n = syscall(SYS_getdents64, fd, buf, sizeof buf)) > 0;) {
    for (long at = 0; at < n && !found;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buf + at);
      at += entry->reclen;
      uint32 tid = 0;
      for (const char* s = entry->name; '0' <= *s && *s <= '9'; s++) tid = tid * 10 + static_cast<uint32>(*s - '0');
      found = tid != 0 && f(tid);
    }
  }
  close(fd);
  return found;
}

// ThreadSanitizer has a thread of its own, which nobody waits for: one that is not known is no news there.
bool hasUnknownThreads() {
  int passed = raceenabled ? 1 : 0;
  return anyThread([&](uint32 tid) { return !isOurThread(tid) && passed-- <= 0; });
}

void osinit() {
  ncpu = getproccount();
  lockFenceInit();
  lockSpinInit();
  forkInit();
}

// Where the calling thread's stack lies, all of it.
stack threadStack() {
  pthread_attr_t attr;
  void* lo = nullptr;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attr) != 0) throw_("pthread_getattr_np failed");
  pthread_attr_getstack(&attr, &lo, &size);
  pthread_attr_destroy(&attr);
  return {reinterpret_cast<uintptr>(lo), reinterpret_cast<uintptr>(lo) + size};
}

// On the new thread, on g0. mpreinit, the half on the parent's thread, makes the signal stack.
void minit() {
  m* mp = getg()->m;
  if (mp->isextra) {
    raceforeigninit(mp->g0, mp->curg.plain());
  } else {
    // AddressSanitizer is told of g0's stack, and does not know what to think of frames that lie outside.
    racethreadinit(getg());
    if (asanenabled) getg()->stack = threadStack();
  }
  minitSignals();
  mp->procid = gettid();
  mp->mOS.vgetrandomState = reinterpret_cast<uintptr>(&errno);
}

void unminit() {
  m* mp = getg()->m;
  if (mp->isextra) {
    raceforeignfini(mp->g0);
  } else {
    racethreadfini();
  }
  unminitSignals();
  threadGoes(static_cast<uint32>(mp->procid));
  mp->procid = 0;
}

void mdestroy(m*) {}

void asminit() {}
void osSetupTLS(m*) {}
void vgetrandomDestroy(m*) {}

uint32 gettid() { return static_cast<uint32>(syscall(SYS_gettid)); }

void usleep(uint32 us) {
  timespec ts{us / 1000000, static_cast<long>(us % 1000000) * 1000};
  nanosleep(&ts, nullptr);
}
void usleep_no_g(uint32 us) { usleep(us); }
void osyield() { sched_yield(); }
void osyield_no_g() { sched_yield(); }

void procyield(uint32 cycles) {
  for (uint32 i = 0; i < cycles; i++) {
#if defined(__x86_64__)
    asm volatile("pause");
#else
    asm volatile("yield");
#endif
  }
}

int64 faketime = faketimeOff;

// Ends the process at once, unless it is what runtime.main does when the program's main function has returned: exit.cc.
void exit(int32 code) {
  if (code == 0) exitAfterMain();
  raceexit();
  _exit(code);
}

// Only for threads whose stack is the runtime's, which there are none of here.
void exitThread(atomic::Uint32<"m.freeWait">*) { throw_("exitThread: every thread's stack is the system's"); }

// Ends the process by SIGABRT, whatever its handler is.
void abort() {
  signal(SIGABRT, SIG_DFL);
  ::abort();
}

void breakpoint() { raise(SIGTRAP); }

}  // namespace runtime
