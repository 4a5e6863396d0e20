// asm_amd64.S mirrors asm_amd64.s: the switches between stacks.
//
// The C prototypes stand in stubs.h, and above each symbol here. A voluntary switch keeps what
// the System V ABI asks a callee to keep (rbx rbp r12-r15, mxcsr, x87 control word), errno, and
// nothing else: vector registers, flags and the signal mask are not saved. The kept registers lie
// on the stack that is left; gobuf holds sp, pc, bp and g.
//
// The control words. Reading them costs more than the rest of a switch on some processors (stmxcsr
// takes 10 ns on an AMD Zen 3), and hardly any program changes them. So they are looked at only
// when runtime_fenv_tracked says that somebody may have (fenv.cc); else a frame holds the words
// that every goroutine begins with, so that it is right whenever that changes.
//
// Returns. A processor predicts a ret from a stack of its own, which each call pushes to and each
// ret pops. Where one goroutine calls and another returns, the two fall out of step unless a
// switch takes off as much as it puts on; then each ret up the chain of callers misses, at the
// price of a locked instruction or two. So from the call of mcall to the ret that ends it nothing
// else is left on that stack: mcall enters fn, and fn enters gogo, by jumps (stubs.h), and a
// goroutine's first function is called, not jumped to. Goroutines that park at the same place
// are then predicted right.
#include "runtime/go_asm.h"

// runtime_tls_g: the g of this thread. See getg in stubs.h.
    .section .tbss, "awT", @nobits
    .globl runtime_tls_g
    .type runtime_tls_g, @object
    .size runtime_tls_g, 8
    .balign 8
runtime_tls_g:
    .zero 8

// The control words that a goroutine begins with, mxcsr and below it the x87's, and whether others can occur. Until
// fenv.cc knows better they can. Hidden: in a shared library code reaches them as it does here.
    .section .data
    .globl runtime_fenv_default
    .hidden runtime_fenv_default
    .type runtime_fenv_default, @object
    .size runtime_fenv_default, 8
    .balign 8
runtime_fenv_default:
    .long 0x1f80
    .long 0x37f
    .globl runtime_fenv_tracked
    .hidden runtime_fenv_tracked
    .type runtime_fenv_tracked, @object
    .size runtime_fenv_tracked, 1
runtime_fenv_tracked:
    .byte 1

.macro GETG reg
    movq runtime_tls_g@gottpoff(%rip), \reg
    movq %fs:(\reg), \reg
.endm

.macro SETG reg, scratch
    movq runtime_tls_g@gottpoff(%rip), \scratch
    movq \reg, %fs:(\scratch)
.endm

// PUSH_FRAME makes the frame that a g which is not running has on top of its stack:
//   80(cfa) is the caller's; -8 return address, -16 rbp, -24 rbx, -32 r12, -40 r13, -48 r14,
//   -56 r15, -58 x87 status word, -60 x87 control word, -64 mxcsr, -80 errno, or -1 if there is none to restore.
.macro PUSH_FRAME
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
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
    pushq runtime_fenv_default(%rip)
    .cfi_def_cfa_offset 64
    cmpb $0, runtime_fenv_tracked(%rip)
    je 8f
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    fnstsw 6(%rsp)
8:  subq $8, %rsp
    .cfi_def_cfa_offset 72
    pushq $-1
    .cfi_def_cfa_offset 80
.endm

// SWITCH_STACK: sanitizers must be told which stack is about to be used, \to's instead of \from's, gs in callee-saved
// registers. It clobbers the caller-saved ones, wants rsp at 16 bytes, and is nothing in an ordinary build. What a
// sanitizer keeps of a stack that is left lies in its g.racectx: AddressSanitizer's fake stack, ThreadSanitizer's
// fiber. \last: the fake stack goes, since nobody comes back. The switch orders nothing in ThreadSanitizer's eyes
// (race.h).
.macro SWITCH_STACK from, to, last=0
#if RUNTIME_TSAN
    movq g_racectx(\to), %rdi
    testq %rdi, %rdi
    jz 7f
    movl $1, %esi
    call __tsan_switch_to_fiber@PLT
