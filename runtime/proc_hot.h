// How the functions of proc.cc are laid out in machine code: what is inlined into what. Included by proc.cc alone,
// behind proc_decl.h. What the two words are in a world stands in its seam/inline.h.
#pragma once

#include "runtime/proc_decl.h"

namespace runtime {

// The way of a switch, from mcall to gogo, is one straight piece of machine code: these functions contain what they
// call in proc.cc,
RUNTIME_HOT void ready(g* gp, int traceskip, bool next);
RUNTIME_HOT void execute(g* gp, bool inheritTime);
RUNTIME_HOT RUNTIME_OUTLINE findRunnableResult findRunnable();
RUNTIME_HOT void park_m(g* gp);
RUNTIME_HOT void goschedImpl(g* gp, bool preempted);
RUNTIME_HOT void gosched_m(g* gp);
RUNTIME_HOT void goyield_m(g* gp);
RUNTIME_HOT void goexit0(g* gp);
RUNTIME_HOT void gdestroy(g* gp);
RUNTIME_HOT g* newproc1(funcval* fn, g* callergp, uintptr callerpc, bool parked, waitReason waitreason);
// except these, which are off that way.
RUNTIME_OUTLINE void allgadd(g* gp);
RUNTIME_OUTLINE void dumpgstatus(g* gp);
RUNTIME_OUTLINE void runSafePointFn();
RUNTIME_OUTLINE void stopm();
RUNTIME_OUTLINE void startm(p* pp, bool spinning, bool lockheld);
RUNTIME_OUTLINE void stoplockedm();
RUNTIME_OUTLINE void startlockedm(g* gp);
RUNTIME_OUTLINE void gcstopm();
RUNTIME_OUTLINE stealWorkResult stealWork(int64 now);
RUNTIME_OUTLINE p* checkRunqsNoP(slice<p*> allpSnapshot, const pMask<"idlepMask">& idlepMaskSnapshot);
RUNTIME_OUTLINE int64 checkTimersNoP(slice<p*> allpSnapshot,
                                     const pMask<"timerpMask">& timerpMaskSnapshot, int64 pollUntil);
RUNTIME_OUTLINE std::pair<p*, g*> checkIdleGCNoP();
RUNTIME_OUTLINE void resetspinning();
RUNTIME_OUTLINE void injectglist(gList* glist);
RUNTIME_OUTLINE g* malg(int32 stacksize);
RUNTIME_OUTLINE slice<ancestorInfo>* saveAncestors(g* callergp);
RUNTIME_OUTLINE void acquirep(p* pp);
RUNTIME_OUTLINE p* releasep();
RUNTIME_OUTLINE p* releasepNoTrace();
RUNTIME_OUTLINE bool schedEnabled(g* gp);
RUNTIME_OUTLINE int64 pidleput(p* pp, int64 now);
RUNTIME_OUTLINE pidlegetResult pidleget(int64 now);
RUNTIME_OUTLINE bool runqputslow(p* pp, g* gp, uint32 h, uint32 t);

}  // namespace runtime
