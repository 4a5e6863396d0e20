// stubs.h mirrors stubs.go: C++ declarations of what is written in assembly (asm_amd64.S,
// asm_arm64.S), and of the C++ functions that assembly calls back.
//
// How a stack is left and entered. gobuf.{sp,pc,bp} is where a g continues:
//   * a g that was switched out by mcall: its callee-saved registers lie on its own stack, just
//     above sp, and pc is a stub that takes them back and returns to mcall's caller;
//   * a new g: pc is its entry function and ctxt that one's first C argument. It looks as if
//     goexit had just called it: the return address is goexitPC, at sp (amd64) or in lr (arm64).
//     gostartcall makes such a gobuf, and gogo sees by that address to let goexit call. In the
//     live world it is made when the g is about to run; until then sp is 0 (firstStack);
//   * m.g0: sp is where mcall and systemstack start to use the system stack. It is set by
//     gosave_call; whatever lies below it is dead as soon as mcall or systemstack is called.
#pragma once

#include <memory>
#include <type_traits>

#include "runtime/internal/goarch.h"

namespace runtime {

struct g;
struct gobuf;
struct funcval;

// getg returns the g that runs on this thread.
//
// It is an asm volatile, not a C++ thread_local: a g may be taken up by another thread in the
// middle of a function, and a compiler may keep the address of a thread_local in a register
// across the call that switched (clang for arm64 does so), after which it reads the slot of the
// thread that was left. For the same reason no address of errno, or of any other thread_local,
// may live across a switch. The slot runtime_tls_g is defined in assembly and has no C++ name.
[[gnu::always_inline]] inline g* getg() {
  g* gp;
#if defined(__x86_64__)
  asm volatile(
      "movq runtime_tls_g@gottpoff(%%rip), %0\n\t"
      "movq %%fs:(%0), %0"
      : "=r"(gp)
      :
      : "memory");
#elif defined(__aarch64__)
  uintptr slot;
  asm volatile(
      "mrs %0, tpidr_el0\n\t"
      "adrp %1, :gottprel:runtime_tls_g\n\t"
      "ldr %1, [%1, :gottprel_lo12:runtime_tls_g]\n\t"
      "ldr %0, [%0, %1]"
      : "=&r"(gp), "=&r"(slot)
      :
      : "memory");
#else
#error "getg: only amd64 and arm64 are ported"
#endif
  return gp;
}

// setg makes gp the g of this thread and touches nothing else. Only for code that changes the
// stack by itself, or that runs one g's code on another's stack on purpose.
[[gnu::always_inline]] inline void setg(g* gp) {
  uintptr slot;
#if defined(__x86_64__)
  asm volatile(
      "movq runtime_tls_g@gottpoff(%%rip), %0\n\t"
      "movq %1, %%fs:(%0)"
      : "=&r"(slot)
      : "r"(gp)
      : "memory");
#elif defined(__aarch64__)
  uintptr base;
  asm volatile(
      "mrs %0, tpidr_el0\n\t"
      "adrp %1, :gottprel:runtime_tls_g\n\t"
      "ldr %1, [%1, :gottprel_lo12:runtime_tls_g]\n\t"
      "str %2, [%0, %1]"
      : "=&r"(base), "=&r"(slot)
      : "r"(gp)
      : "memory");
#endif
}

extern "C" {

// mcall leaves the current g (state kept in g.sched), moves to m.g0's stack and calls fn(g)
// there. fn never returns; later somebody gogo()s to g.sched and mcall returns to its caller,
// perhaps on another thread. Not from g0 or gsignal.
void mcall(void (*fn)(g*));

// mcall_last is mcall for a g that will not go on. Its caller-saved and its callee-saved registers are gone.
void mcall_last(void (*fn)(g*));

// systemstack calls fn(arg) on the system stack and comes back. On g0 or gsignal already: a
// plain call. fn must not block, must not leave by an exception, and must not call mcall.
void systemstack(void (*fn)(void*), void* arg);

// gosave_call stores into buf how to return from this call (as mcall does, with buf->g left as
// it is), then calls fn on the same stack. When fn returns, so does gosave_call; gogo(buf) has the
// same effect from afar. mstart0 calls mstart1 through it, with &g0.sched: this fixes where the
// system stack starts, and lets goexit0 go back to mstart0 to end a thread.
void gosave_call(gobuf* buf, void (*fn)());

// goexit is what calls the entry function of every goroutine and then goexit1. gogo jumps to it.
void goexit();

// mstart is where a new thread starts, on the stack of its g0, with g0 set. It returns when the
// thread is to end.
void mstart();

// asyncPreempt is entered by a preemption signal's handler as if the interrupted code had called
// it between two instructions: every register of that code is kept. The handler prepares the
// stack. amd64: it steps over the red zone (128 bytes) and stores the interrupted pc as the
// return address. arm64: it copies the signal frame to just below sp (see preempt_arm64.S).
void asyncPreempt();

// rt0_go turns the thread that calls it into m0 on g0, starts the scheduler with runtime.main as
// the first goroutine, and does not return.
[[noreturn]] void rt0_go(int argc, char** argv);

}  // extern "C"

// gogo continues at buf and takes buf->g as the g of this thread. It clears sp, ctxt, ret and bp
// of buf, so that nobody can go the same way twice. Defined where gobuf is (runtime2.h).
[[noreturn]] inline void gogo(gobuf* buf);

// systemstack for a lambda: systemstack([&] { ... }).
template <typename F>
  requires std::is_invocable_v<F&>
inline void systemstack(F&& f) {
  using Fn = std::remove_reference_t<F>;
  systemstack([](void* arg) noexcept { (*static_cast<Fn*>(arg))(); },
              const_cast<void*>(static_cast<const volatile void*>(std::addressof(f))));
}

// Called by assembly; defined by the port.
void badmcall();         // mcall on g0
void badmcall2();        // mcall's fn returned
void badsystemstack();           // systemstack on a g that is none of m's
void goexit1();                  // end the current goroutine
void mstart0();                  // the C++ half of mstart
void asyncPreempt2();            // give up the processor at an asynchronous safe point

// What the caller's caller sees: the return address of the function this stands in, its
// frame's end (the caller's sp after the return), and its frame pointer. Inlined where it is
// written, so it speaks of the enclosing function.
[[gnu::always_inline]] inline uintptr getcallerpc() {
  return reinterpret_cast<uintptr>(__builtin_return_address(0));
}
[[gnu::always_inline]] inline uintptr getcallersp() {
  return reinterpret_cast<uintptr>(__builtin_dwarf_cfa());
}
[[gnu::always_inline]] inline uintptr getcallerfp() {
  return *static_cast<uintptr*>(__builtin_frame_address(0));
}

}  // namespace runtime
