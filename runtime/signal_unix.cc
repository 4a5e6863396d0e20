// Signals: Go's signal_unix.go, with the parts of sigtab_linux_generic.go, signal_amd64.go, signal_arm64.go and
// os_linux.go that belong to it.
//
// Every handler runs on the thread's signal stack, gsignal's, with all signals blocked. The g of the thread is gsignal
// meanwhile; the one that was interrupted is passed on as gp. A handler never blocks and never allocates. What it can
// do is: change where the thread goes on (preemption: asyncPreempt; a fault: sigpanic0; an overflow: newstack on g0),
// end the program with a report, or nothing.
//
// What each signal does is Go's: SIGHUP, SIGINT and SIGTERM kill; SIGQUIT, SIGABRT and their like show all goroutines
// and end with status 2; SIGSEGV, SIGBUS and SIGFPE of the program's own code are panics; SIGURG preempts; the rest is
// caught and ignored. What is ignored when the program starts stays so (SIGHUP, SIGINT).
//
// What differs from Go:
//   * A handler that the program itself installed before the runtime started stays, for signals that the runtime does
//     not need; it only gets SA_ONSTACK, since a goroutine's stack has no room for strangers. Go leaves C code's
//     handlers alone in the same way when it is a library. For faults outside of goroutines the earlier handler is
//     called, as in Go.
//   * os/signal has handlers of its own, which write to a descriptor that a goroutine waits for: sigsend, its queue and
//     the masks that it needs are not here.
//   * SIGPIPE: in Go a write to a broken standard output or error kills the program, another write just fails; os.File
//     knows. Here libc writes, so the handler looks at which file descriptor the interrupted system call was given.
//   * A stack overflow is a fault in the guard. The handler moves the thread to g0, as Go's morestack does, and calls
//     newstack, which says so and throws.
//   * A fault becomes a C++ exception that seems to be thrown by the faulting instruction. Whether a handler around it
//     sees it is the compiler's choice: code compiled without -fnon-call-exceptions says of no load that it throws.
//     What nobody catches ends as Go's panic does.
//   * A signal that finds no safe point makes its thread try again soon (preemptRetry), because a C++ goroutine may be
//     in a shared library for most of its time, where a preemption every 10 ms would seldom find it outside.
//   * The CPU profiler's samples go to execution traces (tracecpu.cc) and to profiles (cpuprof.cc) of threads of the
//     runtime's; other threads of the program are perf's to look at.
#include "runtime/signal_unix.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstring>

#include "runtime/asan.h"
#include "runtime/boundary.h"
#include "runtime/cfi.h"
#include "runtime/cpuprof.h"
#include "runtime/exit.h"
#include "runtime/handoff.h"
#include "runtime/os_linux_decl.h"
#include "runtime/panic.h"
#include "runtime/preempt.h"
#include "runtime/proc_decl.h"
#include "runtime/signal_unix_decl.h"
#include "runtime/traceback.h"
#include "runtime/tracecpu.h"
#include "runtime/traceoutput.h"

#if RUNTIME_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

extern "C" void sigpanic0();