7:
#endif
#if RUNTIME_ASAN
    .if \last
    xorl %edi, %edi
    movq %rdi, g_racectx(\from)
    .else
    leaq g_racectx(\from), %rdi
    .endif
    movq g_stack_lo(\to), %rsi
    movq g_stack_hi(\to), %rdx
    subq %rsi, %rdx
    call __sanitizer_start_switch_fiber@PLT
    movq g_racectx(\to), %rdi
    xorl %esi, %esi
    xorl %edx, %edx
    call __sanitizer_finish_switch_fiber@PLT
#endif
.endm

// ABANDON: nobody comes back to the frames from rsp up to the top of this stack. What AddressSanitizer marked in them
// would be found by whoever is here next. As SWITCH_STACK otherwise.
.macro ABANDON
#if RUNTIME_ASAN
    call __asan_handle_no_return@PLT
#endif
.endm

.macro FUNC name
    .p2align 4
    .globl \name
    .type \name, @function
\name:
    .cfi_startproc
.endm

.macro ENDFUNC name
    .cfi_endproc
    .size \name, . - \name
.endm

    .section gort_text, "ax", @progbits

// gogo: not a function. The rest of gogo in runtime2.h, with rdi = buf. Saves nothing. Arrives at
// buf->pc with rdi = buf->ctxt.
FUNC gogo
    .cfi_undefined %rip
    movq %rdi, %rbx
    movq gobuf_g(%rbx), %r12
#if RUNTIME_ASAN || RUNTIME_TSAN
    GETG %r13
    andq $-16, %rsp
#endif
    ABANDON
    SWITCH_STACK %r13, %r12
    SETG %r12, %rax
    movq gobuf_ctxt(%rbx), %rdi
    movq gobuf_bp(%rbx), %rbp
    movq gobuf_pc(%rbx), %rcx
    movq gobuf_sp(%rbx), %rsp
    xorl %eax, %eax
    movq %rax, gobuf_sp(%rbx)
    movq %rax, gobuf_ctxt(%rbx)
    movq %rax, gobuf_ret(%rbx)
    movq %rax, gobuf_bp(%rbx)
    leaq gosave_resume(%rip), %rax
    cmpq %rax, %rcx
    je gosave_resume
    leaq goexit+2(%rip), %rax
    cmpq %rax, (%rsp)
    jne 1f
    addq $8, %rsp
    // A new g: in the program's code from here on, unless its function is the runtime's (boundary.h).
    movb g_nocgocallback(%r12), %al
    movb %al, g_raceignore(%r12)
    movq g_m(%r12), %rax
    movq m_errno(%rax), %rax
    testq %rax, %rax
    jz 8f
    movl $0, (%rax)
8:  cmpb $0, runtime_fenv_tracked(%rip)
    je goexit
    ldmxcsr runtime_fenv_default(%rip)
    fldcw 4+runtime_fenv_default(%rip)
    fnclex
    jmp goexit
1:  jmp *%rcx
ENDFUNC gogo

// LEAVE_G is the rest of mcall: rdi = fn. The g will stand at \here, with what lies at rsp; \last: and not go on.
.macro LEAVE_G here, last=0
    movq %rdi, %rbx
    GETG %r12
    movq g_m(%r12), %rax
    movq m_g0(%rax), %r13
    cmpq %r12, %r13
    je 1f
    movq %rsp, g_sched+gobuf_sp(%r12)
    leaq \here(%rip), %rax
    movq %rax, g_sched+gobuf_pc(%r12)
    movq %rbp, g_sched+gobuf_bp(%r12)
    SETG %r13, %rax
#if RUNTIME_ASAN || RUNTIME_TSAN
    andq $-16, %rsp
