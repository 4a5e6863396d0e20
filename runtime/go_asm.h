// go_asm.h: the numbers that assembly and C++ share: field offsets of g, m and gobuf, and the
// linker names of the C++ functions that assembly calls. Only the preprocessor's language is
// used here, so that .S files may include it. asm_check.cc holds each number against the C++
// struct; a change of layout that is not made here too does not compile.
#pragma once

#include "runtime/sanitizers.h"

// gobuf
#define gobuf_sp 0
#define gobuf_pc 8
#define gobuf_g 16
#define gobuf_ctxt 24
#define gobuf_ret 32
#define gobuf_lr 40
#define gobuf_bp 48

// g
#define g_stack_lo 0
#define g_stack_hi 8
#define g_stackguard0 16
#define g_stackguard1 24
#define g_m 48
#define g_sched 56
#define g_raceignore 196     // the mark of boundary.h
#define g_nocgocallback 197  // what the mark is to be when the goroutine begins
#define g_racectx 312        // what a sanitizer keeps of the stack (SWITCH_STACK)

// m
#define m_g0 0
#define m_gsignal 80
#define m_curg 192
#define m_errno 1304  // mOS.vgetrandomState: the address of the thread's errno (minit), or 0

// C++ functions and variables of namespace runtime. The declarations are in stubs.h: a
// definition with another signature has another linker name and does not link.
#define runtime_badmcall _ZN7runtime8badmcallEv
#define runtime_badmcall2 _ZN7runtime9badmcall2Ev
#define runtime_badsystemstack _ZN7runtime14badsystemstackEv
#define runtime_goexit1 _ZN7runtime7goexit1Ev
#define runtime_mstart0 _ZN7runtime7mstart0Ev
#define runtime_asyncPreempt2 _ZN7runtime13asyncPreempt2Ev
#define runtime_check _ZN7runtime5checkEv
#define runtime_args _ZN7runtime4argsEiPPc
#define runtime_osinit _ZN7runtime6osinitEv
#define runtime_schedinit _ZN7runtime9schedinitEv
#define runtime_newproc _ZN7runtime7newprocEPNS_7funcvalE
#define runtime_mainPC _ZN7runtime6mainPCE
#define runtime_g0 _ZN7runtime2g0E
#define runtime_m0 _ZN7runtime2m0E