namespace runtime {

namespace {

// What is done about a signal.
enum : int32 {
  _SigNotify = 1 << 0,    // a program may ask to be told
  _SigKill = 1 << 1,      // else: end quietly
  _SigThrow = 1 << 2,     // else: end with a report
  _SigPanic = 1 << 3,     // caused by the code that runs: a panic there
  _SigDefault = 1 << 4,   // never ours
  _SigGoExit = 1 << 5,    // other systems'
  _SigSetStack = 1 << 6,  // libc's: only the signal stack is seen to
  _SigUnblock = 1 << 7,   // never blocked
  _SigIgn = 1 << 8,       // ignored by the system unless handled
};

struct sigTabT {
  int32 flags;
  std::string_view name;
};

constexpr uint32 _NSIG_ = 65;

constexpr sigTabT sigtable[] = {
    {0, "SIGNONE: no trap"},
    {_SigNotify + _SigKill, "SIGHUP: terminal line hangup"},
    {_SigNotify + _SigKill, "SIGINT: interrupt"},
    {_SigNotify + _SigThrow, "SIGQUIT: quit"},
    {_SigThrow + _SigUnblock, "SIGILL: illegal instruction"},
    {_SigThrow + _SigUnblock, "SIGTRAP: trace trap"},
    {_SigNotify + _SigThrow, "SIGABRT: abort"},
    {_SigPanic + _SigUnblock, "SIGBUS: bus error"},
    {_SigPanic + _SigUnblock, "SIGFPE: floating-point exception"},
    {0, "SIGKILL: kill"},
    {_SigNotify, "SIGUSR1: user-defined signal 1"},
    {_SigPanic + _SigUnblock, "SIGSEGV: segmentation violation"},
    {_SigNotify, "SIGUSR2: user-defined signal 2"},
    {_SigNotify, "SIGPIPE: write to broken pipe"},
    {_SigNotify, "SIGALRM: alarm clock"},
    {_SigNotify + _SigKill, "SIGTERM: termination"},
    {_SigThrow + _SigUnblock, "SIGSTKFLT: stack fault"},
    {_SigNotify + _SigUnblock + _SigIgn, "SIGCHLD: child status has changed"},
    {_SigNotify + _SigDefault + _SigIgn, "SIGCONT: continue"},
    {0, "SIGSTOP: stop, unblockable"},
    {_SigNotify + _SigDefault + _SigIgn, "SIGTSTP: keyboard stop"},
    {_SigNotify + _SigDefault + _SigIgn, "SIGTTIN: background read from tty"},
    {_SigNotify + _SigDefault + _SigIgn, "SIGTTOU: background write to tty"},
    {_SigNotify + _SigIgn, "SIGURG: urgent condition on socket"},
    {_SigNotify, "SIGXCPU: cpu limit exceeded"},
    {_SigNotify, "SIGXFSZ: file size limit exceeded"},
    {_SigNotify, "SIGVTALRM: virtual alarm clock"},
    {_SigNotify + _SigUnblock, "SIGPROF: profiling alarm clock"},
    {_SigNotify + _SigIgn, "SIGWINCH: window size change"},
    {_SigNotify, "SIGIO: i/o now possible"},
    {_SigNotify, "SIGPWR: power failure restart"},
    {_SigThrow, "SIGSYS: bad system call"},
    {_SigSetStack + _SigUnblock, "signal 32"},  // SIGCANCEL
    {_SigSetStack + _SigUnblock, "signal 33"},  // SIGSETXID
    {_SigSetStack + _SigUnblock, "signal 34"},
    {_SigNotify, "signal 35"},
    {_SigNotify, "signal 36"},
    {_SigNotify, "signal 37"},
    {_SigNotify, "signal 38"},
    {_SigNotify, "signal 39"},
    {_SigNotify, "signal 40"},
    {_SigNotify, "signal 41"},
    {_SigNotify, "signal 42"},
    {_SigNotify, "signal 43"},
    {_SigNotify, "signal 44"},
    {_SigNotify, "signal 45"},
    {_SigNotify, "signal 46"},
    {_SigNotify, "signal 47"},
    {_SigNotify, "signal 48"},
    {_SigNotify, "signal 49"},
    {_SigNotify, "signal 50"},
    {_SigNotify, "signal 51"},
    {_SigNotify, "signal 52"},
    {_SigNotify, "signal 53"},
    {_SigNotify, "signal 54"},
    {_SigNotify, "signal 55"},
    {_SigNotify, "signal 56"},
    {_SigNotify, "signal 57"},
    {_SigNotify, "signal 58"},
    {_SigNotify, "signal 59"},
    {_SigNotify, "signal 60"},
    {_SigNotify, "signal 61"},
    {_SigNotify, "signal 62"},
    {_SigNotify, "signal 63"},
    {_SigNotify, "signal 64"},
};
static_assert(sizeof sigtable / sizeof sigtable[0] == _NSIG_);

using handlerFn = void (*)(int, siginfo_t*, void*);

// The handler that was installed before, to pass signals on to that are not ours. Written while there is one thread.
uintptr fwdSig[_NSIG_];
bool fwdSigInfo[_NSIG_];
const uintptr sigDfl = reinterpret_cast<uintptr>(SIG_DFL);
const uintptr sigIgn = reinterpret_cast<uintptr>(SIG_IGN);

// Whether the handler that is installed is ours. A fork's child and dieFromSignal clear it.
atomic::Uint32<> handlingSig[_NSIG_];

bool signalsOK;

// The kernel's idea of a set of signals: 64 bits, in two words here as in Go.
constexpr sigset sigsetAll{{~uint32{0}, ~uint32{0}}};

void sigaddset(sigset* s, uint32 sig) { s->bits[(sig - 1) / 32] |= uint32{1} << ((sig - 1) & 31); }
void sigdelset(sigset* s, uint32 sig) { s->bits[(sig - 1) / 32] &= ~(uint32{1} << ((sig - 1) & 31)); }

// Not libc's, which keeps its own signals out of the set.
void sigprocmask(int how, const sigset* set, sigset* old) {
  syscall(SYS_rt_sigprocmask, how, set, old, sizeof(sigset));
}

// Whether a system call of that number may wait for others. Those by which malloc gets its memory do not, and it makes
// them with a lock held.
bool mayWait(int64 number) {
  switch (number) {
    case SYS_brk:
    case SYS_mmap:
    case SYS_munmap:
    case SYS_mprotect:
    case SYS_mremap:
    case SYS_madvise: return false;
  }
  return true;
}

// A view of what the kernel tells a handler.
struct sigctxt {
  siginfo_t* info;
  ucontext_t* uc;

