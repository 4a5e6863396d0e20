// asm_arm64.S mirrors asm_arm64.s: the switches between stacks.
//
// The C prototypes stand in stubs.h, and above each symbol here. A voluntary switch keeps what
// the AAPCS64 asks a callee to keep (x19-x30, d8-d15), fpcr and errno, and nothing else: other vector
// state, flags and the signal mask are not saved. The kept registers lie on the stack that is
// left; gobuf holds sp, pc, bp and g.
//
// Returns are kept in step with calls across a switch: asm_amd64.S says why.
#include "runtime/go_asm.h"

// runtime_tls_g: the g of this thread. See getg in stubs.h.
    .section .tbss, "awT", @nobits
    .globl runtime_tls_g
    .type runtime_tls_g, @object
    .size runtime_tls_g, 8
    .balign 8
runtime_tls_g:
    .zero 8

// The fpcr that a goroutine begins with. Reading the register costs nothing here, so it is always kept, whatever
// runtime_fenv_tracked says (asm_amd64.S).
    .section .data
    .globl runtime_fenv_default
    .hidden runtime_fenv_default
    .type runtime_fenv_default, %object
    .size runtime_fenv_default, 8
    .balign 8
runtime_fenv_default:
    .zero 8
    .globl runtime_fenv_tracked
    .hidden runtime_fenv_tracked
    .type runtime_fenv_tracked, %object
    .size runtime_fenv_tracked, 1
runtime_fenv_tracked:
    .byte 1

.macro GETG reg, s1
    mrs \s1, tpidr_el0
    adrp \reg, :gottprel:runtime_tls_g
    ldr \reg, [\reg, :gottprel_lo12:runtime_tls_g]
    ldr \reg, [\s1, \reg]
.endm

.macro SETG reg, s1, s2
    mrs \s1, tpidr_el0
    adrp \s2, :gottprel:runtime_tls_g
    ldr \s2, [\s2, :gottprel_lo12:runtime_tls_g]
    str \reg, [\s1, \s2]
.endm

// The frame that a g which is not running has on top of its stack, FRAME bytes: x29 x30 at 0,
// x19-x28 at 16, d8-d15 at 96, fpcr at 160, errno at 168 (or -1 if
// there is none to restore).
#define FRAME 176

.macro CFI_FRAME
    .cfi_def_cfa_offset FRAME
    .cfi_offset x29, -FRAME
    .cfi_offset x30, -FRAME+8
    .cfi_offset x19, -FRAME+16
    .cfi_offset x20, -FRAME+24
    .cfi_offset x21, -FRAME+32
    .cfi_offset x22, -FRAME+40
    .cfi_offset x23, -FRAME+48
    .cfi_offset x24, -FRAME+56
    .cfi_offset x25, -FRAME+64
    .cfi_offset x26, -FRAME+72
    .cfi_offset x27, -FRAME+80
    .cfi_offset x28, -FRAME+88
    .cfi_offset d8, -FRAME+96
    .cfi_offset d9, -FRAME+104
    .cfi_offset d10, -FRAME+112
    .cfi_offset d11, -FRAME+120
    .cfi_offset d12, -FRAME+128
    .cfi_offset d13, -FRAME+136
    .cfi_offset d14, -FRAME+144
    .cfi_offset d15, -FRAME+152
.endm

// SET_FPCR loads fpcr where it differs: that costs more than a look.
.macro SET_FPCR value, scratch
    mrs \scratch, fpcr
    cmp \scratch, \value
    b.eq 9f
    msr fpcr, \value
9:
.endm

