// Go's traceback.go: stack traces.
//
// Go unwinds by its own tables. Here libunwind does it by the CFI that the compiler and our assembly leave, and
// symtab.cc gives names and lines. What is left to this file is where to begin, and which frames to show.
//
// Where to begin. A walk is correct only from a complete set of callee-saved registers, and there are three places
// where these are known:
//   * a g that does not run left by mcall: they lie on its stack, and the CFI of gosave_resume (g.sched.pc) says where.
//     So sched.{pc,sp} are enough. A g that has not started has none that matter, and no frame either: what it will
//     begin with is shown all the same (printStart).
//   * a g in a system call: pc, sp and frame pointer of entersyscall's caller. The other registers are lost; compiled
//     code computes its frame from sp or the frame pointer, so the walk does not need them.
//   * the thread that reports: its own registers. g0 joins the g's stack at systemstack, and gsignal joins whatever
//     was interrupted at the signal frame, as the CFI of both says. So a trace of "this pc, this sp" on this thread is
//     a walk from here up to the frame that has them.
//
// What is shown. Go hides frames of package runtime unless GOTRACEBACK=system, or the runtime itself broke. In C++ the
// runtime is namespace runtime, the parts of namespace gort that stand for statements of Go's language (channel
// operators, go, select, panic), the C++ library's machinery of exceptions, and the assembly. Packages sync and time
// show, as they do in Go, and so do gort's functions that are exported ones of package runtime (gort::Goexit).
//
// A frame reads `name(...)`: argument values are not known. Then a tab, file:line, and the offset in the function.
//
// What differs from Go: no cgo tracebacks; no hexdump of a broken stack, since libunwind
// just ends a walk that makes no sense; system goroutines are told by a list of start functions.
#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <iterator>
#include <limits>

#include "runtime/env_posix.h"
#include "runtime/handoff.h"
#include "runtime/print.h"
#include "runtime/proc_decl.h"
#include "runtime/symtab.h"
#include "runtime/trace.h"
#include "runtime/traceback.h"

namespace runtime {

bool isHelperOfCollector(uintptr pc);  // mgc.cc
void runfinq();                  // mfinal.cc
extern "C" void sigpanic0();     // signal_amd64.S

// ---- runtime1.go

uint32 traceback_cache = 2 << tracebackShift;
uint32 traceback_env;

tracebackLevel gotraceback() {
  g* gp = getg();
  uint32 t = __atomic_load_n(&traceback_cache, __ATOMIC_RELAXED);
  tracebackLevel r;
  r.crash = (t & tracebackCrash) != 0;
  r.all = gp->m->throwing >= throwTypeUser || (t & tracebackAll) != 0;
  if (gp->m->traceback != 0) {
    r.level = gp->m->traceback;
  } else if (gp->m->throwing >= throwTypeRuntime) {
    r.level = 2;
  } else {
    r.level = static_cast<int32>(t >> tracebackShift);
  }
  return r;
}

void setTraceback(std::string_view level) {
  uint32 t;
  int32 n;
  if (level == "none") {
    t = 0;
  } else if (level == "single" || level.empty()) {
    t = 1 << tracebackShift;
  } else if (level == "all") {
    t = 1 << tracebackShift | tracebackAll;
  } else if (level == "system") {
    t = 2 << tracebackShift | tracebackAll;
  } else if (level == "crash") {
    t = 2 << tracebackShift | tracebackAll | tracebackCrash;
  } else {
    t = tracebackAll;
    if (atoi32(level, &n) && n >= 0) t |= static_cast<uint32>(n) << tracebackShift;
  }
  // A C program that only uses us should hear it louder than by an exit.
  if (islibrary || isarchive) t |= tracebackCrash;
  t |= traceback_env;
  __atomic_store_n(&traceback_cache, t, __ATOMIC_RELAXED);
}

// ---- the walk

namespace {

// What stands on top of the stack of a goroutine that has not run yet. Set before the program begins.
const uintptr firstFrame[] = {goexitPC()};

struct unwinder {
  unw_cursor_t cursor;
  g* gp = nullptr;
  bool ok = false;
  bool exact = false;  // pc is an instruction that was about to run, not a return address
  bool unstarted = false;  // gp has not run yet: its only frame is the function that it will begin with
  uintptr pc = 0;
  uintptr sp = 0;

