// Stand-ins until their files are here. This file must end up empty and go.
#include <sys/mman.h>
#include <unistd.h>
#include <charconv>
#include <signal.h>
#include <cstring>
#include "runtime/cxx.h"
#include "runtime/env_posix.h"
#include "runtime/proc_decl.h"
#include "runtime/signal_unix_decl.h"

namespace runtime {
// ---- C
uint32 traceback_cache, traceback_env;
void setTraceback(std::string_view) {}
outsideCount runningPanicDefers;
uint32 outsideCount::Load() const { return 0; }
racy<uint32> panicking;
mutex deadlock;
void throw_(const char* s) { print("fatal error: ", s, "\n"); _exit(2); }
void fatal(const char* s) { throw_(s); }
void panic_(const char* s) { throw_(s); }
bool isSystemGoroutine(g*, bool) { return false; }
void traceback1(uintptr, uintptr, uintptr, g*, uint32) {}
slice<ancestorInfo>* recordAncestors(g*) { return nullptr; }
void switchToCrashStack0(void (*fn)()) { fn(); }
void callbackUpdateSystemStack(m*, uintptr, bool) {}
void bindmAtThreadExit(g*) {}
void badsystemstack() { throw_("systemstack called from unexpected goroutine"); }
// ---- B
uintptr maxstacksize, maxstackceiling;
uint32 startingStackSize = fixedStack;
void stackinit() {}
mcache* allocmcache() { return new mcache; }
void freemcache(mcache* c) { delete c; }
stack stackalloc(uint32) {
  char* p = static_cast<char*>(mmap(nullptr, 256 << 10, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  uintptr lo = reinterpret_cast<uintptr>(p);
  return {lo, lo + (256 << 10) - sizeof(gExtra)};
}
void stackfree(stack s) { munmap(reinterpret_cast<void*>(s.lo), 256 << 10); }
bool stackFitsStart(g*) { return true; }
bool stackStillFitsStart(g*) { return true; }
void gostartcall(gobuf* buf, void* fn, void* ctxt, uintptr sp);
void gostart(g* newg, funcval* fn) {
  *extraOf(newg) = gExtra{};
  gostartcall(&newg->sched, reinterpret_cast<void*>(fn->fn), fn, newg->stack.hi);
}
void freedeadm(m*, bool) {}
void deletegsignal(m*) {}
void minitSignals() {}
void unminitSignals() {}
void mpreinit(m* mp) { mp->gsignal = malg(32 * 1024); mp->gsignal->m = mp; }
void sigsave(sigset*) {}
void sigblock(bool) {}
void msigrestore(const sigset&) {}
void initsig(bool) {}
void clearSignalHandlers() {}
void setThreadCPUProfiler(int32) {}
void setProcessCPUProfiler(int32) {}
void preemptM(m*) {}
bool canPreemptM(m* mp) { return mp->locks == 0; }
void checkAsyncSafePoint(g*) {}
void asyncPreempt2() {}
// ---- D
void gcenable() {}
// ---- E
// ---- F
int64 timers::wakeTime() { return 0; }
timers::check_result timers::check(int64 now) { return {now, 0, false}; }
void timers::take(timers*) {}
uint32 timers::length() const { return len.Load(); }
intptr timers::heaplen() const { return heap.len; }
int64 timeSleepUntil() { return maxWhen; }
void synctestGroup::changegstatus(g*, uint32, uint32) {}
void synctestGroup::incActive() {}
void synctestGroup::decActive() {}
}  // namespace runtime