#endif
    SWITCH_STACK %r12, %r13, \last
    movq g_sched+gobuf_sp(%r13), %rsp
    .cfi_undefined %rip  // fn has no caller on this stack
    xorl %ebp, %ebp
    movq %r12, %rdi
    leaq 2f(%rip), %rax
    pushq %rax
    jmp *%rbx
1:  andq $-16, %rsp
    call runtime_badmcall@PLT
    ud2
2:  call runtime_badmcall2@PLT
    ud2
.endm

// void mcall(void (*fn)(g*))
// Caller-saved registers are lost. The g continues at gosave_resume.
FUNC mcall
    PUSH_FRAME
    GETG %rax
    movq g_m(%rax), %rax
    movq m_errno(%rax), %rax
    testq %rax, %rax
    jz 8f
    movl (%rax), %eax
    movq %rax, (%rsp)
8:  LEAVE_G gosave_resume
ENDFUNC mcall

// void mcall_last(void (*fn)(g*))
// A g that will not go on needs no registers. Where it stands, for a report, is the start of this function: nothing has
// been pushed there.
FUNC mcall_last
#if RUNTIME_ASAN
    subq $8, %rsp
    movq %rdi, %rbx
    ABANDON
    movq %rbx, %rdi
    addq $8, %rsp
#endif
    LEAVE_G mcall_last, 1
ENDFUNC mcall_last

// void gosave_call(gobuf* buf, void (*fn)())
// An ordinary call as far as its caller sees.
FUNC gosave_call
    PUSH_FRAME
    movq %rsp, gobuf_sp(%rdi)
    leaq gosave_resume(%rip), %rax
    movq %rax, gobuf_pc(%rdi)
    movq %rbp, gobuf_bp(%rdi)
    call *%rsi
    jmp gosave_resume
ENDFUNC gosave_call

// gosave_resume: not a function. Undoes PUSH_FRAME and returns for whoever made the frame. The
// CFI describes the frame as it stands, so a stack can be walked from g.sched.{pc,sp}.
    .p2align 4
    .globl gosave_resume
    .hidden gosave_resume
    .type gosave_resume, @function
gosave_resume:
    .cfi_startproc
    .cfi_def_cfa_offset 80
    .cfi_offset %rbp, -16
    .cfi_offset %rbx, -24
    .cfi_offset %r12, -32
    .cfi_offset %r13, -40
    .cfi_offset %r14, -48
    .cfi_offset %r15, -56
    // errno, wherever this thread has it.
    movq (%rsp), %rax
    testq %rax, %rax
    js 3f
    GETG %rcx
    movq g_m(%rcx), %rcx
    movq m_errno(%rcx), %rcx
    movl %eax, (%rcx)
3:  addq $16, %rsp
    .cfi_def_cfa_offset 64
    cmpb $0, runtime_fenv_tracked(%rip)
    .cfi_remember_state
    jne 1f
2:  addq $8, %rsp
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
    ret
    .cfi_restore_state
    // Loading a control word costs more than a look whether it is the same, as it mostly is. Of the x87's status the
    // six flags belong to the goroutine; they can be loaded only with all the rest of its environment.
1:  stmxcsr -8(%rsp)
    fnstcw -4(%rsp)
    fnstsw -2(%rsp)
    movq -8(%rsp), %rax
    xorq (%rsp), %rax
    shlq $10, %rax
    je 2b
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    shrq $58, %rax
    je 2b
    fnstenv -40(%rsp)
    movb 6(%rsp), %al
    andb $0x3f, %al
    andb $0xc0, -36(%rsp)
    orb %al, -36(%rsp)
    fldenv -40(%rsp)
    jmp 2b
ENDFUNC gosave_resume

// systemstack_switch: where a g that is in systemstack seems to stand (g.sched.pc). Never run:
// its CFI tells a stack walk how systemstack left the g's stack.
FUNC systemstack_switch
    .cfi_def_cfa_offset 32
    .cfi_offset %rbp, -16
    .cfi_offset %rbx, -24
    .cfi_offset %r12, -32
    ud2
