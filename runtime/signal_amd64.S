// signal_amd64.S: sigpanic0, of Go's asm_amd64.s, in an object of its own because only a program that has signal
// handlers has what it calls.
    .section gort_text, "ax", @progbits

// void sigpanic0()
// Entered by a signal's handler as if the faulting instruction had called it: rsp points at that instruction's address,
// and the code's rsp, with its red zone below, is 128+8 bytes higher (as for asyncPreempt). Every register is the
// faulting code's, so an exception that sigpanic throws unwinds from there. Does not return.
    .p2align 4
    .globl sigpanic0
    .type sigpanic0, @function
sigpanic0:
    .cfi_startproc
    .cfi_signal_frame
    .cfi_def_cfa %rsp, 136
    .cfi_offset %rip, -136
    pushq %rbp
    .cfi_def_cfa_offset 144
    .cfi_offset %rbp, -144
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    andq $-16, %rsp
    cld
    call _ZN7runtime8sigpanicEv@PLT
    ud2
    .cfi_endproc
    .size sigpanic0, . - sigpanic0

    .section .note.GNU-stack, "", @progbits
