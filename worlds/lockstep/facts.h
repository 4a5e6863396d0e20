// The facts of a schedlog (worlds/facts/fact.h): all of them certain, since the port is held to every record.
#pragma once

#include <string_view>

#include "worlds/facts/fact.h"

namespace lockstep {

// Gets every fact of the replay, in order. Set it before Replay.
//
// A log has the order of all things, and the time only where the program read the clock. In between, a record is taken
// to last 100 ns, and the rest to have passed where threads slept or code outside the scheduler ran. So an order is
// never wrong, and a time not by more than the readings around it are apart.
void ListenToFacts(void (*sink)(const facts::Fact& fact, std::string_view text));

}  // namespace lockstep
