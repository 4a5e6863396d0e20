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
void callbackUpdateSystemStack(m*, uintptr, bool) {}
void bindmAtThreadExit(g*) {}
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
std::string_view signame(uint32) { return "SIGSEGV: segmentation violation"; }
}  // namespace runtime