ENDFUNC systemstack_switch

// gosave_systemstack_switch: for systemstack only. rax = the current g. Keeps in g.sched where
// the caller stands. Clobbers rcx.
    .p2align 4
    .type gosave_systemstack_switch, @function
gosave_systemstack_switch:
    .cfi_startproc
    leaq systemstack_switch(%rip), %rcx
    movq %rcx, g_sched+gobuf_pc(%rax)
    leaq 8(%rsp), %rcx
    movq %rcx, g_sched+gobuf_sp(%rax)
    movq %rbp, g_sched+gobuf_bp(%rax)
    ret
ENDFUNC gosave_systemstack_switch

// void systemstack(void (*fn)(void*), void* arg)
// An ordinary call as far as its caller sees. g.sched is overwritten.
FUNC systemstack
    GETG %rax
    movq g_m(%rax), %rcx
    cmpq m_gsignal(%rcx), %rax
    je 1f
    movq m_g0(%rcx), %rdx
    cmpq %rdx, %rax
    je 1f
    cmpq m_curg(%rcx), %rax
    jne 2f

    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    pushq %rbx
    .cfi_offset %rbx, -24
    pushq %r12
    .cfi_offset %r12, -32
    call gosave_systemstack_switch
    SETG %rdx, %rcx
    movq g_sched+gobuf_sp(%rdx), %rax
    andq $-16, %rax
#if RUNTIME_ASAN || RUNTIME_TSAN
    pushq %rdi
    pushq %r13
    movq %rdx, %rbx
    movq %rsi, %r12
    movq g_m(%rbx), %r13
    movq m_curg(%r13), %r13
    SWITCH_STACK %r13, %rbx
    movq g_sched+gobuf_sp(%rbx), %rax
    andq $-16, %rax
    popq %r13
    popq %rdi
    movq %r12, %rsi
#endif
    // From here to the switch back rsp is on the system stack, rbp still on the g's.
    movq %rax, %rsp
    movq %rdi, %rax
    movq %rsi, %rdi
    call *%rax

    GETG %rax
    movq g_m(%rax), %rax
    movq m_curg(%rax), %rbx
#if RUNTIME_ASAN || RUNTIME_TSAN
    movq g_m(%rbx), %r12
    movq m_g0(%r12), %r12
    SWITCH_STACK %r12, %rbx
#endif
    SETG %rbx, %rax
    movq g_sched+gobuf_sp(%rbx), %rsp
    xorl %eax, %eax
    movq %rax, g_sched+gobuf_sp(%rbx)
    movq %rax, g_sched+gobuf_bp(%rbx)
    popq %r12
    .cfi_restore %r12
    popq %rbx
    .cfi_restore %rbx
    popq %rbp
    .cfi_def_cfa %rsp, 8
    .cfi_restore %rbp
    ret

1:  // On the system stack already. A jump, so that this frame does not show.
    movq %rdi, %rax
    movq %rsi, %rdi
    jmp *%rax
2:  subq $8, %rsp
    .cfi_def_cfa_offset 16
    call runtime_badsystemstack@PLT
    ud2
ENDFUNC systemstack

// void goexit()
// A stack walk ends here. gogo arrives with rcx = a new g's entry function, which returns to
// goexit+2 (goexitPC).
FUNC goexit
    .cfi_undefined %rip
    call *%rcx
    call runtime_goexit1@PLT
    ud2
ENDFUNC goexit

// void mstart()
// An ordinary function; g is the g0 of the stack it is called on.
FUNC mstart
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    call runtime_mstart0@PLT
    popq %rbp
    .cfi_def_cfa %rsp, 8
    .cfi_restore %rbp
    ret
ENDFUNC mstart

    .section .note.GNU-stack, "", @progbits
