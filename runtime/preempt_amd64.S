// preempt_amd64.S mirrors preempt_amd64.s: asyncPreempt.
#include "runtime/go_asm.h"

// Bytes that xsave needs on this machine; 512 where only fxsave exists; 0 until first asked.
    .section .bss
    .type runtime_xsave_size, @object
    .size runtime_xsave_size, 4
    .balign 4
runtime_xsave_size:
    .zero 4

    .section gort_text, "ax", @progbits

// void asyncPreempt()
// Every register is kept: flags, the caller-saved ones and the whole extended state here, the
// callee-saved ones by the C++ code that is called. On entry rsp points at the interrupted pc,
// and the interrupted code's rsp, with its red zone below, is 128+8 bytes higher.
    .p2align 4
    .globl asyncPreempt
    .type asyncPreempt, @function
asyncPreempt:
    .cfi_startproc
    .cfi_signal_frame
    .cfi_def_cfa %rsp, 136
    .cfi_offset %rip, -136
    pushq %rbp
    .cfi_def_cfa_offset 144
    .cfi_offset %rbp, -144
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    pushfq
    pushq %rax
    .cfi_offset %rax, -160
    pushq %rcx
    .cfi_offset %rcx, -168
    pushq %rdx
    .cfi_offset %rdx, -176
    pushq %rsi
    .cfi_offset %rsi, -184
    pushq %rdi
    .cfi_offset %rdi, -192
    pushq %r8
    .cfi_offset %r8, -200
    pushq %r9
    .cfi_offset %r9, -208
    pushq %r10
    .cfi_offset %r10, -216
    pushq %r11
    .cfi_offset %r11, -224
    cld
    movl runtime_xsave_size(%rip), %eax
    testl %eax, %eax
    jz 4f
1:  subq %rax, %rsp
    andq $-64, %rsp
    cmpl $512, %eax
    je 5f

    // xsave writes neither all of the area's header nor, in it, what xrstor wants to be zero.
    xorl %eax, %eax
    movq %rax, 512(%rsp)
    movq %rax, 520(%rsp)
    movq %rax, 528(%rsp)
    movq %rax, 536(%rsp)
    movq %rax, 544(%rsp)
    movq %rax, 552(%rsp)
    movq %rax, 560(%rsp)
    movq %rax, 568(%rsp)
    decl %eax
    movl %eax, %edx
    movl runtime_xsave_size(%rip), %ecx
    xsave64 (%rsp)
    // Whoever runs next on this thread finds it as a callee does: an empty x87 stack, clean upper halves, and the modes
    // that every goroutine begins with.
    cmpl $832, %ecx  // AVX's part is there
    jb 6f
    vzeroupper
6:  fninit
    fldcw 4+runtime_fenv_default(%rip)
    ldmxcsr runtime_fenv_default(%rip)
    call runtime_asyncPreempt2@PLT
    movl $-1, %eax
    movl %eax, %edx
    xrstor64 (%rsp)

3:  leaq -80(%rbp), %rsp
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rdx
    popq %rcx
    popq %rax
    popfq
    .cfi_remember_state
    popq %rbp
    .cfi_def_cfa %rsp, 136
    .cfi_restore %rbp
    ret $128
    .cfi_restore_state

    // The first preemption of the process asks the processor. A race is harmless: all answers
    // are equal.
4:  pushq %rbx
    movl $1, %eax
    xorl %ecx, %ecx
    cpuid
    movl $512, %eax
    testl $(1 << 27), %ecx  // OSXSAVE
    jz 2f
    movl $0xd, %eax
    xorl %ecx, %ecx
    cpuid
    movl %ebx, %eax
2:  popq %rbx
    movl %eax, runtime_xsave_size(%rip)
    jmp 1b

5:  fxsave64 (%rsp)
    fninit
    fldcw 4+runtime_fenv_default(%rip)
    ldmxcsr runtime_fenv_default(%rip)
    call runtime_asyncPreempt2@PLT
    fxrstor64 (%rsp)
    jmp 3b
    .cfi_endproc
    .size asyncPreempt, . - asyncPreempt

    .section .note.GNU-stack, "", @progbits
