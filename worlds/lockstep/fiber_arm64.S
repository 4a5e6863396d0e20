// fiber_arm64.S: the stack switch of a simulated M. See fiber.h.

    .text

// void gort_fiber_switch(void** save_sp, void* load_sp)
// Keeps the callee-saved registers and fpcr on the stack that is left, stores its sp in *save_sp,
// and continues at load_sp. Other vector state, flags, the signal mask and all thread-locals are
// not kept.
    .p2align 4
    .globl gort_fiber_switch
    .type gort_fiber_switch, %function
gort_fiber_switch:
    .cfi_startproc
    stp x29, x30, [sp, #-176]!
    .cfi_def_cfa_offset 176
    .cfi_offset x29, -176
    .cfi_offset x30, -168
    stp x19, x20, [sp, #16]
    stp x21, x22, [sp, #32]
    stp x23, x24, [sp, #48]
    stp x25, x26, [sp, #64]
    stp x27, x28, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mrs x9, fpcr
    str x9, [sp, #160]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldr x9, [sp, #160]
    msr fpcr, x9
    ldp x19, x20, [sp, #16]
    ldp x21, x22, [sp, #32]
    ldp x23, x24, [sp, #48]
    ldp x25, x26, [sp, #64]
    ldp x27, x28, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    ldp x29, x30, [sp], #176
    .cfi_def_cfa_offset 0
    .cfi_restore x29
    .cfi_restore x30
    mov x16, x30
    br x16
    .cfi_endproc
    .size gort_fiber_switch, . - gort_fiber_switch

// gort_fiber_start: where a new fiber's first switch arrives, with the entry function in x19 and
// its argument in x20 (fiber.cc writes that frame). Calls it; it never returns.
    .p2align 4
    .globl gort_fiber_start
    .hidden gort_fiber_start
    .type gort_fiber_start, %function
gort_fiber_start:
    .cfi_startproc
    .cfi_undefined x30
    mov x0, x20
    blr x19
    brk #0
    .cfi_endproc
    .size gort_fiber_start, . - gort_fiber_start

    .section .note.GNU-stack, "", %progbits
