// rt0_linux_arm64.S: how a program becomes a scheduler. In Go rt0_go stands in asm_arm64.s; here
// it has a file, and so an object, of its own, because only a program that starts this way has
// all the functions that it calls.
#include "runtime/go_asm.h"

    .section gort_text, "ax", %progbits

// [[noreturn]] void rt0_go(int argc, char** argv)
// Saves nothing: it never returns.
    .p2align 4
    .globl rt0_go
    .type rt0_go, %function
rt0_go:
    .cfi_startproc
    .cfi_undefined x30
    mov w19, w0
    mov x20, x1

    // The system's stack becomes that of g0. Its true size is not known yet.
    adrp x21, :got:runtime_g0
    ldr x21, [x21, :got_lo12:runtime_g0]
    adrp x22, :got:runtime_m0
    ldr x22, [x22, :got_lo12:runtime_m0]
    mov x9, sp
    sub x10, x9, #64*1024
    str x10, [x21, #g_stackguard0]
    str x10, [x21, #g_stackguard1]
    str x10, [x21, #g_stack_lo]
    str x9, [x21, #g_stack_hi]

    mrs x9, tpidr_el0
    adrp x10, :gottprel:runtime_tls_g
    ldr x10, [x10, :gottprel_lo12:runtime_tls_g]
    str x21, [x9, x10]
    str x21, [x22, #m_g0]
    str x22, [x21, #g_m]

    bl runtime_check
    mov w0, w19
    mov x1, x20
    bl runtime_args
    bl runtime_osinit
    bl runtime_schedinit
    adrp x0, :got:runtime_mainPC
    ldr x0, [x0, :got_lo12:runtime_mainPC]
    bl runtime_newproc
    bl mstart
    brk #0
    .cfi_endproc
    .size rt0_go, . - rt0_go

// Python for gdb: an entry of kind 4, the name of the script and its text. Not loaded when the program runs.
    .section .debug_gdb_scripts, "MS", @progbits, 1
    .byte 4
    .ascii "runtime-gdb.py\n"
#include "runtime/gdb_script.h"
    .byte 0

    .section .note.GNU-stack, "", %progbits
