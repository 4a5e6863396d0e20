// The facts of an execution trace (worlds/facts/fact.h): what the port did on the way through it.
#pragma once

#include <string_view>

#include "worlds/facts/fact.h"

namespace guided {

// Gets every fact of the run, in order. Set it before Diff. `at` is the place in the file of the event that a fact goes
// with: of a start, that of the start.
// The search (search.h) forks: a fact is told once it stands, and by whichever process is left then. So what a sink
// keeps in memory before it writes it away must be memory that they share.
void ListenToFacts(void (*sink)(const facts::Fact& fact, std::string_view text));

}  // namespace guided
