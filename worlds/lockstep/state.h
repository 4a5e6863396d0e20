// Snapshots of the scheduler's state in a log: the port's structs are compared with them, field by field.
#pragma once

#include "conformance/schedlog/reader.h"

namespace runtime {
struct g;
}

namespace lockstep {

// Compares the snapshots of the log that is open on this reader, whose header it keeps; where one differs it ends in
// divergesInState (internal.h). Only in the eager order: see state.cc.
void bindState(schedlog::Reader& reader);

// What code outside leaves behind in a goroutine that ends, for the port to clear away.
void soil(runtime::g* gp);

}  // namespace lockstep
