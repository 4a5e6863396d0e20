// Asynchronous preemption as Go has it: a goroutine that does not come back by itself loses its thread between two
// instructions. Go's preempt.go. Here it is what GODEBUG=asyncpreempt=move chooses; by default a goroutine loses its P
// and keeps its thread, which C++ code needs (handoff.cc).
//
// The request is Go's: sysmon finds a time slice of 10 ms used up (retake), marks g and p, and sends SIGURG to the
// thread (preemptM). The handler, on the signal stack, decides whether the goroutine stands at a safe point. If so it
// arranges that the goroutine seems to have called asyncPreempt at that very instruction, and returns; asyncPreempt
// saves all registers on the goroutine's stack and calls asyncPreempt2, which goes to the scheduler. If not, the
// goroutine runs on, and the handler sets a timer for another try (see preemptRetry in signal_unix.cc).
//
// What a safe point is. Go's compiler knows. C++ code may stand anywhere in code that nobody thought of as preemptible:
// in malloc, with the lock of an arena held; in printf, with the lock of the stream; in the dynamic linker. If the
// goroutine lost its thread there, the next one on that thread would wait for a lock that its own thread holds, and if
// there is no other processor, for ever. So a goroutine may be preempted only when
//   1. it is a user goroutine and runs (not the scheduler on its behalf), and its m holds no lock of the runtime;
//   2. the interrupted instruction, and the call in every frame from there up to goexit, lie in the program's own code:
//      that of the executable without the runtime. Then no function of a shared library is under way, and no
//      function of the runtime;
//   3. there is room on its stack for the registers.
// Frames of the runtime that do nothing but call the program (runtime.main, for one) are marked RUNTIME_CALLS_PROGRAM
// and let through, where they have called something; so main can be preempted, too.
//
// The runtime's code is told apart by its section, gort_text: assembly names it, and the objects of C++ get it after
// compilation (runtime/separate_text.sh). Inline functions and templates that other code has as well may be the copies
// of the runtime's objects: they only make it refuse more. Linkers define the section's bounds, so this costs nothing
// at the start.
//
// What is walked with: cfi.cc, which reads the unwind table of the executable. libunwind and libgcc find the table of
// an address by asking the dynamic linker, under its lock, and cache what they find under locks of their own.
//
// What differs from Go, and what a program must know (docs/limits.md): a lock of the program's own (std::mutex) may be
// held by a goroutine that is preempted; addresses of thread_locals and of errno do not survive.
//
// suspendG and resumeG are not here: they stop a goroutine for the collector, which wants to read its stack.
#include "runtime/preempt.h"

#include <errno.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "runtime/boundary.h"
#include "runtime/cfi.h"
#include "runtime/fenv.h"
#include "runtime/handoff.h"
#include "runtime/proc_decl.h"

extern "C" {
// The bounds of the sections; a linker defines them when the sections exist. Those of gort_text: seam/inline.h.
[[gnu::weak, gnu::visibility("hidden")]] extern char __start_gort_calls[];
[[gnu::weak, gnu::visibility("hidden")]] extern char __stop_gort_calls[];
}