  int32 sigcode() const { return info->si_code; }
  bool sigFromUser() const { return sigcode() == SI_USER || sigcode() == SI_TKILL; }
  uintptr fault() const { return reinterpret_cast<uintptr>(info->si_addr); }
#if defined(__x86_64__)
  greg_t& reg(int i) const { return uc->uc_mcontext.gregs[i]; }
  uintptr sigpc() const { return static_cast<uintptr>(reg(REG_RIP)); }
  uintptr sigsp() const { return static_cast<uintptr>(reg(REG_RSP)); }
  uintptr sigfp() const { return static_cast<uintptr>(reg(REG_RBP)); }
  uintptr siglr() const { return 0; }
  // The first argument of the system call that the code has just come out of.
  uintptr syscallArg0() const { return static_cast<uintptr>(reg(REG_RDI)); }
  void setPC(uintptr pc) { reg(REG_RIP) = static_cast<greg_t>(pc); }
  void setSP(uintptr sp) { reg(REG_RSP) = static_cast<greg_t>(sp); }

  void registers(cfiFrame* f) const {
    static constexpr int order[cfiRegs] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                                           REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                           REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
    for (int i = 0; i < cfiRegs; i++) f->reg[i] = static_cast<uintptr>(reg(order[i]));
  }

  // In a system call that waits: at its instruction, which the kernel will repeat, or behind it, interrupted.
  bool inWaitingCall() const {
    const uint8* pc = reinterpret_cast<const uint8*>(sigpc());
    if (pc[0] == 0x0f && pc[1] == 0x05) return mayWait(reg(REG_RAX));
    return pc[-2] == 0x0f && pc[-1] == 0x05 && reg(REG_RAX) == -EINTR;
  }

  // Makes it look as if the code had called target at pc: over the red zone, so the callee knows (preempt_amd64.S).
  void pushCall(uintptr target, uintptr pc) {
    auto* sp = reinterpret_cast<uintptr*>(sigsp() - 128) - 1;
    *sp = pc;
    setSP(reinterpret_cast<uintptr>(sp));
    setPC(target);
  }
  void callAsyncPreempt() { pushCall(reinterpret_cast<uintptr>(&asyncPreempt), sigpc()); }
  void callSigpanic() { pushCall(reinterpret_cast<uintptr>(&sigpanic0), sigpc()); }
  // Undoes a call, to where it was made. The instruction before is inside the call.
  bool undoCall(const g* gp) {
    uintptr sp = sigsp();
    if (sp < gp->stack.lo || sp > gp->stack.hi - sizeof(uintptr)) return false;
    setPC(*reinterpret_cast<uintptr*>(sp) - 1);
    setSP(sp + sizeof(uintptr));
    return true;
  }
  void dumpregs() const {
    static constexpr struct {
      const char* name;
      int reg;
    } regs[] = {{"rax    ", REG_RAX}, {"rbx    ", REG_RBX}, {"rcx    ", REG_RCX}, {"rdx    ", REG_RDX},
                {"rdi    ", REG_RDI}, {"rsi    ", REG_RSI}, {"rbp    ", REG_RBP}, {"rsp    ", REG_RSP},
                {"r8     ", REG_R8},  {"r9     ", REG_R9},  {"r10    ", REG_R10}, {"r11    ", REG_R11},
                {"r12    ", REG_R12}, {"r13    ", REG_R13}, {"r14    ", REG_R14}, {"r15    ", REG_R15},
                {"rip    ", REG_RIP}, {"rflags ", REG_EFL}};
    for (const auto& r : regs) print(r.name, hex(static_cast<uint64>(reg(r.reg))), "\n");
    uint64 segments = static_cast<uint64>(reg(REG_CSGSFS));
    print("cs     ", hex(segments & 0xffff), "\n");
    print("fs     ", hex(segments >> 32 & 0xffff), "\n");
    print("gs     ", hex(segments >> 16 & 0xffff), "\n");
  }
#elif defined(__aarch64__)
  mcontext_t& regs() const { return uc->uc_mcontext; }
  uintptr sigpc() const { return regs().pc; }
  uintptr sigsp() const { return regs().sp; }
  uintptr sigfp() const { return regs().regs[29]; }
  uintptr siglr() const { return regs().regs[30]; }
  uintptr syscallArg0() const { return ~uintptr{0}; }  // x0 is the result by now
  void setPC(uintptr pc) { regs().pc = pc; }
  void setSP(uintptr sp) { regs().sp = sp; }

  void registers(cfiFrame* f) const {
    for (int i = 0; i < 31; i++) f->reg[i] = regs().regs[i];
    f->reg[cfiSP] = regs().sp;
    f->reg[cfiPC] = regs().pc;
  }

