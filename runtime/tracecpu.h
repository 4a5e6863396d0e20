// Samples of where the processors' time goes, in a trace: Go's tracecpu.go.
#pragma once

#include "runtime/runtime2.h"
#include "runtime/traceunwind.h"

namespace runtime {

// Where samples wait between the signal's handler and the trace. There is one for each of two generations, if the rate
// of samples is not 0 when the trace starts (setcpuprofilerate).
struct traceCPULog;

void traceInitReadCPU();               // before a trace starts
void traceStartReadCPU();              // when it has: starts who reads the samples
void traceStopReadCPU();               // when it has ended
void traceReadCPU(uintptr gen);        // samples to the trace; gen must be kept from ending, or have ended
void traceCPUFlush(uintptr gen);       // gen has ended: what traceReadCPU wrote is the reader's
bool isCPUReadersStart(uintptr pc);    // whether a goroutine that starts there is who reads

// A sample, in the signal's handler on mp's thread, which ran gp, or nothing of gp's if it is nullptr.
void traceCPUSample(g* gp, m* mp, p* pp, const traceFrom& at);

}  // namespace runtime
