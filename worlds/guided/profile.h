// Where other versions of Go decide otherwise than the port, which is Go 1.24: chosen by the trace's first line.
#pragma once

#include "runtime/proc_decl.h"

namespace guided {

// What the first line says (trace/kinds.h). Before anything else.
void setVersion(int version);

// A goroutine is preempted. Called on g0, as gopreempt_m is.
void preempted(runtime::g* gp);

}  // namespace guided
