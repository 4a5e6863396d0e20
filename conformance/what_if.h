// gort explain --what-if: the load of a trace through the port in simulated time, with other Ps or another rule.
#pragma once

#include <string>

namespace conformance {

// what: "procs=N", or the name of a patch of the port, for which ./gort has built a model of its own (the environment
// variable GORT_PATCHED_MODEL names it). "": good, else what is wrong with it.
std::string WrongWhatIf(const std::string& what);
// Prints the trace, the model of it, and the model with that. The exit status.
int WhatIf(const std::string& trace, const std::string& what, bool json);

}  // namespace conformance