namespace runtime {

namespace {

// Constant after preemptinit.
cfiText programText;
uintptr runtimeLo, runtimeHi;  // gort_text
uintptr callsLo, callsHi;      // gort_calls
uintptr asyncPreemptStack = ~uintptr{0};

atomic::Uint64<> taken;
atomic::Uint64<> refused[8];

}  // namespace

bool isProgramText(uintptr pc) { return pc >= programText.lo && pc < programText.hi; }

bool isRuntimeText(uintptr pc) {
  return (pc >= reinterpret_cast<uintptr>(__start_gort_text) && pc < reinterpret_cast<uintptr>(__stop_gort_text)) ||
         (pc >= reinterpret_cast<uintptr>(__start_gort_calls) && pc < reinterpret_cast<uintptr>(__stop_gort_calls));
}

namespace {

// In the program's code; as the place of a call, also in what calls the program.
bool isProgram(uintptr pc, bool called) {
  if (!isProgramText(pc)) return false;
  if (pc >= runtimeLo && pc < runtimeHi) return false;
  return called || pc < callsLo || pc >= callsHi;
}

// Out of line, so that its address is asked for on the thread that runs: errno's is kept by compilers.
[[gnu::noinline]] int getErrno() { return errno; }
[[gnu::noinline]] void setErrno(int v) { errno = v; }

// What asyncPreempt puts on the stack: the red zone, the registers, the extended state, and the frames of
// asyncPreempt2 and mcall.
uintptr preemptStackBytes() {
  uintptr state = 1024;
#if defined(__x86_64__)
  uint32 a, b = 0, c, d;
  if (__get_cpuid_count(0xd, 0, &a, &b, &c, &d) != 0 && b > state) state = b;
#elif defined(__aarch64__)
  state = 8192;  // a copy of the signal's frame
#endif
  return state + 2048;
}

}  // namespace

// Whether mp is in a state in which its goroutine may be taken off it.
bool canPreemptM(m* mp) {
  return mp->locks == 0 && mp->mallocing == 0 && mp->preemptoff.len == 0 && mp->p.ptr()->status.Load() == _Prunning;
}

// The half of Go's newstack that is about preemption: gives the processor up, or puts the request off when the thread
// must not switch now. It is not lost: gp.preempt stays, and the last unlock asks again.
void newstackPreempt() {
  g* gp = getg();
  m* mp = gp->m;
  if (gp != mp->curg.plain() || mp->p == 0 || !canPreemptM(mp)) {
    gp->stackguard0 = gp->stack.lo + stackGuard;
    return;
  }
  mcall(gp->preemptStop ? preemptPark : gopreempt_m);
}

// On the way into the runtime: boundary.h. A thread's own g has nothing to give.
void enterRequested(g* gp) {
  m* mp = gp->m;
  if (mp == nullptr || gp != mp->curg.plain()) {
    gp->stackguard0 = gp->stack.lo + stackGuard;
    return;
  }
  handoffEnd(gp);
  if (isRequested(gp)) newstackPreempt();
}

// A thread beside sysmon, which sees to nothing else.
static int32 preemptPeriod;
static void preempter() {
  lock(&sched.lock);
  sched.nmsys++;
  checkdead();
  unlock(&sched.lock);
  for (;;) {
    usleep(static_cast<uint32>(preemptPeriod));
    lock(&sched.sysmonlock);
    lock(&allpLock);
    for (p* pp : allp) {
      if (pp != nullptr && pp->status.Load() == _Prunning) preemptone(pp);
    }
    unlock(&allpLock);
    retake(nanotime());
    unlock(&sched.sysmonlock);
  }
}

void preemptEvery(int32 us) {
  preemptPeriod = us;
  systemstack([] { newm(preempter, nullptr, -1); });
}

// Called by asyncPreempt, on the goroutine's stack, with the registers saved.
void asyncPreempt2() {
  g* gp = getg();
  int err = getErrno();
  *boundaryMark(gp) = 1;  // a request has been heard
  taken.Add(1);
  gp->asyncSafePoint = true;
  if (gp->preemptStop) {
    mcall(preemptPark);
  } else {
    mcall(gopreempt_m);
  }
  gp->asyncSafePoint = false;
  setErrno(err);  // of the thread that it has now
  __atomic_store_n(boundaryMark(gp), static_cast<signed char>(0), __ATOMIC_RELEASE);
}

void preemptinit() {
  runtimeLo = reinterpret_cast<uintptr>(__start_gort_text);
  runtimeHi = reinterpret_cast<uintptr>(__stop_gort_text);
  callsLo = reinterpret_cast<uintptr>(__start_gort_calls);
  callsHi = reinterpret_cast<uintptr>(__stop_gort_calls);
  for (uintptr fn : {reinterpret_cast<uintptr>(&gogo), reinterpret_cast<uintptr>(&schedule),
                     reinterpret_cast<uintptr>(&gopark), reinterpret_cast<uintptr>(&lock),
                     reinterpret_cast<uintptr>(&isAsyncSafePoint), reinterpret_cast<uintptr>(&stackalloc),
                     reinterpret_cast<uintptr>(&semacquire), reinterpret_cast<uintptr>(&throw_)}) {
    if (fn < runtimeLo || fn >= runtimeHi) {
      print("runtime: function at ", hex(fn), " is not in gort_text [", hex(runtimeLo), ", ", hex(runtimeHi), "]\n");
      throw_("the runtime's code is not separate from the program's");
    }
  }
  if (!cfiInit(&programText)) throw_("the executable has no .eh_frame_hdr");
  fenvinit();
  asyncPreemptStack = preemptStackBytes();
}

bool wantAsyncPreempt(g* gp) {
  return (gp->preempt || (gp->m->p != 0 && gp->m->p.ptr()->preempt)) && (readgstatus(gp) & ~_Gscan) == _Grunning;
}

static safePoint framesOf(g* gp, const cfiFrame& at) {
  const uintptr end = goexitPC();
  cfiFrame f = at;
  if (!isProgram(f.reg[cfiPC], false)) return safePoint::leaf;
  for (bool first = true;; first = false) {
    if (!cfiStep(programText, &f, first, gp->stack.hi)) return safePoint::unknown;
    if (f.reg[cfiPC] == end) return safePoint::yes;
    if (!isProgram(f.reg[cfiPC] - 1, true)) return safePoint::caller;
  }
}

safePoint isAsyncSafePoint(g* gp, const cfiFrame& at) {
  m* mp = gp->m;

  // First, since it is the usual case: the thread is in the scheduler, about to obey.
  if (mp->curg.plain() != gp) return safePoint::notRunning;
  if (*boundaryMark(gp) != 0 || mp->p == 0 || !canPreemptM(mp)) return safePoint::busy;

  const uintptr sp = at.reg[cfiSP];
  if (sp < gp->stack.lo || sp >= gp->stack.hi || sp - gp->stack.lo < asyncPreemptStack) return safePoint::noRoom;

  return framesOf(gp, at);
}

bool hasOnlyProgramFrames(g* gp, const cfiFrame& at) { return framesOf(gp, at) == safePoint::yes; }

// gp stopped itself: only the runtime's own code does that.
void checkAsyncSafePoint(g* gp) {
  if (!gp->asyncSafePoint) return;
  if (gp->sched.pc < runtimeLo || gp->sched.pc >= runtimeHi) throw_("preempt at unknown pc");
}

void countRefused(safePoint why) { refused[static_cast<uint32>(why)].Add(1); }

preemptStats readPreemptStats() {
  preemptStats s{};
  s.taken = taken.Load();
  for (int i = 0; i < 8; i++) s.refused[i] = refused[i].Load();
  return s;
}

}  // namespace runtime
