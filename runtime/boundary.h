// The boundary between the program and the runtime.
//
// In Go the compiler puts a check of stackguard0 at the start of every function, and knows at every instruction whether
// a goroutine may stop there. C++ has neither. What it has is this boundary: a goroutine is either in the program's
// code, which means everything that is not the runtime's (libraries and libc included), or in the runtime's. It says
// which in a byte of its g, the mark, and every function of the runtime that a program calls crosses with an object of
// one of the classes below. Two things rest on it:
//
//   * While the mark is 0 the code needs no P and owes the scheduler nothing. So the P may be taken from under it at
//     any instruction, and nobody but the runtime notices (handoff.cc).
//   * Whoever comes in looks whether something is wanted of him: that he give way, as in Go, or that he get a P first.
//     Both look like Go's request, a stackguard0 that is stackPreempt, so it costs one load that predicts well.
//
// The order matters: first the mark, then the look. Who asks does it the other way round and has every thread pass a
// fence in between, so that no instruction is spent on it here.
//
// For inlining into programs: this header knows g by the offsets that assembly uses.
#pragma once

#include "runtime/go_asm.h"
#include "runtime/stack.h"
#include "runtime/stubs.h"

namespace runtime {

// The mark of gp: 0 while it runs the program's code, else 1. A field that Go has for its race detector. Written by the
// goroutine itself; others read it with acquire.
inline signed char* boundaryMark(g* gp) { return reinterpret_cast<signed char*>(gp) + g_raceignore; }
inline bool isRequested(g* gp) {
  return __atomic_load_n(reinterpret_cast<uintptr*>(reinterpret_cast<char*>(gp) + g_stackguard0), __ATOMIC_RELAXED) ==
         stackPreempt;
}

// What was asked of gp, the goroutine or g0 of this thread, on its way in: gives way, or gets a P. May come back on
// another thread.
[[gnu::cold]] void enterRequested(g* gp);

// On a thread that gort did not start (cgocall.cc): makes it run as a goroutine that is in the runtime, till it leaves.
// Returns the goroutine's mark. Where there can be none, before gort has started or in the child of a fork, says so and
// ends the process with status 2.
[[gnu::cold]] signed char* enterForeign();
[[gnu::cold]] void leaveForeign();
// Whether a thread that gort did not start can enter now.
bool canEnterForeign();
// What fromProgram finds before it, there: no mark has it.
inline constexpr signed char cameFromOutside = -1;

// Lives as long as a call of the program's into the runtime. On any thread. Nests.
class fromProgram {
 public:
  [[gnu::always_inline]] fromProgram() {
    g* gp = getg();
    if (gp == nullptr) [[unlikely]] {
      mark_ = enterForeign();
      before_ = cameFromOutside;
      return;
    }
    mark_ = boundaryMark(gp);
    before_ = __atomic_load_n(mark_, __ATOMIC_RELAXED);
    enter(gp);
  }
  [[gnu::always_inline]] ~fromProgram() {
    if (before_ == cameFromOutside) [[unlikely]] {
      leaveForeign();
    } else {
      __atomic_store_n(mark_, before_, __ATOMIC_RELEASE);
    }
  }
  fromProgram(const fromProgram&) = delete;
  fromProgram& operator=(const fromProgram&) = delete;

 private:
  [[gnu::always_inline]] void enter(g* gp) {
    __atomic_store_n(mark_, static_cast<signed char>(1), __ATOMIC_RELAXED);
    asm volatile("" ::: "memory");  // pairs with the fence in handoff.cc
    if (isRequested(gp)) [[unlikely]] enterRequested(gp);
  }

  signed char* mark_;
  signed char before_;
};

// The same where a thread without a g may come as well, to do what needs none.
class fromAnyThread {
 public:
  [[gnu::always_inline]] fromAnyThread() : gp_(getg()), before_(1) {
    if (gp_ == nullptr) return;
    before_ = __atomic_load_n(boundaryMark(gp_), __ATOMIC_RELAXED);
    __atomic_store_n(boundaryMark(gp_), static_cast<signed char>(1), __ATOMIC_RELAXED);
    asm volatile("" ::: "memory");
    if (isRequested(gp_)) [[unlikely]] enterRequested(gp_);
  }
  [[gnu::always_inline]] ~fromAnyThread() {
    if (gp_ != nullptr) __atomic_store_n(boundaryMark(gp_), before_, __ATOMIC_RELEASE);
  }
  fromAnyThread(const fromAnyThread&) = delete;
  fromAnyThread& operator=(const fromAnyThread&) = delete;

 private:
  g* gp_;
  signed char before_;
};

// Lives as long as a call of the runtime's into the program's code, on a goroutine.
class toProgram {
 public:
  toProgram() : mark_(boundaryMark(getg())), before_(__atomic_load_n(mark_, __ATOMIC_RELAXED)) {
    __atomic_store_n(mark_, static_cast<signed char>(0), __ATOMIC_RELEASE);
  }
  ~toProgram() {
    __atomic_store_n(mark_, before_, __ATOMIC_RELAXED);
    asm volatile("" ::: "memory");
    if (before_ == 0) return;
    g* gp = getg();
    if (gp == nullptr) [[unlikely]] enterForeign();  // a fork's child came back
    if (isRequested(gp)) [[unlikely]] enterRequested(gp);
  }
  toProgram(const toProgram&) = delete;
  toProgram& operator=(const toProgram&) = delete;

 private:
  signed char* mark_;
  signed char before_;
};

// The way in for who ends the program: nobody takes its P any more. If it has none, it goes on without.
inline void enterToDie() {
  if (g* gp = getg(); gp != nullptr) __atomic_store_n(boundaryMark(gp), static_cast<signed char>(1), __ATOMIC_RELAXED);
}

// The way in for a goroutine that does not go back: its function has returned.
[[gnu::always_inline]] inline void enterForGood() {
  g* gp = getg();
  if (gp == nullptr) [[unlikely]] enterForeign();  // a fork's child came back
  __atomic_store_n(boundaryMark(gp), static_cast<signed char>(1), __ATOMIC_RELAXED);
  asm volatile("" ::: "memory");
  if (isRequested(gp)) [[unlikely]] enterRequested(gp);
}

}  // namespace runtime