  // As above.
  bool inWaitingCall() const {
    const uint32* pc = reinterpret_cast<const uint32*>(sigpc());
    if (pc[0] == 0xd4000001) return mayWait(static_cast<int64>(regs().regs[8]));
    return pc[-1] == 0xd4000001 && static_cast<int64>(regs().regs[0]) == -EINTR;
  }

  // Copies the signal's frame, siginfo and then ucontext, to below the code's stack: preempt_arm64.S returns by it.
  void callAsyncPreempt() {
    const char* from = reinterpret_cast<const char*>(info);
    const uintptr bytes = static_cast<uintptr>(reinterpret_cast<const char*>(uc) + sizeof(ucontext_t) - from);
    uintptr to = (sigsp() - bytes) & ~uintptr{15};
    std::memcpy(reinterpret_cast<void*>(to), from, bytes);
    setSP(to);
    setPC(reinterpret_cast<uintptr>(&asyncPreempt));
  }
  void callSigpanic() {
    auto* sp = reinterpret_cast<uintptr*>(sigsp()) - 2;
    sp[0] = sigpc();
    sp[1] = siglr();
    setSP(reinterpret_cast<uintptr>(sp));
    setPC(reinterpret_cast<uintptr>(&sigpanic0));
  }
  bool undoCall(const g*) {
    setPC(siglr() - 4);
    return true;
  }
  void dumpregs() const {
    for (int i = 0; i < 29; i++) print("r", int32{i}, i < 10 ? "      " : "     ", hex(regs().regs[i]), "\n");
    print("r29     ", hex(regs().regs[29]), "\n");
    print("lr      ", hex(siglr()), "\n");
    print("sp      ", hex(sigsp()), "\n");
    print("pc      ", hex(sigpc()), "\n");
    print("fault   ", hex(regs().fault_address), "\n");
  }
#endif
};

void sigtramp(int sig, siginfo_t* info, void* ctx);

void setsig(uint32 sig, uintptr fn) {
  struct sigaction sa = {};
  sa.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigfillset(&sa.sa_mask);
  sa.sa_sigaction = reinterpret_cast<handlerFn>(fn);
  if (fn == sigDfl || fn == sigIgn) sa.sa_flags = 0;
  // libc keeps 32 and 33 for itself, valgrind and qemu 64.
  if (sigaction(static_cast<int>(sig), &sa, nullptr) != 0 && sig != 32 && sig != 33 && sig != 64) {
    throw_("sigaction failed");
  }
}

uintptr getsig(uint32 sig) {
  struct sigaction sa = {};
  if (sigaction(static_cast<int>(sig), nullptr, &sa) != 0) return sigDfl;
  fwdSigInfo[sig] = (sa.sa_flags & SA_SIGINFO) != 0;
  return reinterpret_cast<uintptr>(sa.sa_sigaction);
}

void setsigstack(uint32 sig) {
  struct sigaction sa = {};
  sigaction(static_cast<int>(sig), nullptr, &sa);
  if ((sa.sa_flags & SA_ONSTACK) != 0) return;
  sa.sa_flags |= SA_ONSTACK;
  sigaction(static_cast<int>(sig), &sa, nullptr);
}

void raise_(uint32 sig) { syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), sig); }

void unblocksig(uint32 sig) {
  sigset set{};
  sigaddset(&set, sig);
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

// ---- Trying again.

// The thread's timer for another preemption signal: its number and 1, 0 while there is none; and how long it waited
// last.
thread_local int32 preemptTimer;
thread_local int64 preemptDelay;
atomic::Uint64<> retries;

constexpr int64 preemptDelayMin = 50000;  // ns
constexpr int64 preemptDelayMax = 2000000;

// In the handler: no safe point was found, and the goroutine has had its time. Sends this thread the signal again,
// after a time that doubles from try to try. System calls only.
void preemptRetry() {
  retries.Add(1);
  if (preemptTimer == 0) {
    sigevent sev = {};
    sev.sigev_notify = SIGEV_THREAD_ID;
    sev.sigev_signo = sigPreempt;
    sev._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
    int32 id;
    if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &sev, &id) != 0) return;
    preemptTimer = id + 1;
  }
  int64 delay = preemptDelay == 0 ? preemptDelayMin : 2 * preemptDelay;
  if (delay > preemptDelayMax) delay = preemptDelayMax;
  preemptDelay = delay;
  itimerspec at = {};
  at.it_value.tv_nsec = delay;
  syscall(SYS_timer_settime, preemptTimer - 1, 0, &at, nullptr);
}

// On a thread that ends.
void preemptRetryStop() {
  if (preemptTimer != 0) syscall(SYS_timer_delete, preemptTimer - 1);
  preemptTimer = 0;
}

}  // namespace

uint64 preemptRetries() { return retries.Load(); }

