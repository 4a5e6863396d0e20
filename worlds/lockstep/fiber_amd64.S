// fiber_amd64.S: the stack switch of a simulated M. See fiber.h.

    .text

// void gort_fiber_switch(void** save_sp, void* load_sp)
// Keeps the callee-saved registers, mxcsr and the x87 control word on the stack that is left,
// stores its sp in *save_sp, and continues at load_sp. Caller-saved registers, flags, the signal
// mask and all thread-locals are not kept.
    .p2align 4
    .globl gort_fiber_switch
    .type gort_fiber_switch, @function
gort_fiber_switch:
    .cfi_startproc
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    pushq %rbx
    .cfi_def_cfa_offset 24
    .cfi_offset %rbx, -24
    pushq %r12
    .cfi_def_cfa_offset 32
    .cfi_offset %r12, -32
    pushq %r13
    .cfi_def_cfa_offset 40
    .cfi_offset %r13, -40
    pushq %r14
    .cfi_def_cfa_offset 48
    .cfi_offset %r14, -48
    pushq %r15
    .cfi_def_cfa_offset 56
    .cfi_offset %r15, -56
    subq $8, %rsp
    .cfi_def_cfa_offset 64
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    addq $8, %rsp
    .cfi_def_cfa_offset 56
    popq %r15
    .cfi_def_cfa_offset 48
    .cfi_restore %r15
    popq %r14
    .cfi_def_cfa_offset 40
    .cfi_restore %r14
    popq %r13
    .cfi_def_cfa_offset 32
    .cfi_restore %r13
    popq %r12
    .cfi_def_cfa_offset 24
    .cfi_restore %r12
    popq %rbx
    .cfi_def_cfa_offset 16
    .cfi_restore %rbx
    popq %rbp
    .cfi_def_cfa_offset 8
    .cfi_restore %rbp
    popq %rcx
    .cfi_def_cfa_offset 0
    .cfi_register %rip, %rcx
    jmp *%rcx
    .cfi_endproc
    .size gort_fiber_switch, . - gort_fiber_switch

// gort_fiber_start: where a new fiber's first switch arrives, with the entry function in r12 and
// its argument in r13 (fiber.cc writes that frame). Calls it; it never returns.
    .p2align 4
    .globl gort_fiber_start
    .hidden gort_fiber_start
    .type gort_fiber_start, @function
gort_fiber_start:
    .cfi_startproc
    .cfi_undefined %rip
    movq %r13, %rdi
    call *%r12
    ud2
    .cfi_endproc
    .size gort_fiber_start, . - gort_fiber_start

    .section .note.GNU-stack, "", @progbits