  bool valid() const { return ok; }
  // An address inside the instruction that the frame stands at.
  uintptr symPC() const { return exact ? pc : pc - 1; }

  void read() {
    unw_word_t ip = 0, s = 0;
    ok = unw_get_reg(&cursor, UNW_REG_IP, &ip) == 0 && unw_get_reg(&cursor, UNW_REG_SP, &s) == 0 && ip != 0;
    pc = ip;
    sp = s;
  }

  // Whether this frame was entered between two instructions of its caller's: by a signal, or by what a handler
  // arranged.
  bool enteredBySignal() {
    return unw_is_signal_frame(&cursor) > 0 || isCodeOf(&asyncPreempt, 512) || isCodeOf(&sigpanic0, 64);
  }
  // The sizes are rounded up: what follows in these objects is nothing.
  bool isCodeOf(void (*fn)(), uintptr size) const {
    return pc - reinterpret_cast<uintptr>(fn) < size && findfunc(pc).entry == reinterpret_cast<uintptr>(fn);
  }

  void next() {
    bool fromSignal = enteredBySignal();
    uintptr lastPC = pc, lastSP = sp;
    if (unw_step(&cursor) <= 0) {
      ok = false;
      return;
    }
    read();
    exact = fromSignal;
    if (pc == lastPC && sp == lastSP) ok = false;  // no progress
  }

  // The sp of the caller, for the trace.
  uintptr fp() const {
    unwinder u = *this;
    u.next();
    return u.ok ? u.sp : 0;
  }

  // From saved registers. bp may be 0; lr is arm64's.
  void initSaved(uintptr atPC, uintptr atSP, uintptr bp, bool isExact, [[maybe_unused]] uintptr lr = 0) {
    unw_context_t uc;
    std::memset(&uc, 0, sizeof(uc));
#if defined(__x86_64__)
    uc.uc_mcontext.gregs[REG_RIP] = static_cast<greg_t>(atPC);
    uc.uc_mcontext.gregs[REG_RSP] = static_cast<greg_t>(atSP);
    uc.uc_mcontext.gregs[REG_RBP] = static_cast<greg_t>(bp);
#elif defined(__aarch64__)
    uc.uc_mcontext.pc = atPC;
    uc.uc_mcontext.sp = atSP;
    uc.uc_mcontext.regs[29] = bp;
    uc.uc_mcontext.regs[30] = lr;
#else
#error "unwinder: only amd64 and arm64 are ported"
#endif
    saved = uc;
    ok = unw_init_local2(&cursor, &saved, isExact ? UNW_INIT_SIGNAL_FRAME : 0) == 0;
    if (ok) read();
    exact = isExact;
  }

  // From here: here was filled in a frame that is still there.
  void initHere(unw_context_t* here) {
    ok = unw_init_local(&cursor, here) == 0;
    if (ok) read();
  }

  // gp's frames. pc and sp, unless they are whereItStands, name a frame of this thread, or one whose registers are
  // otherwise unknown.
  void initAt(uintptr atPC, uintptr atSP, g* g1, uint32 flags, unw_context_t* here) {
    gp = g1;
    if (atPC == whereItStands && atSP == whereItStands) {
      if (gp->syscallsp != 0 && !isHandedOff(gp)) {
        initSaved(gp->syscallpc, gp->syscallsp, gp->syscallbp, false);
        return;
      }
      if (getg()->m != nullptr && gp == getg()->m->curg.plain()) {
        // We are on its own stack, or on g0 or gsignal on top of it.
        initHere(here);
        while (ok && !(gp->stack.lo <= sp && sp < gp->stack.hi)) next();
        if (ok) return;
      }
      const uint32 status = readgstatus(gp) & ~_Gscan;
      unstarted = (status == _Grunnable || status == _Gwaiting) && gp->sched.pc == gp->startpc;
      uintptr top = gp->sched.sp, lr = gp->sched.lr;
      if (unstarted && top == 0) {
        // It has no frame (firstStack): what it will return to, for the walk to end.
        top = reinterpret_cast<uintptr>(firstFrame);
        lr = firstFrame[0];
      }
      // Neither gosave_resume nor the entry of a function is a return address.
      initSaved(gp->sched.pc, top, gp->sched.bp, true, lr);
      return;
    }
    // A frame of this thread, which this walk comes by.
    initHere(here);
    while (ok && !(sp == atSP && pc == atPC)) next();
    if (ok) return;
    initSaved(atPC, atSP, 0, (flags & unwindTrap) != 0);
  }