std::string_view signame(uint32 sig) { return sig >= _NSIG_ ? std::string_view() : sigtable[sig].name; }

// Whether the runtime's handler is to be installed. fwdSig is known.
static bool sigInstallGoHandler(uint32 sig) {
  // Who started us may want us to survive these.
  if ((sig == SIGHUP || sig == SIGINT) && fwdSig[sig] == sigIgn) return false;

  int32 flags = sigtable[sig].flags;
  if ((flags & _SigSetStack) != 0) return false;

  // The program's own handler.
  bool own = fwdSig[sig] != sigDfl && fwdSig[sig] != sigIgn;
  return !own || (flags & _SigPanic) != 0 || sig == sigPreempt;
}

// preinit: of a library that no Go main calls; there is no such thing here.
void initsig(bool preinit) {
  if (!preinit) {
    preemptinit();
    signalsOK = true;
  }
  for (uint32 sig = 0; sig < _NSIG_; sig++) {
    int32 flags = sigtable[sig].flags;
    if (flags == 0 || (flags & _SigDefault) != 0) continue;
    fwdSig[sig] = getsig(sig);
    if (!sigInstallGoHandler(sig)) {
      if (fwdSig[sig] != sigDfl && fwdSig[sig] != sigIgn) setsigstack(sig);
      continue;
    }
    handlingSig[sig].Store(1);
    setsig(sig, reinterpret_cast<uintptr>(&sigtramp));
  }
}

// In a fork's child, before exec: every handler of ours back to the default.
void clearSignalHandlers() {
  for (uint32 sig = 0; sig < _NSIG_; sig++) {
    if (handlingSig[sig].Load() != 0) setsig(sig, sigDfl);
  }
}

// Threads that the program made by itself are not sampled.
void setProcessCPUProfiler(int32) {}

// Sends this thread SIGPROF hz times in each second of its own processor time; 0: not any more. If the program has a
// handler of its own for that, only remembers the rate.
void setThreadCPUProfiler(int32 hz) {
  m* mp = getg()->m;
  mp->profilehz = hz;
  if (mp->mOS.profileTimerValid.Load()) {
    mp->mOS.profileTimerValid.Store(false);
    syscall(SYS_timer_delete, mp->mOS.profileTimer);
    mp->mOS.profileTimer = 0;
  }
  if (hz == 0 || handlingSig[SIGPROF].Load() == 0) return;
  sigevent sev = {};
  sev.sigev_notify = SIGEV_THREAD_ID;
  sev.sigev_signo = SIGPROF;
  sev._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  int32 id;
  if (syscall(SYS_timer_create, CLOCK_THREAD_CPUTIME_ID, &sev, &id) != 0) return;
  // Not all threads at the same moment of their slices.
  const int64 period = 1000000000 / hz;
  const int64 first = 1 + static_cast<int64>(cheaprand()) % period;
  itimerspec at = {};
  at.it_interval = {period / 1000000000, period % 1000000000};
  at.it_value = {first / 1000000000, first % 1000000000};
  if (syscall(SYS_timer_settime, id, 0, &at, nullptr) != 0) {
    syscall(SYS_timer_delete, id);
    return;
  }
  mp->mOS.profileTimer = id;
  mp->mOS.profileTimerValid.Store(true);
}

// A sample of what this thread does, in the handler.
static void sigprof(const sigctxt& c, g* gp, m* mp) {
  if (prof.hz.Load() == 0) return;
  const uintptr sp = c.sigsp();
  const bool onGoroutine = gp == mp->curg.plain() && gp != nullptr && gp->stack.lo <= sp && sp < gp->stack.hi;
  const traceFrom at{c.sigpc(), sp, c.sigfp(), true};
  traceCPUSample(onGoroutine ? gp : nullptr, mp, mp->p.ptr(), at);
  cpuProfileAdd(onGoroutine ? gp : nullptr, at);
}

// A write to a broken pipe on standard output or error.
static void sigpipe() { dieFromSignal(SIGPIPE); }

static void doSigPreempt(g* gp, sigctxt* c) {
  if (isExiting()) [[unlikely]] {
    cfiFrame at;
    c->registers(&at);
    standStill(gp, at, c->inWaitingCall());
  }
  if (preemptMode == asyncPreemptMode::handoff) {
    if (wantAsyncPreempt(gp)) handoffM(gp->m);
  } else if (wantAsyncPreempt(gp)) {
    cfiFrame at;
    c->registers(&at);
    safePoint where = isAsyncSafePoint(gp, at);
    if (where == safePoint::yes) {
      c->callAsyncPreempt();
      preemptDelay = 0;
    } else {
      countRefused(where);
      if (gp == gp->m->curg.plain() && debug.asyncpreemptoff == 0) preemptRetry();
    }
  } else {
    preemptDelay = 0;
  }

  // A suspender may wait for either.
  gp->m->preemptGen.Add(1);
  gp->m->signalPending.Store(0);
}