// PUSH_FRAME makes that frame. Clobbers x9.
.macro PUSH_FRAME
    stp x29, x30, [sp, #-FRAME]!
    .cfi_def_cfa_offset FRAME
    .cfi_offset x29, -FRAME
    .cfi_offset x30, -FRAME+8
    mov x29, sp
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
    mov x9, #-1
    str x9, [sp, #168]
    CFI_FRAME
.endm

// For sanitizers: see asm_amd64.S. They clobber the caller-saved registers.
.macro SWITCH_STACK from, to, last=0
#if RUNTIME_TSAN
    ldr x0, [\to, #g_racectx]
    cbz x0, 7f
    mov w1, #1
    bl __tsan_switch_to_fiber
7:
#endif
#if RUNTIME_ASAN
    .if \last
    str xzr, [\from, #g_racectx]
    mov x0, xzr
    .else
    add x0, \from, #g_racectx
    .endif
    ldr x1, [\to, #g_stack_lo]
    ldr x2, [\to, #g_stack_hi]
    sub x2, x2, x1
    bl __sanitizer_start_switch_fiber
    ldr x0, [\to, #g_racectx]
    mov x1, xzr
    mov x2, xzr
    bl __sanitizer_finish_switch_fiber
#endif
.endm

.macro ABANDON
#if RUNTIME_ASAN
    bl __asan_handle_no_return
#endif
.endm

.macro FUNC name
    .p2align 4
    .globl \name
    .type \name, %function
\name:
    .cfi_startproc
.endm

.macro ENDFUNC name
    .cfi_endproc
    .size \name, . - \name
.endm

    .section gort_text, "ax", %progbits

// gogo: not a function. The rest of gogo in runtime2.h, with x0 = buf. Saves nothing. Arrives at
// buf->pc with x0 = buf->ctxt and x30 = buf->lr.
FUNC gogo
    .cfi_undefined x30
    mov x19, x0
    ldr x20, [x19, #gobuf_g]
#if RUNTIME_ASAN || RUNTIME_TSAN
    GETG x21, x9
#endif
    ABANDON
    SWITCH_STACK x21, x20
    SETG x20, x9, x10
    ldr x0, [x19, #gobuf_ctxt]
    ldr x29, [x19, #gobuf_bp]
    ldr x30, [x19, #gobuf_lr]
    ldr x16, [x19, #gobuf_pc]
    ldr x9, [x19, #gobuf_sp]
    mov sp, x9
    str xzr, [x19, #gobuf_sp]
    str xzr, [x19, #gobuf_ctxt]
    str xzr, [x19, #gobuf_ret]
    str xzr, [x19, #gobuf_lr]
    str xzr, [x19, #gobuf_bp]
    adr x9, goexit + 4
    cmp x30, x9
    b.ne 1f
    // A new g: in the program's code from here on, unless its function is the runtime's (boundary.h).
    ldrb w9, [x20, #g_nocgocallback]
    add x10, x20, #g_raceignore
    stlrb w9, [x10]
    ldr x9, [x20, #g_m]
    ldr x9, [x9, #m_errno]
    cbz x9, 2f
    str wzr, [x9]
2:  adrp x9, runtime_fenv_default
    ldr x9, [x9, :lo12:runtime_fenv_default]
    SET_FPCR x9, x10
    b goexit
1:  br x16
ENDFUNC gogo

// LEAVE_G is the rest of mcall: x0 = fn. The g will stand at \here, with what lies at sp, and \lr as the link register;
// \last: and not go on.
.macro LEAVE_G here, lr, last=0
    mov x19, x0
    GETG x20, x9
    ldr x9, [x20, #g_m]
    ldr x21, [x9, #m_g0]
    cmp x21, x20
    b.eq 1f
    mov x9, sp
    str x9, [x20, #g_sched+gobuf_sp]
    adr x10, \here
    str x10, [x20, #g_sched+gobuf_pc]
    str x29, [x20, #g_sched+gobuf_bp]
    str \lr, [x20, #g_sched+gobuf_lr]
    SETG x21, x9, x10
    SWITCH_STACK x20, x21, \last
    ldr x9, [x21, #g_sched+gobuf_sp]
    mov sp, x9
    .cfi_undefined x30  // fn has no caller on this stack
    mov x29, xzr
    mov x0, x20
    adr x30, 2f
    br x19
1:  bl runtime_badmcall
    brk #0
2:  bl runtime_badmcall2
    brk #0
.endm

// void mcall(void (*fn)(g*))
// Caller-saved registers are lost. The g continues at gosave_resume.
FUNC mcall
    PUSH_FRAME
    GETG x9, x10
    ldr x9, [x9, #g_m]
    ldr x9, [x9, #m_errno]
    cbz x9, 8f
    ldr w9, [x9]
    str x9, [sp, #168]
8:
    LEAVE_G gosave_resume, xzr
ENDFUNC mcall

// void mcall_last(void (*fn)(g*))
// A g that will not go on needs no registers. Where it stands, for a report, is the start of this function: nothing has
// been stored there.
FUNC mcall_last
#if RUNTIME_ASAN
    mov x19, x0
    mov x20, x30
    ABANDON
    mov x0, x19
    mov x30, x20
#endif
    LEAVE_G mcall_last, x30, 1
ENDFUNC mcall_last

// void gosave_call(gobuf* buf, void (*fn)())
// An ordinary call as far as its caller sees.
FUNC gosave_call
    PUSH_FRAME
    mov x9, sp
    str x9, [x0, #gobuf_sp]
    adr x10, gosave_resume
    str x10, [x0, #gobuf_pc]
    str x29, [x0, #gobuf_bp]
    str xzr, [x0, #gobuf_lr]
    blr x1
    b gosave_resume
ENDFUNC gosave_call

// gosave_resume: not a function. Undoes PUSH_FRAME and returns for whoever made the frame. The
// CFI describes the frame as it stands, so a stack can be walked from g.sched.{pc,sp}.
    .p2align 4
    .globl gosave_resume
    .hidden gosave_resume
    .type gosave_resume, %function
gosave_resume:
    .cfi_startproc
    CFI_FRAME
    ldr x9, [sp, #168]
    tbnz x9, #63, 1f
    GETG x10, x11
    ldr x10, [x10, #g_m]
    ldr x10, [x10, #m_errno]
    str w9, [x10]
1:  ldr x9, [sp, #160]
    SET_FPCR x9, x10
    ldp x19, x20, [sp, #16]
    ldp x21, x22, [sp, #32]
    ldp x23, x24, [sp, #48]
    ldp x25, x26, [sp, #64]
    ldp x27, x28, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    ldp x29, x30, [sp], #FRAME
    .cfi_def_cfa_offset 0
    .cfi_restore x29
    .cfi_restore x30
    ret
ENDFUNC gosave_resume

// systemstack_switch: where a g that is in systemstack seems to stand (g.sched.pc). Never run:
// its CFI tells a stack walk how systemstack left the g's stack.
FUNC systemstack_switch
    .cfi_def_cfa_offset 32
    .cfi_offset x29, -32
    .cfi_offset x30, -24
    .cfi_offset x19, -16
    .cfi_offset x20, -8
    brk #0
ENDFUNC systemstack_switch

// gosave_systemstack_switch: for systemstack only. x9 = the current g. Keeps in g.sched where
// the caller stands. Clobbers x10.
    .p2align 4
    .type gosave_systemstack_switch, %function
gosave_systemstack_switch:
    .cfi_startproc
    adr x10, systemstack_switch
    str x10, [x9, #g_sched+gobuf_pc]
    mov x10, sp
    str x10, [x9, #g_sched+gobuf_sp]
    str x29, [x9, #g_sched+gobuf_bp]
    str xzr, [x9, #g_sched+gobuf_lr]
    ret
ENDFUNC gosave_systemstack_switch

// void systemstack(void (*fn)(void*), void* arg)
// An ordinary call as far as its caller sees. g.sched is overwritten.
FUNC systemstack
    GETG x9, x10
    ldr x11, [x9, #g_m]
    ldr x12, [x11, #m_gsignal]
    cmp x12, x9
    b.eq 1f
    ldr x12, [x11, #m_g0]
    cmp x12, x9
    b.eq 1f
    ldr x13, [x11, #m_curg]
    cmp x13, x9
    b.ne 2f

    stp x29, x30, [sp, #-32]!
    .cfi_def_cfa_offset 32
    .cfi_offset x29, -32
    .cfi_offset x30, -24
    mov x29, sp
    .cfi_def_cfa_register x29
    stp x19, x20, [sp, #16]
    .cfi_offset x19, -16
    .cfi_offset x20, -8
    bl gosave_systemstack_switch
    SETG x12, x9, x10
#if RUNTIME_ASAN || RUNTIME_TSAN
    stp x0, x12, [sp, #-32]!
    str x21, [sp, #16]
    mov x19, x12
    mov x20, x1
    ldr x21, [x19, #g_m]
    ldr x21, [x21, #m_curg]
    SWITCH_STACK x21, x19
    ldr x21, [sp, #16]
    ldp x0, x12, [sp], #32
    mov x1, x20
#endif
    // From here to the switch back sp is on the system stack, x29 still on the g's.
    ldr x9, [x12, #g_sched+gobuf_sp]
    mov sp, x9
    mov x9, x0
    mov x0, x1
    blr x9

    GETG x9, x10
    ldr x9, [x9, #g_m]
    ldr x19, [x9, #m_curg]
#if RUNTIME_ASAN || RUNTIME_TSAN
    ldr x20, [x19, #g_m]
    ldr x20, [x20, #m_g0]
    SWITCH_STACK x20, x19
#endif
    SETG x19, x9, x10
    ldr x9, [x19, #g_sched+gobuf_sp]
    mov sp, x9
    str xzr, [x19, #g_sched+gobuf_sp]
    str xzr, [x19, #g_sched+gobuf_bp]
    ldp x19, x20, [sp, #16]
    .cfi_restore x19
    .cfi_restore x20
    ldp x29, x30, [sp], #32
    .cfi_def_cfa sp, 0
    .cfi_restore x29
    .cfi_restore x30
    ret

1:  // On the system stack already. A branch, so that this frame does not show.
    mov x9, x0
    mov x0, x1
    br x9
2:  bl runtime_badsystemstack
    brk #0
ENDFUNC systemstack

// void goexit()
// A stack walk ends here. gogo arrives with x16 = a new g's entry function, which returns to
// goexit+4 (goexitPC).
FUNC goexit
    .cfi_undefined x30
    blr x16
    bl runtime_goexit1
    brk #0
ENDFUNC goexit

// void mstart()
// An ordinary function; g is the g0 of the stack it is called on.
FUNC mstart
    stp x29, x30, [sp, #-16]!
    .cfi_def_cfa_offset 16
    .cfi_offset x29, -16
    .cfi_offset x30, -8
    mov x29, sp
    bl runtime_mstart0
    ldp x29, x30, [sp], #16
    .cfi_def_cfa_offset 0
    .cfi_restore x29
    .cfi_restore x30
    ret
ENDFUNC mstart

    .section .note.GNU-stack, "", %progbits
