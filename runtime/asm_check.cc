// asm_check.cc holds go_asm.h, which assembly works by, against the C++ structs. No code.
#include <cstddef>

#include "runtime/go_asm.h"
#include "runtime/runtime2.h"

// The structs have members with access rules of their own; offsetof of them is conditionally
// supported, and both compilers do support it.
#pragma GCC diagnostic ignored "-Winvalid-offsetof"

namespace runtime {

static_assert(offsetof(gobuf, sp) == gobuf_sp);
static_assert(offsetof(gobuf, pc) == gobuf_pc);
static_assert(offsetof(gobuf, g) == gobuf_g);
static_assert(offsetof(gobuf, ctxt) == gobuf_ctxt);
static_assert(offsetof(gobuf, ret) == gobuf_ret);
static_assert(offsetof(gobuf, lr) == gobuf_lr);
static_assert(offsetof(gobuf, bp) == gobuf_bp);

static_assert(offsetof(g, stack) + offsetof(stack, lo) == g_stack_lo);
static_assert(offsetof(g, stack) + offsetof(stack, hi) == g_stack_hi);
static_assert(offsetof(g, stackguard0) == g_stackguard0);
static_assert(offsetof(g, stackguard1) == g_stackguard1);
static_assert(offsetof(g, m) == g_m);
static_assert(offsetof(g, sched) == g_sched);
static_assert(offsetof(g, raceignore) == g_raceignore);
static_assert(offsetof(g, racectx) == g_racectx);
static_assert(offsetof(g, nocgocallback) == g_nocgocallback);

static_assert(offsetof(m, g0) == m_g0);
static_assert(offsetof(m, gsignal) == m_gsignal);
static_assert(offsetof(m, curg) == m_curg);
static_assert(offsetof(m, mOS) + offsetof(mOS, vgetrandomState) == m_errno);

}  // namespace runtime