// Asks mp's thread to look for a safe point. The answer comes later, or never: the goroutine may be gone by then. At
// most one signal is on its way at a time.
void preemptM(m* mp) {
  if (preemptMode == asyncPreemptMode::off) return;
  if (preemptMode == asyncPreemptMode::handoff && !unlockNeedsFence) {
    handoffM(mp);
    return;
  }
  if (mp->signalPending.CompareAndSwap(0, 1)) signalM(mp);
}

void signalM(m* mp) { syscall(SYS_tgkill, getpid(), static_cast<pid_t>(mp->procid), sigPreempt); }

static bool sigfwdgo(uint32 sig, sigctxt* c);
static void sighandler(uint32 sig, sigctxt* c, g* gp);
static void badsignal(uint32 sig);

// On the signal stack; the g is still the one that was interrupted.
static void sigtrampgo(uint32 sig, sigctxt* c) {
  if (sigfwdgo(sig, c)) return;
  g* gp = getg();
  if (gp == nullptr || gp->m == nullptr || gp->m->isExtraInC) {
    if (sig == sigPreempt) return;  // meant for goroutines that this thread has run
    badsignal(sig);
    return;
  }
  setg(gp->m->gsignal);
  if (gp->stackguard0 == stackFork) {
    print("signal ", sig, " received during fork\n");
    throw_("signal received during fork");
  }
  sighandler(sig, c, gp);
  // newstack has its own.
  if (getg() == gp->m->gsignal) setg(gp);
}

namespace {

// The handler that the system calls.
void sigtramp(int sig, siginfo_t* info, void* ctx) {
  int err = errno;
  sigctxt c{info, static_cast<ucontext_t*>(ctx)};
  sigtrampgo(static_cast<uint32>(sig), &c);
  errno = err;
}

// How many threads report at once under GOTRACEBACK=crash.
atomic::Int32<> crashing;

// Where the thread goes when a goroutine has come to the end of its stack: here, on g0. From stack.go.
[[noreturn]] void newstack() {
  g* gp = getg()->m->curg.plain();
#if RUNTIME_ASAN
  // The only switch that the assembly does not make.
  const stack& here = getg()->stack;
  void* fakeStack;
  __sanitizer_start_switch_fiber(&fakeStack, reinterpret_cast<void*>(here.lo), here.hi - here.lo);
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
  print("runtime: goroutine stack exceeds ", uint64{stackSizeOf(gp)}, "-byte limit\n");
  print("runtime: sp=", hex(gp->sched.sp), " stack=[", hex(gp->stack.lo), ", ", hex(gp->stack.hi), "]\n");
  printStackAdvice();
  throw_("stack overflow");
}

// Continues in newstack on g0, as if gp had called for it: gp is left where it stands.
void callNewstack(sigctxt* c, g* gp) {
  gp->sched.pc = c->sigpc();
  gp->sched.sp = c->sigsp();
  gp->sched.bp = c->sigfp();
  g* g0 = gp->m->g0;
  setg(g0);
  // As after a call: no return address, since nobody returns.
  uintptr sp = (g0->sched.sp & ~uintptr{15}) - 16;
#if defined(__x86_64__)
  sp -= sizeof(uintptr);
  *reinterpret_cast<uintptr*>(sp) = 0;
#endif
  c->setSP(sp);
  c->setPC(reinterpret_cast<uintptr>(&newstack));
}

}  // namespace

static g* fatalsignal(uint32 sig, sigctxt* c, g* gp, m* mp);

