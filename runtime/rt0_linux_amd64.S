// rt0_linux_amd64.S: how a program becomes a scheduler. In Go rt0_go stands in asm_amd64.s; here
// it has a file, and so an object, of its own, because only a program that starts this way has
// all the functions that it calls.
#include "runtime/go_asm.h"

    .section gort_text, "ax", @progbits

// [[noreturn]] void rt0_go(int argc, char** argv)
// Saves nothing: it never returns.
    .p2align 4
    .globl rt0_go
    .type rt0_go, @function
rt0_go:
    .cfi_startproc
    .cfi_undefined %rip
    movl %edi, %r12d
    movq %rsi, %r13
    andq $-16, %rsp

    // The system's stack becomes that of g0. Its true size is not known yet.
    movq runtime_g0@GOTPCREL(%rip), %rbx
    movq runtime_m0@GOTPCREL(%rip), %r14
    leaq -64*1024(%rsp), %rax
    movq %rax, g_stackguard0(%rbx)
    movq %rax, g_stackguard1(%rbx)
    movq %rax, g_stack_lo(%rbx)
    movq %rsp, g_stack_hi(%rbx)

    movq runtime_tls_g@gottpoff(%rip), %rax
    movq %rbx, %fs:(%rax)
    movq %rbx, m_g0(%r14)
    movq %r14, g_m(%rbx)

    call runtime_check@PLT
    movl %r12d, %edi
    movq %r13, %rsi
    call runtime_args@PLT
    call runtime_osinit@PLT
    call runtime_schedinit@PLT
    movq runtime_mainPC@GOTPCREL(%rip), %rdi
    call runtime_newproc@PLT
    call mstart@PLT
    ud2
    .cfi_endproc
    .size rt0_go, . - rt0_go

// Python for gdb: an entry of kind 4, the name of the script and its text. Not loaded when the program runs.
    .section .debug_gdb_scripts, "MS", @progbits, 1
    .byte 4
    .ascii "runtime-gdb.py\n"
#include "runtime/gdb_script.h"
    .byte 0

    .section .note.GNU-stack, "", @progbits