  unw_context_t saved;
};

constexpr int nameLen = 512;

}  // namespace

std::string_view bareName(std::string_view name) {
  if (name.ends_with("()")) name.remove_suffix(2);
  return name;
}

namespace {

bool startsWithAny(std::string_view s, std::initializer_list<std::string_view> list) {
  for (std::string_view p : list) {
    if (s.starts_with(p)) return true;
  }
  return false;
}

bool isAny(std::string_view s, std::initializer_list<std::string_view> list) {
  for (std::string_view p : list) {
    if (s == p) return true;
  }
  return false;
}

// gort::Name, a function with a capital: an exported function of package runtime.
bool isExportedRuntime(std::string_view name) {
  name.remove_prefix(std::string_view("gort::").size());
  return !name.empty() && name[0] >= 'A' && name[0] <= 'Z' && name.find("::") == name.npos &&
         name.find('<') == name.npos;
}

bool isRuntimeFrame(std::string_view name) {
  if (name == "?" || name.empty()) return false;
  if (startsWithAny(name, {"runtime::", "std::terminate", "std::__terminate", "std::rethrow_exception", "__cxa_",
                           "__gxx_", "_Unwind_", "__cxxabiv1::", "std::__invoke", "__libc_start", "__restore_rt"})) {
    return true;
  }
  if (isAny(name, {"gogo", "mcall", "mcall_last", "systemstack", "systemstack_switch", "gosave_resume",
                   "gosave_call", "goexit", "mstart", "asyncPreempt", "sigpanic0", "rt0_go", "_start", "start_thread",
                   "clone3", "__clone"})) {
    return true;
  }
  if (startsWithAny(name, {"gort::sync::", "gort::time::"})) return false;
  if (name.starts_with("gort::")) return !isExportedRuntime(name);
  return false;
}

// What the libraries of the language keep to themselves: they have names for what others call only.
bool isLanguageLibrary(const funcInfo& f) {
  if (f.valid() || f.object == nullptr) return false;
  std::string_view path = f.object;
  return path.find("/libstdc++.so") != path.npos || path.find("/libgcc_s.so") != path.npos;
}

}  // namespace

bool isHiddenFrame(std::string_view name, const funcInfo& f) { return isRuntimeFrame(name) || isLanguageLibrary(f); }

namespace {

bool showfuncinfo(std::string_view name, const funcInfo& f) {
  return gotraceback().level > 1 || !isHiddenFrame(name, f);
}

bool showframe(std::string_view name, const funcInfo& f, g* gp) {
  m* mp = getg()->m;
  if (mp->throwing >= throwTypeRuntime && gp != nullptr && (gp == mp->curg.plain() || gp == mp->caughtsig.ptr())) {
    return true;
  }
  return showfuncinfo(name, f);
}

struct shown {
  int n;      // functions that were skipped or printed
  int lastN;  // those of them that are in the frame where it stopped
};

void printLocation(const fileLine& at, const funcInfo& f) {
  print("\t");
  if (at.line != 0) {
    print(at.file, ":", at.line);
  } else {
    print(f.object != nullptr ? f.object : "?");
  }
}

// The target of the call at pc, 0 if there is none. Reads 5 bytes.
uintptr calledAt(uintptr pc) {
  int32 offset;
#if defined(__x86_64__)
  if (*reinterpret_cast<const uint8*>(pc) != 0xe8) return 0;
  std::memcpy(&offset, reinterpret_cast<const void*>(pc + 1), sizeof offset);
  return pc + 5 + static_cast<uintptr>(intptr{offset});
#else
  if (pc % 4 != 0) return 0;
  std::memcpy(&offset, reinterpret_cast<const void*>(pc), sizeof offset);  // bl: 26 bits, in words
  if (static_cast<uint32>(offset) >> 26 != 0b100101) return 0;
  return pc + static_cast<uintptr>(intptr{static_cast<int32>(static_cast<uint32>(offset) << 6) >> 4});
#endif
}

// What is called as an object is: its name. Not the library's own (std::function), whose object is not known here.
bool isCallOperator(std::string_view name) {
  return name.ends_with("::operator()") && !isRuntimeFrame(name) && !name.starts_with("std::");
}

// f is a piece of gort::go (api/go.h), with which a goroutine begins; the program's object that it calls stands nowhere
// but in its machine code. Where that object's code is: the compiler put it into f, or f calls it. 0: neither.
uintptr findStart(const funcInfo& f) {
  constexpr uintptr farEnough = 512;
  char buf[nameLen];
  for (uintptr pc = f.entry; pc < f.entry + farEnough; pc++) {
    inlineUnwinder iu(pc, false);
    if (iu.func().entry != f.entry) return 0;
    for (; iu.isInlined(); iu.next()) {
      if (isCallOperator(bareName(iu.name(buf, nameLen)))) return pc;
    }
#if defined(__x86_64__)
    if (*reinterpret_cast<const uint8*>(pc) != 0xe8) continue;
#endif
    if (findfunc(pc + 4).entry != f.entry) return 0;
    uintptr target = calledAt(pc);
    if (target == 0 || !isProgramText(target)) continue;
    funcInfo called = findfunc(target);
    if (called.entry == target && isCallOperator(bareName(funcname(called, buf, nameLen)))) return target;
  }
  return 0;
}

// findStart, once for each f: a dump may ask for a million goroutines, which begin with few functions.
uintptr startOf(const funcInfo& f) {
  static struct {
    std::atomic<uintptr> entry;
    std::atomic<uintptr> start;  // 0: not known yet
  } known[256];
  auto& k = known[(f.entry >> 4) % std::size(known)];
  constexpr uintptr none = 1;
  if (k.entry.load(std::memory_order_relaxed) == f.entry) {
    uintptr start = k.start.load(std::memory_order_relaxed);
    if (start != 0) return start == none ? 0 : start;
  }
  uintptr start = findStart(f);
  // The first one stays: an entry never changes, so that the two words belong together.
  uintptr free = 0;
  if (k.entry.compare_exchange_strong(free, f.entry, std::memory_order_relaxed) || free == f.entry) {
    k.start.store(start != 0 ? start : none, std::memory_order_relaxed);
  }
  return start;
}

}  // namespace

programStart programStartOf(const g* gp, uintptr pc) {
  funcInfo f;
  f.entry = pc;
  if (!isProgramText(pc) || isRuntimeText(pc)) return {startKind::unknown, pc};
  if (uintptr start = startOf(f); start != 0) return {startKind::object, start};
  // A pointer to a function is the first thing in the funcval.
  const uintptr* words = copiedFuncval(gp);
  if (words == nullptr || !isProgramText(words[1])) return {startKind::unknown, pc};
  return {startKind::function, words[1]};
}

std::string_view startName(const programStart& start, char* buf, int len, fileLine* at) {
  inlineUnwinder iu(start.pc);
  for (; iu.valid(); iu.next()) {
    std::string_view name = bareName(iu.name(buf, len));
    if (start.kind == startKind::object ? !isCallOperator(name) : iu.isInlined()) continue;
    iu.fileLine(at);
    return name;
  }
  return "?";
}

namespace {

// gp has not run yet, and would enter f, a piece of gort::go: shows what the program gave to gort::go instead, an
// object or a function. False: it cannot be told.
bool printStart(const g* gp, const funcInfo& f) {
  const programStart start = programStartOf(gp, f.entry);
  if (start.kind == startKind::unknown) return false;
  if (start.kind == startKind::function && findfunc(start.pc).entry != start.pc) return false;
  char buf[nameLen];
  fileLine at;
  std::string_view name = startName(start, buf, nameLen, &at);
  if (name == "?" || (start.kind == startKind::function && isRuntimeFrame(name))) return false;
  print(name, "(...)\n");
  printLocation(at, f);
  print("\n");
  return true;
}

// One stack's functions, after `skip` shown ones, at most max. A frame holds several where the compiler put some into
// others.
shown traceback2(unwinder* u, bool showRuntime, int skip, int max) {
  g* gp = u->gp;
  int32 level = gotraceback().level;
  int n = 0;
  char buf[nameLen];
  for (; u->valid(); u->next()) {
    int lastN = 0;
    inlineUnwinder iu(u->symPC());
    const funcInfo& f = iu.func();
    // Labels in the assembly, not functions: where a g that left stands.
    if (f.name != nullptr && std::strcmp(f.name, "gosave_resume") == 0) continue;
    if (f.name != nullptr && std::strcmp(f.name, "goexit") == 0 && level < 2) continue;
    if (u->unstarted && skip == 0 && max > 0 && level < 2 && isRuntimeFrame(bareName(funcname(f, buf, nameLen))) &&
        printStart(gp, f)) {
      n++;
      max--;
      continue;
    }
    for (; iu.valid(); iu.next()) {
      std::string_view name = bareName(iu.name(buf, nameLen));
      if (!(showRuntime || showframe(name, f, gp))) continue;
      if (skip == 0 && max == 0) return {n, lastN};
      n++;
      lastN++;
      if (skip > 0) {
        skip--;
        continue;
      }
      max--;
      print(name, "(...)\n");
      fileLine at;
      iu.fileLine(&at);
      printLocation(at, f);
      if (!iu.isInlined()) {
        if (!f.valid()) {
          print(" +", hex(u->pc - f.base));
        } else if (u->pc > f.entry) {
          print(" +", hex(u->pc - f.entry));
        }
        if ((gp->m != nullptr && gp->m->throwing >= throwTypeRuntime && gp == gp->m->curg.plain()) || level >= 2) {
          print(" fp=", hex(u->fp()), " sp=", hex(u->sp), " pc=", hex(u->pc));
        }
      }
      print("\n");
    }
  }
  return {n, 0};
}

// What stands at the call that returns to pc: of the functions there the innermost that is to be seen, which is the one
// whose text has the call (the pieces of gort::go are part of it). goid 0: do not say it.
void printcreatedby1(uintptr pc, uint64 goid, g* gp) {
  inlineUnwinder iu(pc - 1);
  const funcInfo& f = iu.func();
  if (!f.valid()) return;
  char buf[nameLen];
  for (; iu.valid(); iu.next()) {
    std::string_view name = bareName(iu.name(buf, nameLen));
    if (iu.isInlined() && isRuntimeFrame(name)) continue;
    if (!(gp != nullptr ? showframe(name, f, gp) : showfuncinfo(name, f))) continue;
    print("created by ", name);
    if (goid != 0) print(" in goroutine ", goid);
    print("\n");
    fileLine at;
    iu.fileLine(&at);
    printLocation(at, f);
    if (pc > f.entry) print(" +", hex(pc - f.entry));
    print("\n");
    return;
  }
}

// The return addresses from u on.
int tracebackPCs(unwinder* u, int skip, uintptr* pcbuf, int n) {
  int i = 0;
  for (; i < n && u->valid(); u->next()) {
    if (skip > 0) {
      skip--;
      continue;
    }
    pcbuf[i++] = u->symPC() + 1;
  }
  return i;
}

void printAncestorTraceback(const ancestorInfo& ancestor) {
  print("[originating from goroutine ", ancestor.goid, "]:\n");
  char buf[nameLen];
  for (uintptr pc : ancestor.pcs) {
    inlineUnwinder iu(pc - 1);
    const funcInfo& f = iu.func();
    if (!f.valid() || std::strcmp(f.name, "goexit") == 0) continue;
    for (; iu.valid(); iu.next()) {
      std::string_view name = bareName(iu.name(buf, nameLen));
      if (!showfuncinfo(name, f)) continue;
      print(name, "(...)\n");
      fileLine at;
      iu.fileLine(&at);
      printLocation(at, f);
      if (!iu.isInlined()) print(" +", hex(pc - f.entry));
      print("\n");
    }
  }
  if (ancestor.pcs.len == tracebackInnerFrames) print("...additional frames elided...\n");
  if (ancestor.gopc != 0 && ancestor.goid != 1) printcreatedby1(ancestor.gopc, 0, nullptr);
}

}  // namespace

// What created gp; nothing for the main goroutine.
void printcreatedby(g* gp) {
  if (gp->gopc != 0 && gp->goid != 1) printcreatedby1(gp->gopc, gp->parentGoid, gp);
}

void traceback(uintptr pc, uintptr sp, uintptr lr, g* gp) { traceback1(pc, sp, lr, gp, 0); }

void tracebacktrap(uintptr pc, uintptr sp, uintptr lr, g* gp) { traceback1(pc, sp, lr, gp, unwindTrap); }

[[gnu::noinline]] void traceback1(uintptr pc, uintptr sp, uintptr, g* gp, uint32 flags) {
  if ((readgstatus(gp) & ~_Gscan) == _Gsyscall && !isHandedOff(gp)) {
    pc = sp = whereItStands;
    flags &= ~unwindTrap;
  }
  unw_context_t here;
  unw_getcontext(&here);
  unwinder u;

  // The inner frames are printed as they are found: a broken stack gives at least those. If there are more, the rest is
  // counted first, and then the outer ones are printed.
  auto tracebackWithRuntime = [&](bool showRuntime) {
    u.initAt(pc, sp, gp, flags, &here);
    auto [n, lastN] = traceback2(&u, showRuntime, 0, tracebackInnerFrames);
    if (n < tracebackInnerFrames) return n;
    // Both start again with the frame where the first part stopped, of which lastN are printed.
    unwinder u2 = u;
    int remaining = traceback2(&u, showRuntime, std::numeric_limits<int>::max(), 0).n;
    int elide = remaining - lastN - tracebackOuterFrames;
    if (elide > 0) print("...", int32{elide}, " frames elided...\n");
    traceback2(&u2, showRuntime, lastN + (elide > 0 ? elide : 0), tracebackOuterFrames);
    return n;
  };
  // Nothing to show but the runtime's frames: show those.
  if (tracebackWithRuntime(false) == 0) tracebackWithRuntime(true);
  printcreatedby(gp);

  if (gp->ancestors == nullptr) return;
  for (const ancestorInfo& ancestor : *gp->ancestors) printAncestorTraceback(ancestor);
}

static std::string_view statusText(uint32 status) {
  switch (status) {
    case _Gidle: return "idle";
    case _Grunnable: return "runnable";
    case _Grunning: return "running";
    case _Gsyscall: return "syscall";
    case _Gwaiting: return "waiting";
    case _Gdead: return "dead";
    case _Gcopystack: return "copystack";
    case _Gpreempted: return "preempted";
  }
  return "???";
}

void goroutineheader(g* gp) {
  int32 level = gotraceback().level;
  uint32 gpstatus = readgstatus(gp);
  bool isScan = (gpstatus & _Gscan) != 0;
  gpstatus &= ~_Gscan;
  std::string_view status = statusText(isHandedOff(gp) ? _Grunning : gpstatus);
  if (gpstatus == _Gwaiting && gp->waitreason != waitReasonZero) status = String(gp->waitreason);

  int64 waitfor = 0;  // minutes
  if ((gpstatus == _Gwaiting || gpstatus == _Gsyscall) && gp->waitsince != 0) {
    waitfor = (nanotime() - gp->waitsince) / (int64{60} * 1000000000);
  }
  print("goroutine ", gp->goid);
  if ((gp->m != nullptr && gp->m->throwing >= throwTypeRuntime && gp == gp->m->curg.plain()) || level >= 2) {
    print(" gp=", static_cast<void*>(gp));
    if (gp->m != nullptr) {
      print(" m=", gp->m->id, " mp=", static_cast<void*>(gp->m));
    } else {
      print(" m=nil");
    }
  }
  print(" [", status);
  if (isScan) print(" (scan)");
  if (waitfor >= 1) print(", ", waitfor, " minutes");
  if (gp->lockedm != 0) print(", locked to thread");
  if (gp->syncGroup != nullptr) print(", synctest group ", gp->syncGroup->root->goid);
  print("]:\n");
}

void tracebackothers(g* me) {
  int32 level = gotraceback().level;
  m* mp = getg()->m;
  g* curgp = mp->curg.plain();
  if (curgp != nullptr && curgp != me) {
    print("\n");
    goroutineheader(curgp);
    traceback(whereItStands, whereItStands, 0, curgp);
  }
  // No locks: the list of all gs only grows.
  forEachGRace([&](g* gp) {
    if (gp == me || gp == curgp || readgstatus(gp) == _Gdead || (isSystemGoroutine(gp, false) && level < 2)) return;
    print("\n");
    goroutineheader(gp);
    if (gp->m != mp && ((readgstatus(gp) & ~_Gscan) == _Grunning || isHandedOff(gp))) {
      print("\tgoroutine running on other thread; stack unavailable\n");
      printcreatedby(gp);
    } else {
      traceback(whereItStands, whereItStands, 0, gp);
    }
  });
}

// In Go every goroutine that starts in package runtime, runtime.main and coroutines excepted; here a list. The
// finalizer's goroutine never runs code of the program: it has none.
bool isSystemStart(uintptr pc, bool fixed) {
  if (pc == reinterpret_cast<uintptr>(&runfinq)) return !fixed;
  return pc == reinterpret_cast<uintptr>(&forcegchelper) || isHelperOfCollector(pc) || isTracersStart(pc);
}

// ---- callers

[[gnu::noinline]] int callers(int skip, uintptr* pcbuf, int n) {
  unw_context_t here;
  unw_getcontext(&here);
  unwinder u;
  u.initHere(&here);
  return tracebackPCs(&u, skip + 1, pcbuf, n);
}

[[gnu::noinline]] int gcallers(g* gp, int skip, uintptr* pcbuf, int n) {
  unw_context_t here;
  unw_getcontext(&here);
  unwinder u;
  u.initAt(whereItStands, whereItStands, gp, unwindSilentErrors, &here);
  return tracebackPCs(&u, skip, pcbuf, n);
}

// For GODEBUG=tracebackancestors: callergp's frames and those of its own ancestors, newest first. callergp creates a
// goroutine; its frames inside the runtime are left out when they are printed. Never freed: a few words for each
// goroutine made, in a mode for debugging.
slice<ancestorInfo>* recordAncestors(g* callergp) {
  slice<ancestorInfo> old;
  if (callergp->ancestors != nullptr) old = *callergp->ancestors;
  intptr n = std::min<intptr>(old.len + 1, debug.tracebackancestors);
  auto* list = new slice<ancestorInfo>{new ancestorInfo[static_cast<uintptr>(n)], n, n};
  for (intptr i = 1; i < n; i++) (*list)[i] = old[i - 1];
  uintptr pcs[tracebackInnerFrames];
  int npcs = gcallers(callergp, 0, pcs, tracebackInnerFrames);
  auto* copy = new uintptr[static_cast<uintptr>(npcs)];
  std::memcpy(copy, pcs, static_cast<uintptr>(npcs) * sizeof(uintptr));
  (*list)[0] = {{copy, npcs, npcs}, callergp->goid, callergp->gopc};
  return list;
}

}  // namespace runtime