// On the signal stack, as gsignal; gp was interrupted.
static void sighandler(uint32 sig, sigctxt* c, g* gp) {
  m* mp = getg()->m;

  if (sig == SIGPROF) return sigprof(*c, gp, mp);

  // Even if it was meant for us it may stand for another one as well: on with it.
  if (sig == sigPreempt && (debug.asyncpreemptoff == 0 || isExiting())) doSigPreempt(gp, c);

  if (sig == SIGPIPE) {
    uintptr fd = c->syscallArg0();
    if (c->sigFromUser() && (fd == 1 || fd == 2)) sigpipe();
    return;
  }

  int32 flags = sig < _NSIG_ ? sigtable[sig].flags : _SigThrow;
  bool synchronous = !c->sigFromUser() && (flags & _SigPanic) != 0;
  if (synchronous && gp == mp->curg.plain() && sig == SIGSEGV && stackOverflowed(gp, c->fault())) {
    callNewstack(c, gp);
    return;
  }
  // A panic wants a goroutine's stack under it.
  if (synchronous && (gp != mp->curg.plain() || c->sigsp() < gp->stack.lo || c->sigsp() >= gp->stack.hi)) {
    flags = _SigThrow;
    synchronous = false;
  }
  if (synchronous) {
    gp->sig = sig;
    gp->sigcode0 = static_cast<uintptr>(c->sigcode());
    gp->sigcode1 = c->fault();
    gp->sigpc = c->sigpc();
    // A call of a null pointer: the fault is the caller's.
    if (gp->sigpc < 4096 && !c->undoCall(gp)) return;
    c->callSigpanic();
    return;
  }

  if ((flags & _SigKill) != 0) {
    if (traceEndsElsewhere(sig)) return;
    traceAtFatal();
    dieFromSignal(sig);
  }

  if ((flags & (_SigThrow | _SigPanic)) == 0) return;

  mp->throwing = throwTypeRuntime;
  mp->caughtsig.set(gp);

  if (crashing.Load() == 0) startpanic_m();

  gp = fatalsignal(sig, c, gp, mp);

  auto [level, all, docrash] = gotraceback();
  (void)all;
  g* curg = mp->curg.plain();
  if (level > 0) {
    goroutineheader(gp);
    tracebacktrap(c->sigpc(), c->sigsp(), c->siglr(), gp);
    if (crashing.Load() > 0 && gp != curg && curg != nullptr && (readgstatus(curg) & ~_Gscan) == _Grunning) {
      // tracebackothers on the first thread left this one out.
      goroutineheader(curg);
      traceback(whereItStands, whereItStands, 0, curg);
    } else if (crashing.Load() == 0) {
      tracebackothers(gp);
      print("\n");
    }
    c->dumpregs();
  }

  if (docrash) {
    constexpr uint32 step = 5000;  // us
    constexpr uint32 patience = 2000 * step;
    bool isCrashThread = crashing.CompareAndSwap(0, 1);
    if (!isCrashThread) crashing.Add(1);
    if (crashing.Load() < mcount() - static_cast<int32>(extraMLength.Load())) {
      // The next thread: SIGQUIT goes to one that does not block it, so to one that has not reported.
      print("\n-----\n\n");
      kill(getpid(), SIGQUIT);
    }
    if (isCrashThread) {
      uint32 timeout = patience;
      int32 most = crashing.Load();
      while (timeout > 0 && crashing.Load() < mcount() - static_cast<int32>(extraMLength.Load())) {
        usleep(step);
        timeout -= step;
        if (int32 n = crashing.Load(); n > most) {
          most = n;
          timeout = patience;
        }
      }
    } else {
      int32 most = 0;
      for (int32 n = crashing.Load(); n > most; n = crashing.Load()) {
        most = n;
        usleep(patience);
      }
    }
    crash();
  }

  exit(2);
}

// The head of the report.
static g* fatalsignal(uint32 sig, sigctxt* c, g* gp, m* mp) {
  if (sig < _NSIG_) {
    print(sigtable[sig].name, "\n");
  } else {
    print("Signal ", sig, "\n");
  }
  print("PC=", hex(c->sigpc()), " m=", mp->id, " sigcode=", c->sigcode());
  if (sig == SIGSEGV || sig == SIGBUS) print(" addr=", hex(c->fault()));
  print("\n");
  if (sig == SIGILL || sig == SIGFPE) {
    // What is there of 16 bytes: the next page may not be mapped.
    uintptr n = 16;
    if (uintptr left = 4096 - c->sigpc() % 4096; n > left) n = left;
    print("instruction bytes:");
    const uint8* b = reinterpret_cast<const uint8*>(c->sigpc());
    for (uintptr i = 0; i < n; i++) print(" ", hex(b[i]));
    print("\n");
  }
  print("\n");
  return gp;
}

// On the goroutine that faulted, called by sigpanic0.
void sigpanic() {
  fromProgram here;
  g* gp = getg();
  if (!canpanic()) throw_("unexpected signal during runtime execution");

  switch (gp->sig) {
    case SIGBUS:
      if (gp->sigcode0 == BUS_ADRERR && gp->sigcode1 < 0x1000) panicmem();
      if (gp->paniconfault) panicmemAddr(gp->sigcode1);
      print("unexpected fault address ", hex(gp->sigcode1), "\n");
      throw_("fault");
    case SIGSEGV:
      if ((gp->sigcode0 == 0 || gp->sigcode0 == SEGV_MAPERR || gp->sigcode0 == SEGV_ACCERR) && gp->sigcode1 < 0x1000) {
        panicmem();
      }
      if (gp->paniconfault) panicmemAddr(gp->sigcode1);
      print("unexpected fault address ", hex(gp->sigcode1), "\n");
      throw_("fault");
    case SIGFPE:
      if (gp->sigcode0 == FPE_INTDIV) {
        // Go's compiler looks at the divisor and panics without a signal: there is none to tell of.
        gp->sig = 0;
        panicdivide();
      }
      if (gp->sigcode0 == FPE_INTOVF) panicoverflow();
      panicfloat();
  }
  if (gp->sig >= _NSIG_) throw_("unexpected signal value");
  panicSignal(sigtable[gp->sig].name.data());
}

