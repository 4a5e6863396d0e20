// signal_arm64.S: sigpanic0, of Go's asm_arm64.s.
    .section gort_text, "ax", %progbits

// void sigpanic0()
// Entered by a signal's handler as if the faulting instruction had called it. sp is 16 bytes below the code's: [sp] is
// that instruction's address, [sp+8] the code's link register, which may not be saved anywhere else. Does not return.
    .p2align 4
    .globl sigpanic0
    .type sigpanic0, %function
sigpanic0:
    .cfi_startproc
    .cfi_signal_frame
    .cfi_def_cfa sp, 16
    .cfi_return_column 32
    .cfi_offset 32, -16
    .cfi_offset x30, -8
    bl _ZN7runtime8sigpanicEv
    brk #0
    .cfi_endproc
    .size sigpanic0, . - sigpanic0

    .section .note.GNU-stack, "", %progbits
