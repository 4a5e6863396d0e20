// Samples of where the processors' time goes: Go's cpuprof.go. What they look like to a program: pprof/pprof.h.
#pragma once

#include "absl/functional/function_ref.h"
#include "runtime/mprof_decl.h"
#include "runtime/traceunwind.h"

namespace runtime {

// Starts to keep samples, hz of them in each second that a thread of the runtime's computes; false if that is done
// already. On a goroutine, in the runtime.
bool startCPUProfile(int32 hz);
// Ends it. On a goroutine, in the runtime.
void stopCPUProfile();

// f for each sample that has come since the last time. One caller at a time, on a goroutine; f may do as it likes.
// Returns how many were lost for lack of room.
uint64 readCPUProfile(absl::FunctionRef<void(const profileRecord&)> f);

// A sample, in the signal's handler, of gp, or of the scheduler where that is nullptr.
void cpuProfileAdd(const g* gp, const traceFrom& at);

}  // namespace runtime