void dieFromSignal(uint32 sig) {
  unblocksig(sig);
  handlingSig[sig].Store(0);
  setsig(sig, sigDfl);
  raise_(sig);
  // It is on its way.
  osyield();
  osyield();
  osyield();
  exit(2);
}

// On a thread that is none of ours. Whoever had a handler before has been asked by sigfwdgo.
static void badsignal(uint32 sig) {
  uintptr handler = fwdSig[sig];
  if (handler == sigIgn || (handler == sigDfl && (sigtable[sig].flags & _SigIgn) != 0)) return;
  int32 flags = sigtable[sig].flags;
  // as on a goroutine: caught, ignored
  if (handler == sigDfl && (flags & (_SigKill | _SigThrow | _SigPanic)) == 0) return;
  if ((flags & _SigKill) != 0 && handler == sigDfl && traceEndsElsewhere(sig)) return;
  dieFromSignal(sig);
}

// Passes a signal on that is not the runtime's to handle. Returns whether that is all there is to do.
static bool sigfwdgo(uint32 sig, sigctxt* c) {
  if (sig >= _NSIG_) return false;
  uintptr fwdFn = fwdSig[sig];
  int32 flags = sigtable[sig].flags;
  auto forward = [&] {
    if (fwdSigInfo[sig]) {
      reinterpret_cast<handlerFn>(fwdFn)(static_cast<int>(sig), c->info, c->uc);
    } else {
      reinterpret_cast<void (*)(int)>(fwdFn)(static_cast<int>(sig));
    }
  };

  if (handlingSig[sig].Load() == 0 || !signalsOK) {
    if (fwdFn == sigIgn || (fwdFn == sigDfl && (flags & _SigIgn) != 0)) return true;
    if (fwdFn == sigDfl) dieFromSignal(sig);
    forward();
    return true;
  }

  if (fwdFn == sigDfl) return false;
  // Only what the running code itself has caused.
  if ((c->sigFromUser() || (flags & _SigPanic) == 0) && sig != SIGPIPE) return false;
  g* gp = getg();
  if (gp != nullptr && gp->m != nullptr && gp->m->curg.plain() != nullptr && !gp->m->isExtraInC && !gp->m->incgo) {
    return false;
  }
  if (fwdFn != sigIgn) forward();
  return true;
}

void sigsave(sigset* p) { sigprocmask(SIG_SETMASK, nullptr, p); }

void msigrestore(const sigset& sigmask) { sigprocmask(SIG_SETMASK, &sigmask, nullptr); }

// exiting: the thread ends, in libc, which wants to be able to signal it till then.
void sigblock(bool exiting) {
  sigset s = sigsetAll;
  if (exiting) {
    for (uint32 sig : {32u, 33u, 34u}) sigdelset(&s, sig);
  }
  sigprocmask(SIG_SETMASK, &s, nullptr);
}

// Signals that no thread may block, or some would wait for long.
static bool blockableSig(uint32 sig) {
  int32 flags = sigtable[sig].flags;
  if ((flags & _SigUnblock) != 0) return false;
  if (sig == sigPreempt && debug.asyncpreemptoff == 0) return false;
  return (flags & (_SigKill | _SigThrow)) == 0;
}

static void minitSignalStack() {
  m* mp = getg()->m;
  stack_t st = {};
  st.ss_sp = reinterpret_cast<void*>(mp->gsignal->stack.lo);
  st.ss_size = mp->gsignal->stack.hi - mp->gsignal->stack.lo;
  if (sigaltstack(&st, nullptr) != 0) throw_("sigaltstack failed");
  mp->newSigstack = true;
}

// The thread's mask: what it was meant to have, without what must not be blocked.
static void minitSignalMask() {
  sigset nmask = getg()->m->sigmask;
  for (uint32 sig = 1; sig < _NSIG_; sig++) {
    if (!blockableSig(sig)) sigdelset(&nmask, sig);
  }
  sigprocmask(SIG_SETMASK, &nmask, nullptr);
}

void minitSignals() {
  minitSignalStack();
  minitSignalMask();
}

void unminitSignals() {
  preemptRetryStop();
  setThreadCPUProfiler(0);
  stack_t st = {};
  st.ss_flags = SS_DISABLE;
  sigaltstack(&st, nullptr);
}

// On the parent's thread: mp's signal stack. From os_linux.go. A report of a crash is printed on it, by way of the
// unwinder, so it has the size of a goroutine's.
void mpreinit(m* mp) {
  mp->gsignal = malg(256 << 10);
  mp->gsignal->m = mp;
}

}  // namespace runtime
