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
}  // namespace runtime
