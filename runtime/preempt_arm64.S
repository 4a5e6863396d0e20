// preempt_arm64.S mirrors preempt_arm64.s: asyncPreempt.
//
// C++ leaves no register free to jump through, so the interrupted registers cannot all be put
// back by user code. They come back from the kernel instead.
#include "runtime/go_asm.h"

    .section gort_text, "ax", %progbits

// void asyncPreempt()
// Every register is kept, in a copy of the signal frame. On entry sp points at that copy (the
// kernel's struct rt_sigframe: 128 bytes of siginfo, then the ucontext), made by the handler
// below the interrupted code's sp. There is no CFI on purpose: a stack walk knows a frame whose
// return address is at these two instructions for a signal frame, and reads it.
    .p2align 4
    .globl asyncPreempt
    .type asyncPreempt, %function
asyncPreempt:
    bl runtime_asyncPreempt2
    mov x8, #139  // rt_sigreturn
    svc #0
    .size asyncPreempt, . - asyncPreempt

    .section .note.GNU-stack, "", %progbits
